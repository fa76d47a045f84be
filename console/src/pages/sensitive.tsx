import { useMemo, useState } from 'preact/hooks';
import type { PageProps } from '../app';
import { count, few, plain, plural } from '../data/format';
import { seldom, usePoll } from '../data/poll';
import type { Flow, Sensitive } from '../data/types';
import { Age, Choice, Empty, EntityLink, Head, typeName, Waiting } from '../parts/bits';
import { icons } from '../parts/icons';
import { Table } from '../parts/table';

const grades = ['critical', 'high', 'medium', 'low'];
const grade = (s: string): number => (grades.indexOf(s) + grades.length + 1) % (grades.length + 1);

interface Kind {
  type: string;
  sensitivity: string;
  edges: number;
  leaving: number;
  seen: number;
}

/** SensitivePage: which kind of personal or secret data goes from where to where. */
export function SensitivePage({ project }: PageProps) {
  const polled = usePoll<Sensitive>(`/projects/${encodeURIComponent(project.id)}/sensitive`, seldom);
  const [view, setView] = useState<'list' | 'matrix'>('list');
  const [type, setType] = useState('');
  const [leaving, setLeaving] = useState(false);
  const flows = polled.data?.flows ?? [];
  const kinds = useMemo(() => kindsOf(flows), [polled.data]);
  const shown = useMemo(() => flows.filter((f) => (!type || f.data_type === type) && (!leaving || f.leaves_cluster)), [polled.data, type, leaving]);
  if (!polled.data) return <Waiting on={polled} />;
  if (flows.length === 0) {
    return (
      <>
        <Head title="Sensitive data" />
        <Empty title="None seen so far">When a service passes on names, addresses, card numbers or secrets, this page tells who sends what to whom. The data itself is never kept.</Empty>
      </>
    );
  }
  const out = flows.filter((f) => f.leaves_cluster).length;
  return (
    <>
      <Head
        title="Sensitive data"
        lead={`${plural(kinds.length, 'kind')} of data in ${plural(flows.length, 'place')}${out ? `, ${count(out)} of them on the way out of the cluster` : ', none on the way out of the cluster'}. Where it was seen, never what it said.`}
      >
        <Choice name="View" value={view} onPick={setView} of={[['list', 'List'], ['matrix', 'Matrix']]} />
      </Head>
      <ul class="kinds" aria-label="Kinds of data">
        {kinds.map((k) => (
          <li key={k.type}>
            <button type="button" aria-pressed={type === k.type} onClick={() => setType(type === k.type ? '' : k.type)}>
              <span class={'grade ' + k.sensitivity}>{k.sensitivity}</span>
              <b>{typeName(k.type)}</b>
              <span class="muted">
                {plural(k.edges, 'route')} · seen {few(k.seen)} times
              </span>
              {k.leaving > 0 && <span class="tag leaves">{k.leaving} leaving</span>}
            </button>
          </li>
        ))}
      </ul>
      {view === 'matrix' ? (
        <Matrix flows={shown} kinds={kinds.filter((k) => !type || k.type === type)} />
      ) : (
        <section class="panel">
          <Table
            caption="Where sensitive data was seen"
            of={shown}
            one="place"
            id={(f) => [f.source.id, f.destination.id, f.data_type, f.method, f.route, f.direction, f.field_path].join('|')}
            text={(f) => [f.source.name, f.source.namespace, f.destination.name, f.destination.namespace, typeName(f.data_type), f.data_type, f.method, f.route, f.field_path].join(' ')}
            sort={['Kind', 'up']}
            tools={
              <label class="check">
                <input type="checkbox" checked={leaving} onChange={(e) => setLeaving(e.currentTarget.checked)} /> leaving the cluster only
              </label>
            }
            columns={[
              {
                name: 'Kind',
                main: true,
                tight: true,
                by: (f) => grade(f.sensitivity) + f.data_type,
                cell: (f) => (
                  <>
                    <span class={'grade ' + f.sensitivity} title={f.sensitivity + ' sensitivity'} /> {typeName(f.data_type)}
                  </>
                ),
              },
              {
                name: 'From and to',
                by: (f) => (f.leaves_cluster ? 0 : 1) + f.source.name + ' ' + f.destination.name,
                cell: (f) => (
                  <span class="way">
                    <EntityLink of={f.source} />
                    {icons.arrow}
                    <EntityLink of={f.destination} />
                    {f.leaves_cluster && <span class="tag leaves">leaves the cluster</span>}
                    {!f.encrypted && <span class="tag plain">not encrypted</span>}
                  </span>
                ),
              },
              {
                name: 'Endpoint',
                by: (f) => f.route + f.method,
                cell: (f) => (
                  <code class="route">
                    {f.method && <b>{f.method}</b>}
                    <span>{f.route}</span>
                  </code>
                ),
              },
              { name: 'Field', by: (f) => f.field_path, cell: (f) => <span class="stack"><code>{f.field_path}</code> <span class="muted">in the {plain(f.direction)}</span></span> },
              { name: 'Seen', number: true, by: (f) => f.seen, cell: (f) => few(f.seen) },
              { name: 'First seen', tight: true, by: (f) => f.first, cell: (f) => <Age at={f.first} /> },
              { name: 'Last seen', tight: true, by: (f) => f.last, cell: (f) => <Age at={f.last} /> },
            ]}
          />
        </section>
      )}
    </>
  );
}

