package clickhouseexporter

// The layouts below bear the column names and types that OpenTelemetry's
// dashboards and queries expect. Parts expire whole (ttl_only_drop_parts),
// for they are partitioned by day. The deduplication window is how many
// tokens of past inserts a table remembers. TimestampTime is what older
// dashboards filter by, newer ones use Timestamp (idx_timestamp).

const logsDDL = "CREATE TABLE IF NOT EXISTS %s (\n" +
	"    `Timestamp` DateTime64(9) CODEC(Delta(8), ZSTD(1)),\n" +
	"    `TimestampTime` DateTime DEFAULT toDateTime(Timestamp),\n" +
	"    `TraceId` String CODEC(ZSTD(1)),\n" +
	"    `SpanId` String CODEC(ZSTD(1)),\n" +
	"    `TraceFlags` UInt8,\n" +
	"    `SeverityText` LowCardinality(String) CODEC(ZSTD(1)),\n" +
	"    `SeverityNumber` UInt8,\n" +
	"    `ServiceName` LowCardinality(String) CODEC(ZSTD(1)),\n" +
	"    `Body` String CODEC(ZSTD(1)),\n" +
	"    `ResourceSchemaUrl` LowCardinality(String) CODEC(ZSTD(1)),\n" +
	"    `ResourceAttributes` Map(LowCardinality(String), String) CODEC(ZSTD(1)),\n" +
	"    `ScopeSchemaUrl` LowCardinality(String) CODEC(ZSTD(1)),\n" +
	"    `ScopeName` String CODEC(ZSTD(1)),\n" +
	"    `ScopeVersion` LowCardinality(String) CODEC(ZSTD(1)),\n" +
	"    `ScopeAttributes` Map(LowCardinality(String), String) CODEC(ZSTD(1)),\n" +
	"    `LogAttributes` Map(LowCardinality(String), String) CODEC(ZSTD(1)),\n" +
	"    `EventName` String CODEC(ZSTD(1)),\n" +
	"    `__otel_materialized_k8s.cluster.name` LowCardinality(String) MATERIALIZED ResourceAttributes['k8s.cluster.name'] CODEC(ZSTD(1)),\n" +
	"    `__otel_materialized_k8s.container.name` LowCardinality(String) MATERIALIZED ResourceAttributes['k8s.container.name'] CODEC(ZSTD(1)),\n" +
	"    `__otel_materialized_k8s.deployment.name` LowCardinality(String) MATERIALIZED ResourceAttributes['k8s.deployment.name'] CODEC(ZSTD(1)),\n" +
	"    `__otel_materialized_k8s.namespace.name` LowCardinality(String) MATERIALIZED ResourceAttributes['k8s.namespace.name'] CODEC(ZSTD(1)),\n" +
	"    `__otel_materialized_k8s.node.name` LowCardinality(String) MATERIALIZED ResourceAttributes['k8s.node.name'] CODEC(ZSTD(1)),\n" +
	"    `__otel_materialized_k8s.pod.name` LowCardinality(String) MATERIALIZED ResourceAttributes['k8s.pod.name'] CODEC(ZSTD(1)),\n" +
	"    `__otel_materialized_k8s.pod.uid` LowCardinality(String) MATERIALIZED ResourceAttributes['k8s.pod.uid'] CODEC(ZSTD(1)),\n" +
	"    `__otel_materialized_deployment.environment.name` LowCardinality(String) MATERIALIZED ResourceAttributes['deployment.environment.name'] CODEC(ZSTD(1)),\n" +
	"    INDEX idx_trace_id TraceId TYPE bloom_filter(0.001) GRANULARITY 1,\n" +
	"    INDEX idx_res_attr_key mapKeys(ResourceAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,\n" +
	"    INDEX idx_res_attr_value mapValues(ResourceAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,\n" +
	"    INDEX idx_scope_attr_key mapKeys(ScopeAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,\n" +
	"    INDEX idx_scope_attr_value mapValues(ScopeAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,\n" +
	"    INDEX idx_log_attr_key mapKeys(LogAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,\n" +
	"    INDEX idx_log_attr_value mapValues(LogAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,\n" +
	"    INDEX idx_body Body TYPE tokenbf_v1(32768, 3, 0) GRANULARITY 8,\n" +
	"    INDEX idx_lower_body lower(Body) TYPE tokenbf_v1(32768, 3, 0) GRANULARITY 8,\n" +
	"    INDEX idx_timestamp Timestamp TYPE minmax GRANULARITY 1\n" +
	")\nENGINE = MergeTree\n" +
	"PARTITION BY toDate(TimestampTime)\n" +
	"PRIMARY KEY (ServiceName, TimestampTime)\n" +
	"ORDER BY (ServiceName, TimestampTime, Timestamp)%s\n" +
	tableSettings

