// Package symptomdetectionprocessor finds symptoms in metrics and adds them to
// the stream as metrics of their own.
package symptomdetectionprocessor // import "github.com/weir-telemetry/weir/processors/symptomdetectionprocessor"

//go:generate mdatagen metadata.yaml
