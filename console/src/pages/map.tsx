import { useCallback, useMemo, useState } from 'preact/hooks';
import type { PageProps } from '../app';
import { plain, plural } from '../data/format';
import { usePoll } from '../data/poll';
import { href } from '../data/route';
import type { Edge, Ref, Topology } from '../data/types';
import { Choice, Empty, EntityLink, Head, Mark, Waiting } from '../parts/bits';
import { Table } from '../parts/table';
import { fewLines, Graph } from '../map/graph';
import type { Size } from '../map/layout';
import { around, Index, whole, type Box, type Line } from '../map/model';
import { edgeColumns } from './entity';

const large = 100; // nodes from which namespaces are folded

const near: Size = { width: 176, height: 44, across: 230, down: 26 };
const slim: Size = { width: 150, height: 48, across: 36, down: 16 }; // phones
const far: Size = { width: 168, height: 44, across: 90, down: 18 };

/** MapPage: who calls whom. Large maps begin around one service. */
export function MapPage({ project, arg, query }: PageProps) {
  const polled = usePoll<Topology>(`/projects/${encodeURIComponent(project.id)}/map`);
  const ix = useMemo(() => polled.data && new Index(polled.data), [polled.data]);
  const nodes = useMemo(() => ix?.connected() ?? [], [ix]);
  const big = nodes.length > large;
  const view = query.get('view') === 'all' ? 'all' : arg || query.get('view') === 'near' || big ? 'near' : 'all';

  // Chosen at first sight and kept, so that the map does not jump with the figures.
  const [first, setFirst] = useState<string>();
  if (ix && view === 'near' && !arg && (!first || !ix.nodes.has(first))) {
    const t = ix.telling();
    if (t && t !== first) setFirst(t);
  }
  const focus = arg || first || '';

  const narrow = innerWidth < 600;
  const [unfolded, setUnfolded] = useState<ReadonlySet<string>>(new Set());
  const [more, setMore] = useState('');
  const [selected, setSelected] = useState<string>();
  const picture = useMemo(() => {
    if (!ix) return { boxes: [], lines: [] };
    return view === 'near' ? around(ix, focus, more === focus) : whole(ix, (ns) => big && !unfolded.has(ns));
  }, [ix, view, focus, more, unfolded, big]);

  const onBox = useCallback(
    (b: Box): void => {
      if (b.kind === 'more') return setMore(focus);
      if (b.kind === 'namespace') {
        setSelected(undefined);
        return setUnfolded((u) => new Set(u).add(b.title));
      }
      if (view === 'all') return setSelected((s) => (s === b.id ? undefined : b.id));
      setSelected(undefined);
      location.hash = b.id === focus ? href('entity', b.id) : href('map', b.id, { view: 'near' });
    },
    [view, focus],
  );
  const onLine = useCallback((l: Line): void => setSelected((s) => (s === l.id ? undefined : l.id)), []);

  const chosen = picture.boxes.find((b) => b.id === selected);
  const line = picture.lines.find((l) => l.id === selected);
  const edges = useMemo((): Edge[] => {
    if (!ix) return [];
    if (line) return line.edges;
    const of = chosen ? chosen.id : view === 'near' ? focus : undefined;
    return of === undefined ? ix.edges : [...(ix.in.get(of) ?? []), ...(ix.out.get(of) ?? []).filter((e) => e.destination !== of)];
  }, [ix, line, chosen, view, focus]);

  if (!ix) return <Waiting on={polled} />;
  if (nodes.length === 0) {
    return (
      <>
        <Head title="Map" />
        <Empty title="No connections seen yet">As soon as one service calls another, both stand here with a line between them.</Empty>
      </>
    );
  }
  const center = ix.nodes.get(focus);
  const go = (v: 'near' | 'all'): void => {
    setSelected(undefined);
    location.hash = href('map', v === 'near' ? focus : '', { view: v });
  };
  const ref = (id: string): Ref => ix.nodes.get(id) ?? { id, type: '', namespace: '', name: '' };

  return (
    <>
      <Head
        title={view === 'near' && center ? <>Around {center.name}</> : 'Map'}
        lead={
          view === 'near' && center ? (
            <>
              {plain(center.type)}
              {center.namespace && ' in ' + center.namespace} · called by {plural(new Set(ix.in.get(focus)?.map((e) => e.source)).size, 'other')}, calls{' '}
              {plural(new Set(ix.out.get(focus)?.map((e) => e.destination)).size, 'other')}
              {center.severity && center.open_symptoms > 0 && (
                <>
                  {' '}
                  · <Mark severity={center.severity} /> {center.open_symptoms} open
                </>
              )}{' '}
              · <a href={href('entity', center.id)}>all about it</a>
            </>
          ) : (
            `${plural(nodes.length, 'service')} and ${plural(ix.edges.length, 'connection')} between them${big ? ', folded by namespace' : ''}.`
          )
        }
      >
        {view === 'all' && unfolded.size > 0 && (
          <button type="button" onClick={() => setUnfolded(new Set())}>
            Fold all
          </button>
        )}
        <Choice name="View" value={view} onPick={go} of={[['near', 'Around one'], ['all', 'Everything']]} />
      </Head>
      {picture.boxes.length === 0 ? (
        <Empty title="It is not on the map">No call from or to it was seen.</Empty>
      ) : (
        <Graph
          picture={picture}
          size={narrow ? slim : picture.lines.length <= fewLines ? near : far}
          focus={view === 'near' ? focus : undefined}
          selected={selected}
          onBox={onBox}
          onLine={onLine}
          label="Map of services. Arrow keys move between them, Enter opens one."
        />
      )}
      <ul class="legend" aria-label="Legend">
        <li>
          <svg viewBox="0 0 28 8" width="28" height="8" aria-hidden="true"><path class="line critical" d="M0 4h28" /></svg> 5 % or more fail
        </li>
        <li>
          <svg viewBox="0 0 28 8" width="28" height="8" aria-hidden="true"><path class="line warning" d="M0 4h28" /></svg> 1 % or more fail
        </li>
        <li>
          <svg viewBox="0 0 28 8" width="28" height="8" aria-hidden="true"><path class="line leaves" d="M0 4h28" /></svg> leaves the cluster
        </li>
        <li>Thicker lines carry more. Time: 95 of 100 answers come within it.</li>
      </ul>
      <section class="panel later">
        <h2>{line ? 'This connection' : chosen ? 'Connections of ' + chosen.title : view === 'near' && center ? 'Connections of ' + center.name : 'All connections'}</h2>
        {chosen && view === 'all' && (
          <p class="buttons">
            <a class="button" href={href('map', chosen.id, { view: 'near' })}>
              Around it
            </a>
            <a class="button" href={href('entity', chosen.id)}>
              All about it
            </a>
          </p>
        )}
        <Table
          caption="Connections"
          of={edges}
          one="connection"
          id={(e) => e.source + e.destination + e.protocol + e.port}
          text={(e) => [ref(e.source).name, ref(e.source).namespace, ref(e.destination).name, ref(e.destination).namespace, e.protocol, ...(e.data_types ?? [])].join(' ')}
          sort={['Requests', 'down']}
          columns={[
            { name: 'From', main: true, by: (e) => ref(e.source).name, cell: (e) => <EntityLink of={ref(e.source)} /> },
            { name: 'To', main: true, by: (e) => ref(e.destination).name, cell: (e) => <EntityLink of={ref(e.destination)} /> },
            ...edgeColumns,
          ]}
        />
      </section>
    </>
  );
}