function kindsOf(flows: Flow[]): Kind[] {
  const by = new Map<string, Kind & { set: Set<string> }>();
  for (const f of flows) {
    let k = by.get(f.data_type);
    if (!k) by.set(f.data_type, (k = { type: f.data_type, sensitivity: f.sensitivity, edges: 0, leaving: 0, seen: 0, set: new Set() }));
    k.set.add(f.source.id + f.destination.id);
    k.edges = k.set.size;
    k.seen += f.seen;
    if (f.leaves_cluster) k.leaving++;
  }
  return [...by.values()].sort((a, b) => grade(a.sensitivity) - grade(b.sensitivity) || b.seen - a.seen);
}

interface Row {
  key: string;
  source: Flow['source'];
  destination: Flow['destination'];
  leaves: boolean;
  total: number;
  cells: Map<string, number>;
}

/** Matrix: kinds of data across, who sends to whom down. */
function Matrix({ flows, kinds }: { flows: Flow[]; kinds: Kind[] }) {
  const [limit, setLimit] = useState(40);
  const rows = useMemo(() => {
    const by = new Map<string, Row>();
    for (const f of flows) {
      const key = f.source.id + f.destination.id;
      let r = by.get(key);
      if (!r) by.set(key, (r = { key, source: f.source, destination: f.destination, leaves: false, total: 0, cells: new Map() }));
      r.leaves ||= f.leaves_cluster;
      r.total += f.seen;
      r.cells.set(f.data_type, (r.cells.get(f.data_type) ?? 0) + f.seen);
    }
    return [...by.values()].sort((a, b) => Number(b.leaves) - Number(a.leaves) || b.cells.size - a.cells.size || b.total - a.total);
  }, [flows]);
  return (
    <section class="panel">
      <div class="matrix" tabIndex={0} role="region" aria-label="Kinds of data by route, scrolls sideways">
        <table>
          <thead>
            <tr>
              <th scope="col">From and to</th>
              {kinds.map((k) => (
                <th scope="col" key={k.type}>
                  <span>{typeName(k.type)}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, limit).map((r) => (
              <tr key={r.key}>
                <th scope="row">
                  <span class="way">
                    <EntityLink of={r.source} bare />
                    {icons.arrow}
                    <EntityLink of={r.destination} bare />
                    {r.leaves && <span class="tag leaves">leaves</span>}
                  </span>
                </th>
                {kinds.map((k) => {
                  const n = r.cells.get(k.type);
                  const depth = n ? Math.min(4, 1 + Math.floor(Math.log10(n))) : 0;
                  return (
                    <td key={k.type} class={n ? `cell ${k.sensitivity} d${depth}` : ''} title={n ? `${typeName(k.type)}: seen ${count(n)} times` : undefined}>
                      {n ? few(n) : ''}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {rows.length > limit && (
        <button type="button" class="more" onClick={() => setLimit(limit + 40)}>
          Show {Math.min(40, rows.length - limit)} more of {rows.length - limit}
        </button>
      )}
    </section>
  );
}
