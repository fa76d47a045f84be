// Package consoleextension serves the console's pages on the endpoint of the
// backend extension.
//
//go:generate mdatagen metadata.yaml
package consoleextension
