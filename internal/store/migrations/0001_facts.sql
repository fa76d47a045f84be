-- Ids of 64 bits are stored as the signed number of the same bits; times are
-- Unix seconds unless the name ends in _ms; flags are 0 or 1; enumerations are
-- the numbers of the uplink's protobuf.

CREATE TABLE projects (
  id          TEXT PRIMARY KEY,
  name        TEXT NOT NULL,
  environment TEXT NOT NULL CHECK (environment IN ('production', 'staging', 'development')),
  created     BIGINT NOT NULL,
  last_report BIGINT NOT NULL DEFAULT 0,
  deleted     BIGINT
);
CREATE UNIQUE INDEX projects_live_name ON projects (name) WHERE deleted IS NULL;

CREATE TABLE api_keys (
  id          TEXT PRIMARY KEY,
  project_id  TEXT NOT NULL REFERENCES projects (id),
  hash        TEXT NOT NULL UNIQUE, -- SHA-256 of a random key of 32 bytes
  prefix      TEXT NOT NULL,
  description TEXT NOT NULL,
  created     BIGINT NOT NULL,
  last_used   BIGINT,
  revoked     BIGINT
);
CREATE INDEX api_keys_project ON api_keys (project_id);

CREATE TABLE users (
  id       TEXT PRIMARY KEY,
  name     TEXT NOT NULL,
  role     TEXT NOT NULL CHECK (role IN ('admin', 'editor', 'viewer')),
  password TEXT NOT NULL, -- argon2id with its parameters; empty: none works
  created  BIGINT NOT NULL,
  deleted  BIGINT
);
CREATE UNIQUE INDEX users_live_name ON users (name) WHERE deleted IS NULL;

CREATE TABLE sessions (
  hash    TEXT PRIMARY KEY, -- SHA-256 of the cookie's value
  user_id TEXT NOT NULL REFERENCES users (id),
  csrf    TEXT NOT NULL,
  created BIGINT NOT NULL,
  expires BIGINT NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id);

CREATE TABLE access_log (
  id         {{.Identity}},
  time_ms    BIGINT NOT NULL,
  user_name  TEXT NOT NULL,
  action     TEXT NOT NULL,
  project_id TEXT NOT NULL,
  object     TEXT NOT NULL,
  address    TEXT NOT NULL
);
{{if .SQLite}}
CREATE TRIGGER access_log_no_update BEFORE UPDATE ON access_log
BEGIN SELECT RAISE(ABORT, 'the access log is append-only'); END;
CREATE TRIGGER access_log_no_delete BEFORE DELETE ON access_log
BEGIN SELECT RAISE(ABORT, 'the access log is append-only'); END;
{{else}}
CREATE FUNCTION weir_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the access log is append-only'; END $$;
CREATE TRIGGER access_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON access_log
FOR EACH STATEMENT EXECUTE FUNCTION weir_append_only();
{{end}}

CREATE TABLE entities (
  project_id      TEXT NOT NULL REFERENCES projects (id),
  id              BIGINT NOT NULL,
  type            INTEGER NOT NULL,
  namespace       TEXT NOT NULL,
  name            TEXT NOT NULL,
  image           TEXT NOT NULL DEFAULT '',
  version         TEXT NOT NULL DEFAULT '',
  zone            TEXT NOT NULL DEFAULT '',
  owner_id        BIGINT,
  node_id         BIGINT,
  desired         BIGINT NOT NULL DEFAULT 0,
  ready           BIGINT NOT NULL DEFAULT 0,
  report_interval BIGINT NOT NULL DEFAULT 0, -- seconds; 0: silence means nothing
  first_seen      BIGINT NOT NULL,
  last_seen       BIGINT NOT NULL,
  deleted         BIGINT,
  PRIMARY KEY (project_id, id),
  FOREIGN KEY (project_id, owner_id) REFERENCES entities (project_id, id),
  FOREIGN KEY (project_id, node_id) REFERENCES entities (project_id, id)
);

