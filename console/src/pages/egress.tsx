import { useEffect, useState } from 'preact/hooks';
import type { PageProps } from '../app';
import { call, get, message } from '../data/api';
import { bytes, clock, count, day, percent, plain, plural, time } from '../data/format';
import { seldom, usePoll } from '../data/poll';
import type { Day, Egress, Envelope, Report, Verdict } from '../data/types';
import { Empty, Figure, Head, Waiting } from '../parts/bits';
import { Table } from '../parts/table';

/** EgressPage: every message that came over the wall, readable, against the budget. */
export function EgressPage({ project }: PageProps) {
  const base = `/projects/${encodeURIComponent(project.id)}/egress`;
  const polled = usePoll<Egress>(base, seldom);
  const [older, setOlder] = useState<Envelope[]>([]);
  const [next, setNext] = useState<string>();
  const [open, setOpen] = useState('');
  const [verdict, setVerdict] = useState<Verdict | string>();
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    // The first page moves on as envelopes come; what was paged to stays.
    if (polled.data && older.length === 0) setNext(polled.data.next);
  }, [polled.data]);
  if (!polled.data) return <Waiting on={polled} />;

  const d = polled.data;
  const seen = new Set<string>();
  const envelopes = [...(d.envelopes ?? []), ...older].filter((e) => !seen.has(key(e)) && seen.add(key(e)));
  const days = [...(d.days ?? [])].sort((a, b) => a.day.localeCompare(b.day));
  const today = days[days.length - 1];

  async function more(): Promise<void> {
    setBusy(true);
    try {
      const page = await get<Egress>(base + '?before=' + encodeURIComponent(next!));
      setOlder([...older, ...(page.envelopes ?? [])]);
      setNext(page.next);
    } catch (e) {
      setVerdict(message(e));
    }
    setBusy(false);
  }

  async function verify(): Promise<void> {
    setBusy(true);
    try {
      setVerdict(await call<Verdict>('POST', base + '/verify'));
    } catch (e) {
      setVerdict(message(e));
    }
    setBusy(false);
  }

  if (envelopes.length === 0) {
    return (
      <>
        <Head title="Egress" />
        <Empty title="Nothing has left yet">Every message that agents send will be listed here in full, word for word.</Empty>
      </>
    );
  }
  return (
    <>
      <Head title="Egress" lead="Everything that this project’s agents have sent, readable to the last field.">
        <button type="button" class="primary" disabled={busy} onClick={verify}>
          Verify the record
        </button>
      </Head>
      <div role="status">
        {typeof verdict === 'string' ? (
          <p class="verdict bad">{verdict}</p>
        ) : verdict ? (
          verdict.ok ? (
            <p class="verdict good">
              <b>The record is whole.</b> {plural(verdict.envelopes, 'message')} checked; none was changed or taken out.
            </p>
          ) : (
            <p class="verdict bad">
              <b>The record is not whole.</b> {verdict.problem} {plural(verdict.envelopes, 'message')} checked.
            </p>
          )
        ) : null}
      </div>
      {today && (
        <dl class="figures">
          <Figure name={'Sent on ' + day(Date.parse(today.day))} value={bytes(today.bytes)} note={plural(today.envelopes, 'message')} />
          <Figure
            name="For each machine"
            value={bytes(today.bytes / Math.max(1, today.nodes))}
            note={d.budget_bytes_per_node_day > 0 ? `of ${bytes(d.budget_bytes_per_node_day)} a day` : 'no budget set'}
          />
          <Figure name="Machines" value={count(today.nodes)} note="that reported" />
        </dl>
      )}
      {days.length > 0 && (
        <section class="panel">
          <h2>Sent each day, for each machine</h2>
          <Bars days={days} budget={d.budget_bytes_per_node_day} />
        </section>
      )}
      <section class="panel">
        <h2>Messages</h2>
        <Table
          caption="Messages, the newest first"
          of={envelopes}
          one="message"
          id={key}
          open={(e) => setOpen(open === key(e) ? '' : key(e))}
          opened={(e) => open === key(e) && <Reading of={e} />}
          columns={[
            { name: 'Received', main: true, tight: true, by: (e) => e.received, cell: (e) => clock(time(e.received) ?? 0) },
            { name: 'From', by: (e) => e.sender, cell: (e) => <code>{e.sender}</code> },
            { name: 'Number', number: true, by: (e) => e.sequence, cell: (e) => count(e.sequence) },
            { name: 'Size', number: true, by: (e) => e.bytes, cell: (e) => bytes(e.bytes) },
            { name: 'Says', cell: (e) => says(e.facts) },
            {
              name: 'Read',
              cell: (e) => (
                <button type="button" class="link" aria-expanded={open === key(e)} onClick={() => setOpen(open === key(e) ? '' : key(e))}>
                  {open === key(e) ? 'Close' : 'Read'}
                </button>
              ),
            },
          ]}
        />
        {next && (
          <button type="button" class="more" disabled={busy} onClick={more}>
            Older messages
          </button>
        )}
      </section>
    </>
  );
}

const key = (e: Envelope): string => e.session + '/' + e.sequence;