const tracesDDL = "CREATE TABLE IF NOT EXISTS %s (\n" +
	"    `Timestamp` DateTime64(9) CODEC(Delta(8), ZSTD(1)),\n" +
	"    `TraceId` String CODEC(ZSTD(1)),\n" +
	"    `SpanId` String CODEC(ZSTD(1)),\n" +
	"    `ParentSpanId` String CODEC(ZSTD(1)),\n" +
	"    `TraceState` String CODEC(ZSTD(1)),\n" +
	"    `SpanName` LowCardinality(String) CODEC(ZSTD(1)),\n" +
	"    `SpanKind` LowCardinality(String) CODEC(ZSTD(1)),\n" +
	"    `ServiceName` LowCardinality(String) CODEC(ZSTD(1)),\n" +
	"    `ResourceAttributes` Map(LowCardinality(String), String) CODEC(ZSTD(1)),\n" +
	"    `ScopeName` String CODEC(ZSTD(1)),\n" +
	"    `ScopeVersion` String CODEC(ZSTD(1)),\n" +
	"    `SpanAttributes` Map(LowCardinality(String), String) CODEC(ZSTD(1)),\n" +
	"    `Duration` UInt64 CODEC(ZSTD(1)),\n" +
	"    `StatusCode` LowCardinality(String) CODEC(ZSTD(1)),\n" +
	"    `StatusMessage` String CODEC(ZSTD(1)),\n" +
	"    `Events` Nested (Timestamp DateTime64(9), Name LowCardinality(String), Attributes Map(LowCardinality(String), String)) CODEC(ZSTD(1)),\n" +
	"    `Links` Nested (TraceId String, SpanId String, TraceState String, Attributes Map(LowCardinality(String), String)) CODEC(ZSTD(1)),\n" +
	"    INDEX idx_trace_id TraceId TYPE bloom_filter(0.001) GRANULARITY 1,\n" +
	"    INDEX idx_res_attr_key mapKeys(ResourceAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,\n" +
	"    INDEX idx_res_attr_value mapValues(ResourceAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,\n" +
	"    INDEX idx_span_attr_key mapKeys(SpanAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,\n" +
	"    INDEX idx_span_attr_value mapValues(SpanAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,\n" +
	"    INDEX idx_duration Duration TYPE minmax GRANULARITY 1\n" +
	")\nENGINE = MergeTree\n" +
	"PARTITION BY toDate(Timestamp)\n" +
	"ORDER BY (ServiceName, SpanName, toDateTime(Timestamp))%s\n" +
	tableSettings

// traceTimesDDL finds the time range of a trace by its id, so that a query
// for one trace reads few parts; traceTimesViewDDL fills it.
const traceTimesDDL = "CREATE TABLE IF NOT EXISTS %s (\n" +
	"    `TraceId` String CODEC(ZSTD(1)),\n" +
	"    `Start` DateTime CODEC(Delta(4), ZSTD(1)),\n" +
	"    `End` DateTime CODEC(Delta(4), ZSTD(1)),\n" +
	"    INDEX idx_trace_id TraceId TYPE bloom_filter(0.01) GRANULARITY 1\n" +
	")\nENGINE = MergeTree\n" +
	"PARTITION BY toDate(Start)\n" +
	"ORDER BY (TraceId, Start)%s\n" +
	tableSettings

const traceTimesViewDDL = "CREATE MATERIALIZED VIEW IF NOT EXISTS %s TO %s AS\n" +
	"SELECT TraceId, min(Timestamp) AS Start, max(Timestamp) AS End\n" +
	"FROM %s WHERE TraceId != '' GROUP BY TraceId"

const tableSettings = "SETTINGS index_granularity = 8192, ttl_only_drop_parts = 1, non_replicated_deduplication_window = 1000"
