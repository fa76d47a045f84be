// Package factsconnector distils metrics, traces and logs into facts.
package factsconnector // import "github.com/weir-telemetry/weir/connectors/factsconnector"

//go:generate mdatagen metadata.yaml
