// Package backendextension keeps the facts of many clusters, and serves them,
// the console's pages and all administration over HTTP. Uplink receivers let it
// check API keys.
//
//go:generate mdatagen metadata.yaml
package backendextension