CREATE TABLE edges (
  id          {{.Identity}},
  project_id  TEXT NOT NULL REFERENCES projects (id),
  source      BIGINT NOT NULL,
  destination BIGINT NOT NULL,
  protocol    INTEGER NOT NULL,
  port        INTEGER NOT NULL,
  first_seen  BIGINT NOT NULL,
  last_seen   BIGINT NOT NULL,
  deleted     BIGINT,
  UNIQUE (project_id, source, destination, protocol, port),
  FOREIGN KEY (project_id, source) REFERENCES entities (project_id, id),
  FOREIGN KEY (project_id, destination) REFERENCES entities (project_id, id)
);
CREATE INDEX edges_destination ON edges (project_id, destination);

-- What each agent last said of an edge. The edge's figures are the sum of those
-- at the server's end, or where none is, of those at the client's.
CREATE TABLE edge_agents (
  edge_id   BIGINT NOT NULL REFERENCES edges (id),
  agent     BIGINT NOT NULL,
  side      INTEGER NOT NULL,
  time      BIGINT NOT NULL,
  rate      DOUBLE PRECISION NOT NULL, -- requests per second
  errors    DOUBLE PRECISION NOT NULL, -- likewise
  durations TEXT NOT NULL,             -- bucket:share, comma-separated
  PRIMARY KEY (edge_id, agent, side)
);

CREATE TABLE edge_rates (
  edge_id   BIGINT NOT NULL REFERENCES edges (id),
  time      BIGINT NOT NULL,
  rate      DOUBLE PRECISION NOT NULL,
  errors    DOUBLE PRECISION NOT NULL,
  durations TEXT NOT NULL,
  PRIMARY KEY (edge_id, time)
);
CREATE INDEX edge_rates_time ON edge_rates (time);

CREATE TABLE symptoms (
  project_id TEXT NOT NULL REFERENCES projects (id),
  id         BIGINT NOT NULL,
  code       TEXT NOT NULL,
  entity_id  BIGINT NOT NULL,
  peer_id    BIGINT,
  severity   INTEGER NOT NULL,
  phase      INTEGER NOT NULL,
  onset      BIGINT NOT NULL,
  updated    BIGINT NOT NULL, -- by the reporter's clock
  heard      BIGINT NOT NULL, -- by ours
  ended      BIGINT,
  value      DOUBLE PRECISION NOT NULL,
  baseline   DOUBLE PRECISION NOT NULL,
  threshold  DOUBLE PRECISION NOT NULL,
  unit       INTEGER NOT NULL,
  detector   INTEGER NOT NULL,
  samples    BIGINT NOT NULL,
  PRIMARY KEY (project_id, id),
  FOREIGN KEY (project_id, entity_id) REFERENCES entities (project_id, id),
  FOREIGN KEY (project_id, peer_id) REFERENCES entities (project_id, id)
);
CREATE INDEX symptoms_open ON symptoms (project_id, heard) WHERE ended IS NULL;
CREATE INDEX symptoms_updated ON symptoms (project_id, updated);
CREATE INDEX symptoms_entity ON symptoms (project_id, entity_id);

CREATE TABLE symptom_points (
  project_id TEXT NOT NULL,
  symptom_id BIGINT NOT NULL,
  time       BIGINT NOT NULL,
  value      DOUBLE PRECISION NOT NULL,
  PRIMARY KEY (project_id, symptom_id, time),
  FOREIGN KEY (project_id, symptom_id) REFERENCES symptoms (project_id, id)
);
CREATE INDEX symptom_points_time ON symptom_points (time);

CREATE TABLE flows (
  id             {{.Identity}},
  project_id     TEXT NOT NULL REFERENCES projects (id),
  source         BIGINT NOT NULL,
  destination    BIGINT NOT NULL,
  protocol       INTEGER NOT NULL,
  method         INTEGER NOT NULL,
  route          TEXT NOT NULL,
  direction      INTEGER NOT NULL,
  data_type      INTEGER NOT NULL,
  field_path     TEXT NOT NULL,
  sensitivity    INTEGER NOT NULL,
  seen           BIGINT NOT NULL,
  first_seen     BIGINT NOT NULL,
  last_seen      BIGINT NOT NULL,
  encrypted      INTEGER NOT NULL, -- always
  leaves_cluster INTEGER NOT NULL, -- ever
  UNIQUE (project_id, source, destination, protocol, method, route, direction, data_type, field_path),
  FOREIGN KEY (project_id, source) REFERENCES entities (project_id, id),
  FOREIGN KEY (project_id, destination) REFERENCES entities (project_id, id)
);

