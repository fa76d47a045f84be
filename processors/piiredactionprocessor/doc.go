// Package piiredactionprocessor takes personal data and secrets out of logs,
// traces and metrics.
package piiredactionprocessor // import "github.com/weir-telemetry/weir/processors/piiredactionprocessor"

//go:generate mdatagen metadata.yaml
