// Package pcapreceiver turns captured packets, from files or live from network
// interfaces, into exchanges: log records, spans and histograms.
//
//go:generate mdatagen metadata.yaml
package pcapreceiver
