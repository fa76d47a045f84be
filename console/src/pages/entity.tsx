import { useMemo } from 'preact/hooks';
import type { PageProps } from '../app';
import { clock, duration, percent, plain, rate, seconds, time, withUnit } from '../data/format';
import { usePoll } from '../data/poll';
import { href } from '../data/route';
import type { Edge, Entity, Ref, Symptom } from '../data/types';
import { Age, Chips, EntityLink, Head, Mark, Waiting } from '../parts/bits';
import { Chart } from '../parts/chart';
import { icons } from '../parts/icons';
import { Table } from '../parts/table';

const hours = 24;

/** EntityPage: golden signals, what was wrong and when, who it talks to. */
export function EntityPage({ project, arg }: PageProps) {
  const polled = usePoll<Entity>(`/projects/${encodeURIComponent(project.id)}/entities/${encodeURIComponent(arg)}`);
  const d = polled.data;
  const refs = useMemo(() => new Map((d?.nodes ?? []).map((n) => [n.id, n as Ref])), [d]);
  if (!d) return <Waiting on={polled} />;

  const e = d.entity;
  const symptoms = d.symptoms ?? [];
  const marks = symptoms.map((s) => ({
    from: (time(s.onset) ?? 0) / 1000,
    to: (time(s.ended) ?? Date.now()) / 1000,
    tone: s.severity,
    title: s.title,
  }));
  const ref = (id: string): Ref => refs.get(id) ?? (id === e.id ? e : { id, type: '', namespace: '', name: '' });
  const open = symptoms.filter((s) => !s.ended);

  return (
    <>
      <Head
        title={e.name || e.id}
        lead={
          <>
            {plain(e.type)}
            {e.namespace && <> in {e.namespace}</>}
            {d.deleted && <> · gone</>}
            {open.length > 0 && (
              <>
                {' '}
                · <Mark severity={open[0]!.severity} /> {open[0]!.title}
              </>
            )}
          </>
        }
      >
        <a class="button" href={href('map', e.id)}>
          {icons.map} On the map
        </a>
      </Head>
      <dl class="facts">
        {typeof e.desired === 'number' && (
          <Fact name="Ready">
            {e.ready ?? 0} of {e.desired}
          </Fact>
        )}
        {e.image && <Fact name="Image">{e.image}</Fact>}
        {e.version && <Fact name="Version">{e.version}</Fact>}
        {e.zone && <Fact name="Zone">{e.zone}</Fact>}
        {e.owner && (
          <Fact name="Part of">
            <EntityLink of={e.owner} bare />
          </Fact>
        )}
        {e.node && (
          <Fact name="On">
            <EntityLink of={e.node} bare />
          </Fact>
        )}
        <Fact name="First seen">
          <Age at={d.first_seen} />
        </Fact>
        <Fact name="Last seen">
          <Age at={d.last_seen} />
        </Fact>
      </dl>
      <div class="charts">
        <Chart title="Requests" points={d.series?.rate} format={rate} marks={marks} />
        <Chart title="Failed" points={d.series?.error_ratio} format={percent} marks={marks} tone="failing" />
        <Chart title="95 % answered within" points={d.series?.p95_seconds} format={seconds} marks={marks} />
      </div>
      <section class="panel">
        <h2>What was wrong</h2>
        {symptoms.length === 0 ? <p class="muted">Nothing was reported about it.</p> : <Timeline of={symptoms} />}
      </section>
      <EdgeTable title="Called by" edges={d.edges_in ?? []} other={(x) => ref(x.source)} />
      <EdgeTable title="Calls" edges={d.edges_out ?? []} other={(x) => ref(x.destination)} />
    </>
  );
}

function Fact({ name, children }: { name: string; children: preact.ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Timeline draws each symptom as a bar over the last 24 hours. */
function Timeline({ of }: { of: Symptom[] }) {
  const to = Date.now();
  const from = to - hours * 3600_000;
  const at = (t: number): number => (Math.min(1, Math.max(0, (t - from) / (to - from))) * 1000) | 0;
  return (
    <ol class="timeline">
      {of.map((s) => {
        const start = time(s.onset) ?? from;
        const end = s.ended ? (time(s.ended) ?? to) : to;
        const x = at(start);
        return (
          <li key={s.id}>
            <div class="label">
              <Mark severity={s.severity} word={false} />
              <span>{s.title}</span>
              <span class="muted">
                {clock(start)}, {s.ended ? 'for ' + duration(end - start) : 'still, for ' + duration(end - start)} · {withUnit(s.value, s.unit)}
              </span>
            </div>
            <svg viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">
              <rect class="track" width="1000" height="10" />
              {end > from && <rect class={'bar ' + s.severity} x={x} width={Math.max(6, at(end) - x)} height="10" />}
            </svg>
          </li>
        );
      })}
      <li class="ends" aria-hidden="true">
        <span>24 hours ago</span>
        <span>now</span>
      </li>
    </ol>
  );
}

function EdgeTable({ title, edges, other }: { title: string; edges: Edge[]; other: (e: Edge) => Ref }) {
  return (
    <section class="panel">
      <h2>{title}</h2>
      {edges.length === 0 ? (
        <p class="muted">{title === 'Calls' ? 'No calls to others were seen.' : 'No calls from others were seen.'}</p>
      ) : (
        <Table
          caption={title}
          of={edges}
          one="connection"
          id={(e) => e.source + e.destination + e.protocol + e.port}
          sort={['Requests', 'down']}
          columns={[
            { name: title === 'Calls' ? 'Whom' : 'Who', main: true, by: (e) => other(e).name, cell: (e) => <EntityLink of={other(e)} /> },
            ...edgeColumns,
          ]}
        />
      )}
    </section>
  );
}

export const edgeColumns = [
  { name: 'Over', tight: true, by: (e: Edge) => e.protocol, cell: (e: Edge) => <>{e.protocol}{e.port > 0 && <span class="muted">:{e.port}</span>}</> },
  { name: 'Requests', number: true, by: (e: Edge) => e.rate, cell: (e: Edge) => rate(e.rate) },
  { name: 'Failed', number: true, by: (e: Edge) => e.error_ratio, cell: (e: Edge) => <span class={e.error_ratio >= 0.01 ? 'bad' : ''}>{percent(e.error_ratio)}</span> },
  { name: '95 % within', number: true, hint: '95 of 100 requests were answered within this time', by: (e: Edge) => e.p95_seconds ?? -1, cell: (e: Edge) => seconds(e.p95_seconds) },
  {
    name: 'Data',
    by: (e: Edge) => (e.leaves_cluster ? '0' : '1') + ((e.data_types ?? []).join() || '~'),
    cell: (e: Edge) =>
      (e.leaves_cluster || !!e.data_types?.length) && (
        <span class="chips">
          <Chips of={e.data_types} />
          {e.leaves_cluster && <span class="tag leaves">leaves the cluster</span>}
        </span>
      ),
  },
  { name: 'Measured', tight: true, by: (e: Edge) => e.updated, cell: (e: Edge) => <Age at={e.updated} /> },
];
