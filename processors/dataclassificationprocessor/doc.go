// Package dataclassificationprocessor annotates logs, traces and metrics with
// the data types in them, before redaction takes the values out.
package dataclassificationprocessor // import "github.com/weir-telemetry/weir/processors/dataclassificationprocessor"

//go:generate mdatagen metadata.yaml
