//go:generate mdatagen metadata.yaml

// Package clickhouseexporter keeps logs and traces in ClickHouse, in the
// table layout that OpenTelemetry dashboards and queries know (otel_logs,
// otel_traces).
//
// A batch is turned into native columns (no row is boxed), framed and
// compressed as ClickHouse does it, and inserted with one HTTP request. The
// request carries a deduplication token made of the batch's content, so that
// a retry after a lost answer does not double rows.
package clickhouseexporter
