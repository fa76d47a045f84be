// Package payloadguardextension extends the payload guard to receivers that it
// doesn't watch by itself, and names the pipelines that may export their
// records unredacted. The rules are those of internal/guard.
//
//go:generate mdatagen metadata.yaml
package payloadguardextension
