// Package report turns what weir-local kept, and what it counts about itself,
// into the table and the summary of the demo. It reads only records that are
// already redacted and weir-local's own Prometheus telemetry; it never sees a
// raw value.
package report
