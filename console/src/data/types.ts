// The shapes of the backend's API (api/weir/backend/v1/openapi.yaml), as far as
// the pages read them.

export type Role = 'admin' | 'editor' | 'viewer';
export type Severity = 'info' | 'warning' | 'critical';
export type Point = [number, number]; // unix seconds, value

export interface Project {
  id: string;
  name: string;
  environment: string;
}

export interface Session {
  user: string;
  role: Role;
  csrf: string;
  projects: Project[];
}

// Aged is an answer that knows when the newest of its facts was seen.
export interface Aged {
  as_of?: string;
}

export interface Ref {
  id: string;
  type: string;
  namespace: string;
  name: string;
}

export interface Symptom {
  id: string;
  code: string;
  title: string;
  severity: Severity;
  entity: Ref;
  peer?: Ref | null;
  phase: string;
  onset: string;
  updated: string;
  ended?: string | null;
  value: number;
  baseline: number;
  threshold: number;
  unit: string;
  detector: string;
  samples: number;
  history?: Point[] | null;
}

export interface Symptoms extends Aged {
  symptoms: Symptom[] | null;
}

export interface Node extends Ref {
  open_symptoms: number;
  severity?: Severity | '';
}

export interface Edge {
  source: string;
  destination: string;
  protocol: string;
  port: number;
  rate: number;
  error_ratio: number;
  p95_seconds?: number | null;
  data_types?: string[] | null;
  leaves_cluster: boolean;
  updated: string;
}

export interface Topology extends Aged {
  nodes: Node[] | null;
  edges: Edge[] | null;
}

export interface EntityDetail extends Ref {
  image?: string;
  version?: string;
  zone?: string;
  desired?: number;
  ready?: number;
  owner?: Ref;
  node?: Ref;
}

export interface Entity extends Aged {
  entity: EntityDetail;
  first_seen: string;
  last_seen: string;
  deleted: boolean;
  edges_in: Edge[] | null;
  edges_out: Edge[] | null;
  nodes: Node[] | null; // the other ends of the edges
  series: { rate: Point[] | null; error_ratio: Point[] | null; p95_seconds: Point[] | null };
  symptoms: Symptom[] | null;
}

export interface Entities extends Aged {
  entities: Node[] | null;
}

export interface Flow {
  source: Ref;
  destination: Ref;
  data_type: string;
  sensitivity: string;
  method: string;
  route: string;
  direction: string;
  field_path: string;
  seen: number;
  first: string;
  last: string;
  encrypted: boolean;
  leaves_cluster: boolean;
}

export interface Sensitive extends Aged {
  flows: Flow[] | null;
}

export interface Day {
  day: string;
  bytes: number;
  envelopes: number;
  nodes: number;
}

export interface Envelope {
  received: string;
  sender: string;
  session: string;
  sequence: number;
  digest: string;
  bytes: number;
  facts: { entities: number; edges: number; symptoms: number; flows: number; changes: number };
  reports: Report[] | null;
}

// Report is what an envelope said; its lists hold objects of any shape.
export interface Report {
  agent: string;
  epoch: string;
  sequence: number;
  start: string;
  window_seconds: number;
  snapshot: boolean;
  [list: string]: unknown;
}

export interface Egress extends Aged {
  budget_bytes_per_node_day: number;
  days: Day[] | null;
  envelopes: Envelope[] | null;
  next?: string;
}

export interface Verdict {
  ok: boolean;
  envelopes: number;
  problem?: string;
}

export interface Agent {
  agent: string;
  last_report: string;
  exchanges_seen: number;
  exchanges_lost: number;
  sampling: number;
  bytes_parsed: number;
  facts_left_out: number;
  names_pseudonymised: number;
}

export interface Coverage extends Aged {
  agents: Agent[] | null;
}

export interface Key {
  id: string;
  prefix: string;
  description: string;
  created: string;
  last_used?: string;
  revoked?: string;
  key?: string; // in the answer that made it, never again
}

export interface User {
  id: string;
  name: string;
  role: Role;
  created: string;
}

export interface Access {
  time: string;
  user: string;
  action: string;
  project?: string;
  object?: string;
  address: string;
}