const words: Record<keyof Envelope['facts'], [string, string]> = {
  entities: ['entity', 'entities'],
  edges: ['connection', 'connections'],
  symptoms: ['symptom', 'symptoms'],
  flows: ['data sighting', 'data sightings'],
  changes: ['change', 'changes'],
};

function says(facts: Envelope['facts']): string {
  const parts = Object.entries(words)
    .filter(([k]) => facts?.[k as keyof Envelope['facts']] > 0)
    .map(([k, [one, many]]) => plural(facts[k as keyof Envelope['facts']], one, many));
  return parts.join(', ') || 'alive, nothing new';
}

function Bars({ days, budget }: { days: Day[]; budget: number }) {
  const each = days.map((d) => d.bytes / Math.max(1, d.nodes));
  const top = Math.max(budget, ...each) * 1.1 || 1;
  return (
    <figure class="bars">
      <ol>
        {days.map((d, i) => (
          <li key={d.day} title={`${day(Date.parse(d.day))}: ${bytes(each[i])} for each machine, ${bytes(d.bytes)} in all`}>
            <svg viewBox="0 0 20 100" preserveAspectRatio="none" role="img" aria-label={`${d.day}: ${bytes(each[i])}`}>
              <rect class={budget > 0 && each[i]! > budget ? 'over' : ''} x="2" width="16" y={100 - (each[i]! / top) * 100} height={(each[i]! / top) * 100} />
              {budget > 0 && <line x1="0" x2="20" y1={100 - (budget / top) * 100} y2={100 - (budget / top) * 100} />}
            </svg>
            <span class={i === 0 || i === days.length - 1 ? '' : 'hide'}>{day(Date.parse(d.day))}</span>
          </li>
        ))}
      </ol>
      {budget > 0 && (
        <figcaption>
          The line is the budget: {bytes(budget)} a day for each machine. Used at most: {percent(Math.max(...each) / budget)}.
        </figcaption>
      )}
    </figure>
  );
}

/** Reading writes an envelope out. */
function Reading({ of: e }: { of: Envelope }) {
  return (
    <div class="reading">
      <dl>
        <div>
          <dt>Check sum</dt>
          <dd>
            <code>{e.digest}</code>
          </dd>
        </div>
        <div>
          <dt>Session</dt>
          <dd>
            <code>{e.session}</code>
          </dd>
        </div>
      </dl>
      {(e.reports ?? []).map((r) => (
        <Said key={r.agent + r.epoch + r.sequence} report={r} />
      ))}
    </div>
  );
}

function Said({ report: r }: { report: Report }) {
  const start = time(r.start);
  const lists = Object.entries(r).filter(([, v]) => Array.isArray(v) && v.length > 0) as [string, unknown[]][];
  return (
    <article>
      <h3>
        Report {count(r.sequence)} of agent <code>{r.agent}</code>
        <span class="muted">
          {' '}
          {start && clock(start)}, {r.window_seconds} s{r.snapshot && ', everything it knows'}
        </span>
      </h3>
      {lists.map(([name, items]) => (
        <Listing key={name} name={name} items={items} />
      ))}
      {r.coverage !== undefined && r.coverage !== null && <Listing name="coverage" items={[r.coverage]} />}
    </article>
  );
}

function Listing({ name, items }: { name: string; items: unknown[] }) {
  const [limit, setLimit] = useState(20);
  return (
    <>
      <h4>
        {plain(name)} <span class="muted">{items.length > 1 && items.length}</span>
      </h4>
      <ul>
        {items.slice(0, limit).map((f, i) => (
          <li key={i}>
            <Value of={f} />
          </li>
        ))}
      </ul>
      {items.length > limit && (
        <button type="button" class="link" onClick={() => setLimit(limit + 200)}>
          {items.length - limit} more
        </button>
      )}
    </>
  );
}

// What a fact is about comes first.
const leading = ['type', 'code', 'data_type', 'entity', 'source', 'destination', 'peer', 'name', 'namespace'];
const place = (k: string): number => (leading.indexOf(k) + 1 || leading.length + 1);

// Value writes any JSON so that a person can read it: "name: value" pairs,
// an entity as namespace/name.
function Value({ of: v }: { of: unknown }) {
  if (v === null || typeof v !== 'object') return <span class="v">{String(v)}</span>;
  if (Array.isArray(v)) return <span class="v">{v.every((x) => typeof x !== 'object') ? v.join(', ') : v.map((x, i) => <Value key={i} of={x} />)}</span>;
  const o = v as Record<string, unknown>;
  const entries = Object.entries(o)
    .filter(([, x]) => x !== null && x !== '' && !(Array.isArray(x) && x.length === 0))
    .sort(([a], [b]) => place(a) - place(b));
  if (typeof o.name === 'string' && typeof o.type === 'string' && entries.every(([, x]) => typeof x !== 'object') && entries.length <= 4) {
    return (
      <span class="v ref" title={`${plain(o.type)} ${String(o.id ?? '')}`}>
        {o.namespace ? String(o.namespace) + '/' : ''}
        {o.name || String(o.id ?? '')}
      </span>
    );
  }
  return (
    <span class="pairs">
      {entries.map(([k, x]) => (
        <span key={k}>
          <i>{plain(k)}</i> <Value of={x} />
        </span>
      ))}
    </span>
  );
}
