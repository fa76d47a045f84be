import type { Edge, Node, Severity, Topology } from '../data/types';

// A Box is a node as it is drawn: an entity, a namespace of several, or "more".
export interface Box {
  id: string;
  kind: 'entity' | 'namespace' | 'more';
  title: string;
  note: string;
  type: string;
  symptoms: number;
  severity?: Severity;
  node?: Node;
  members: string[];
}

// A Line is an edge as it is drawn; it stands for one or several edges.
export interface Line {
  id: string;
  from: string;
  to: string;
  edges: Edge[];
  rate: number;
  errors: number; // ratio
  p95?: number; // of the slowest
  types: string[];
  leaves: boolean;
  updated: string; // the oldest of its figures
}

export interface Picture {
  boxes: Box[];
  lines: Line[];
}

const gravity: Record<string, number> = { info: 1, warning: 2, critical: 3 };

/** worse returns the graver of two severities. */
export function worse(a?: Severity | '', b?: Severity | ''): Severity | undefined {
  return ((gravity[b ?? ''] ?? 0) > (gravity[a ?? ''] ?? 0) ? b : a) || undefined;
}

/** Index answers what the map's views ask, built once an answer. */
export class Index {
  readonly nodes = new Map<string, Node>();
  readonly edges: Edge[] = [];
  readonly in = new Map<string, Edge[]>();
  readonly out = new Map<string, Edge[]>();

  constructor(map: Topology) {
    for (const n of map.nodes ?? []) this.nodes.set(n.id, n);
    for (const e of map.edges ?? []) {
      if (!this.nodes.has(e.source) || !this.nodes.has(e.destination)) continue;
      this.edges.push(e);
      push(this.out, e.source, e);
      push(this.in, e.destination, e);
    }
  }

  /** connected are the nodes that talk to others: only they are on the map. */
  connected(): Node[] {
    return [...this.nodes.values()].filter((n) => this.in.has(n.id) || this.out.has(n.id));
  }

  /** telling returns the node to begin with: the gravest symptoms, then the most traffic. */
  telling(): string | undefined {
    let best: Node | undefined;
    let score = -1;
    for (const n of this.connected()) {
      const traffic = [...(this.in.get(n.id) ?? []), ...(this.out.get(n.id) ?? [])].reduce((s, e) => s + e.rate, 0);
      const s = (gravity[n.severity ?? ''] ?? 0) * 1e12 + traffic;
      if (s > score) [best, score] = [n, s];
    }
    return best?.id;
  }
}

function push<K, V>(m: Map<K, V[]>, k: K, v: V): void {
  const l = m.get(k);
  if (l) l.push(v);
  else m.set(k, [v]);
}

export function boxOf(n: Node): Box {
  return {
    id: n.id,
    kind: 'entity',
    title: n.name || n.id,
    note: n.namespace,
    type: n.type,
    symptoms: n.open_symptoms,
    severity: n.severity || undefined,
    node: n,
    members: [n.id],
  };
}

/** join makes lines of edges whose ends were put into boxes. */
export function join(edges: Edge[], box: (id: string) => string | undefined): Line[] {
  const lines = new Map<string, Line>();
  for (const e of edges) {
    const from = box(e.source);
    const to = box(e.destination);
    if (from === undefined || to === undefined || from === to) continue;
    const id = from + ' ' + to;
    let l = lines.get(id);
    if (!l) lines.set(id, (l = { id, from, to, edges: [], rate: 0, errors: 0, types: [], leaves: false, updated: e.updated }));
    l.edges.push(e);
    l.rate += e.rate;
    l.errors += e.rate * e.error_ratio;
    if (typeof e.p95_seconds === 'number') l.p95 = Math.max(l.p95 ?? 0, e.p95_seconds);
    for (const t of e.data_types ?? []) if (!l.types.includes(t)) l.types.push(t);
    l.leaves ||= e.leaves_cluster;
    if (e.updated < l.updated) l.updated = e.updated;
  }
  for (const l of lines.values()) l.errors = l.rate > 0 ? l.errors / l.rate : Math.max(...l.edges.map((e) => e.error_ratio));
  return [...lines.values()];
}

/** whole is everything; namespaces that are folded are one box each. */
export function whole(ix: Index, folded: (namespace: string) => boolean): Picture {
  const boxes = new Map<string, Box>();
  const of = new Map<string, string>();
  for (const n of ix.connected()) {
    if (!n.namespace || !folded(n.namespace)) {
      boxes.set(n.id, boxOf(n));
      of.set(n.id, n.id);
      continue;
    }
    const id = 'namespace ' + n.namespace;
    of.set(n.id, id);
    let b = boxes.get(id);
    if (!b) boxes.set(id, (b = { id, kind: 'namespace', title: n.namespace, note: '', type: 'namespace', symptoms: 0, members: [] }));
    b.members.push(n.id);
    b.symptoms += n.open_symptoms;
    b.severity = worse(b.severity, n.severity);
    b.note = b.members.length + (b.members.length === 1 ? ' service' : ' services');
  }
  return { boxes: [...boxes.values()], lines: join(ix.edges, (id) => of.get(id)) };
}

const most = 9; // neighbours a side that are drawn unless more are asked for

/** around is one node with those who call it and those whom it calls. */
export function around(ix: Index, id: string, more: boolean): Picture {
  const focus = ix.nodes.get(id);
  if (!focus) return { boxes: [], lines: [] };
  const boxes = new Map<string, Box>([[id, boxOf(focus)]]);
  const of = new Map<string, string>([[id, id]]);
  const kept: Edge[] = [];
  for (const [edges, end, name] of [
    [ix.in.get(id) ?? [], 'source', 'more callers'],
    [ix.out.get(id) ?? [], 'destination', 'more called'],
  ] as const) {
    const weight = new Map<string, number>();
    for (const e of edges) {
      const n = ix.nodes.get(e[end])!;
      const w = e.rate + (gravity[n.severity ?? ''] ?? 0) * 1e12 + (e.leaves_cluster ? 1e9 : 0);
      weight.set(n.id, Math.max(weight.get(n.id) ?? 0, w));
    }
    const others = [...weight].sort((a, b) => b[1] - a[1]).map(([o]) => o);
    const cut = more || others.length <= most + 1 ? others.length : most;
    others.forEach((o, i) => {
      if (of.has(o)) return;
      if (i < cut) {
        boxes.set(o, boxOf(ix.nodes.get(o)!));
        of.set(o, o);
        return;
      }
      let b = boxes.get(name);
      if (!b) boxes.set(name, (b = { id: name, kind: 'more', title: '', note: 'show all', type: '', symptoms: 0, members: [] }));
      b.members.push(o);
      b.title = `${b.members.length} ${name}`;
      of.set(o, name);
    });
    kept.push(...edges);
  }
  return { boxes: [...boxes.values()], lines: join(kept, (n) => of.get(n)) };
}
