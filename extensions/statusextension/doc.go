// Package statusextension shows over HTTP how each component is, and whether
// the configuration that runs is the one on disk.
//
//go:generate mdatagen metadata.yaml
package statusextension
