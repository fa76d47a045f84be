// Package fact is the closed schema of what may leave a cluster: Go types, the
// OpenTelemetry log events that carry them between components inside the wall,
// and the protobuf messages of api/weir/uplink/v1 that carry them over it.
//
// A fact is made readable (Ref has names), becomes numbers and admitted names
// in the encoder, and readable again behind it. Nothing else than the fields
// below can be said. The package knows nothing of the Collector's component
// packages; pdata is met in the log event files alone.
package fact
