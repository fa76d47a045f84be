// Package directoryextension tells the other components who stands behind an
// address, from a static file that is followed.
//
//go:generate mdatagen metadata.yaml
package directoryextension
