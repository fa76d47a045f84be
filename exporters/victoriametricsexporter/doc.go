// Package victoriametricsexporter writes metrics to VictoriaMetrics,
// Prometheus and everything else that takes Prometheus remote write 1.0.
//
// The protobuf is appended straight from pdata into pooled buffers; see
// encoder.go for the path of a data point.
package victoriametricsexporter

//go:generate mdatagen metadata.yaml
