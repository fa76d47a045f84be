// Package backendexporter stores reports of facts in the backend extension's
// store, each batch in one transaction.
//
//go:generate mdatagen metadata.yaml
package backendexporter