CREATE TABLE changes (
  id          {{.Identity}},
  project_id  TEXT NOT NULL REFERENCES projects (id),
  entity_id   BIGINT NOT NULL,
  kind        INTEGER NOT NULL,
  time        BIGINT NOT NULL,
  from_number BIGINT NOT NULL,
  to_number   BIGINT NOT NULL,
  from_name   TEXT NOT NULL,
  to_name     TEXT NOT NULL,
  UNIQUE (project_id, entity_id, kind, time, to_number, to_name),
  FOREIGN KEY (project_id, entity_id) REFERENCES entities (project_id, id)
);

CREATE TABLE agents (
  project_id   TEXT NOT NULL REFERENCES projects (id),
  id           BIGINT NOT NULL,
  first_report BIGINT NOT NULL,
  last_report  BIGINT NOT NULL, -- by our clock
  sampling     INTEGER NOT NULL, -- basis points
  PRIMARY KEY (project_id, id)
);

CREATE TABLE coverage (
  project_id  TEXT NOT NULL,
  agent       BIGINT NOT NULL,
  hour        BIGINT NOT NULL, -- its first second
  seen        BIGINT NOT NULL,
  lost        BIGINT NOT NULL,
  bytes       BIGINT NOT NULL,
  left_out    BIGINT NOT NULL,
  pseudonyms  BIGINT NOT NULL,
  PRIMARY KEY (project_id, agent, hour),
  FOREIGN KEY (project_id, agent) REFERENCES agents (project_id, id)
);
CREATE INDEX coverage_hour ON coverage (hour);

-- A process of an agent. Reports up to settled were kept and their rows below
-- have been trimmed.
CREATE TABLE epochs (
  project_id TEXT NOT NULL,
  agent      BIGINT NOT NULL,
  epoch      BIGINT NOT NULL,
  settled    BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (project_id, agent, epoch),
  FOREIGN KEY (project_id, agent) REFERENCES agents (project_id, id)
);

CREATE TABLE reports (
  project_id TEXT NOT NULL,
  agent      BIGINT NOT NULL,
  epoch      BIGINT NOT NULL,
  sequence   BIGINT NOT NULL,
  digest     TEXT NOT NULL, -- SHA-256 of what it says each time that it is sent
  received   BIGINT NOT NULL,
  PRIMARY KEY (project_id, agent, epoch, sequence),
  FOREIGN KEY (project_id, agent, epoch) REFERENCES epochs (project_id, agent, epoch)
);
CREATE INDEX reports_received ON reports (received);

CREATE TABLE envelopes (
  id          {{.Identity}},
  project_id  TEXT NOT NULL REFERENCES projects (id),
  received_ms BIGINT NOT NULL,
  bytes       BIGINT NOT NULL,
  sender      BIGINT NOT NULL,
  session     BIGINT NOT NULL,
  sequence    BIGINT NOT NULL,
  digest      TEXT NOT NULL, -- the sender's
  entities    BIGINT NOT NULL,
  edges       BIGINT NOT NULL,
  symptoms    BIGINT NOT NULL,
  flows       BIGINT NOT NULL,
  changes     BIGINT NOT NULL,
  chain       TEXT NOT NULL, -- ours: over the envelope before and this one
  reports     TEXT NOT NULL, -- readable
  UNIQUE (project_id, session, sequence)
);
CREATE INDEX envelopes_received ON envelopes (project_id, received_ms, bytes);

-- Both ends of a project's chain: that of the last envelope trimmed, and that
-- of the newest.
CREATE TABLE envelope_chains (
  project_id TEXT PRIMARY KEY REFERENCES projects (id),
  anchor     TEXT NOT NULL,
  head       TEXT NOT NULL
);
