import { useMemo, useState } from 'preact/hooks';
import type { PageProps } from '../app';
import { clock, duration, plural, time, withUnit } from '../data/format';
import { usePoll } from '../data/poll';
import { href } from '../data/route';
import type { Coverage, Severity, Symptom, Symptoms } from '../data/types';
import { Choice, Empty, EntityLink, Head, Mark, severityWords, useClock, Waiting } from '../parts/bits';
import { Spark } from '../parts/chart';
import { Table } from '../parts/table';

const order: Severity[] = ['critical', 'warning', 'info'];
const isOpen = (s: Symptom): boolean => !s.ended && s.phase !== 'end' && s.phase !== 'expired';

/** NowPage: what is wrong, since when, and by which evidence. */
export function NowPage({ project, session }: PageProps) {
  // `state=all` without `since` is what changed within 24 hours; what is open
  // for longer without a change comes by the other call.
  const base = `/projects/${encodeURIComponent(project.id)}/symptoms`;
  const open = usePoll<Symptoms>(base + '?state=open');
  const all = usePoll<Symptoms>(base + '?state=all');
  const [show, setShow] = useState<Severity | 'all'>('all');
  const ended = useMemo(() => (all.data?.symptoms ?? []).filter((s) => !isOpen(s)), [all.data]);
  const symptoms = (open.data?.symptoms ?? []).filter(isOpen);
  // No symptom is good news only where someone looks.
  const coverage = usePoll<Coverage>(open.data && symptoms.length === 0 ? `/projects/${encodeURIComponent(project.id)}/coverage` : undefined);
  if (!open.data || (symptoms.length === 0 && !coverage.data)) return <Waiting on={open.data ? coverage : open} />;
  if (symptoms.length === 0 && !coverage.data?.agents?.length) {
    return (
      <>
        <Head title="Waiting for the first report" />
        <Empty title="Nobody has reported yet">
          {session.role === 'viewer' ? 'As soon as agents report to this project, it is told here whether all is well.' : (
            <>
              Make a key in <a href={href('settings')}>Settings</a> and give it to the cluster’s mediator. As soon as agents report, it is told here whether all is well.
            </>
          )}
        </Empty>
      </>
    );
  }

  const count = (s: Severity): number => symptoms.filter((x) => x.severity === s).length;
  const shown = symptoms
    .filter((s) => show === 'all' || s.severity === show)
    .sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity) || b.onset.localeCompare(a.onset));
  const services = new Set(symptoms.map((s) => s.entity.id)).size;

  return (
    <>
      <Head
        title={symptoms.length === 0 ? 'All quiet' : symptoms.length === 1 ? 'One thing needs a look' : `${symptoms.length} things need a look`}
        lead={
          symptoms.length === 0
            ? ended.length
              ? `Nothing is wrong now. ${plural(ended.length, 'thing')} passed in the last 24 hours.`
              : 'Nothing is wrong now, and nothing was in the last 24 hours.'
            : `On ${plural(services, 'service or machine', 'services and machines')}, the gravest first.`
        }
      >
        {symptoms.length > 1 && (
          <Choice
            name="Severity"
            value={show}
            onPick={setShow}
            of={[['all', `All ${symptoms.length}`], ...order.filter(count).map((s): [Severity, string] => [s, `${severityWords[s]} ${count(s)}`])]}
          />
        )}
      </Head>
      {symptoms.length === 0 ? (
        <Empty title="Still water">As soon as a service turns slow, fails or falls silent, it stands here with the figures that show it.</Empty>
      ) : (
        <ol class="cards">
          {shown.map((s) => (
            <Card key={s.id} of={s} />
          ))}
        </ol>
      )}
      {ended.length > 0 && (
        <section class="panel">
          <h2>Passed in the last 24 hours</h2>
          <Table
            caption="Symptoms that ended in the last 24 hours"
            of={ended}
            id={(s) => s.id}
            one="symptom"
            sort={['Ended', 'down']}
            columns={[
              { name: 'What', main: true, by: (s) => s.title, cell: (s) => <><Mark severity={s.severity} word={false} /> {s.title}</> },
              { name: 'Where', by: (s) => s.entity.name, cell: (s) => <EntityLink of={s.entity} /> },
              { name: 'Began', tight: true, by: (s) => s.onset, cell: (s) => clock(time(s.onset) ?? 0) },
              {
                name: 'Ended',
                tight: true,
                by: (s) => s.ended ?? s.updated,
                cell: (s) => (s.phase === 'expired' ? <span title="It was no longer reported; whether it ended is not known.">lost sight of</span> : clock(time(s.ended) ?? time(s.updated) ?? 0)),
              },
              { name: 'Lasted', number: true, by: lasted, cell: (s) => duration(lasted(s)) },
              { name: 'Worst seen', number: true, cell: (s) => withUnit(worst(s), s.unit) },
            ]}
          />
        </section>
      )}
    </>
  );
}

const lasted = (s: Symptom): number => (time(s.ended) ?? time(s.updated) ?? 0) - (time(s.onset) ?? 0);
// Below its threshold is worse where the threshold is below the usual value.
function worst(s: Symptom): number {
  const values = [s.value, ...(s.history ?? []).map((p) => p[1])].filter(Number.isFinite);
  return s.threshold < s.baseline ? Math.min(...values) : Math.max(...values);
}

function Card({ of: s }: { of: Symptom }) {
  const t = useClock(5);
  const onset = time(s.onset);
  return (
    <li class={'card ' + s.severity}>
      <div class="what">
        <Mark severity={s.severity} />
        <h2>{s.title || s.code}</h2>
        <p>
          <EntityLink of={s.entity} />
          {s.peer?.name && (
            <>
              <span class="muted"> with </span>
              <EntityLink of={s.peer} />
            </>
          )}
        </p>
        <p class="since">
          for <b>{onset ? duration(t - onset) : 'some time'}</b>
          {onset && <span class="muted"> · since {clock(onset)}</span>}
        </p>
      </div>
      <div class="evidence">
        <Spark
          points={s.history}
          threshold={s.threshold}
          baseline={s.baseline}
          onset={onset && onset / 1000}
          tone={s.severity}
          label={`${s.title}: now ${withUnit(s.value, s.unit)}, limit ${withUnit(s.threshold, s.unit)}`}
        />
      </div>
      <dl class="numbers">
        <div>
          <dt>now</dt>
          <dd class="big">{withUnit(s.value, s.unit)}</dd>
        </div>
        {s.baseline > 0 && (
          <div>
            <dt>usual</dt>
            <dd>{withUnit(s.baseline, s.unit)}</dd>
          </div>
        )}
        <div>
          <dt>limit</dt>
          <dd>{withUnit(s.threshold, s.unit)}</dd>
        </div>
      </dl>
    </li>
  );
}
