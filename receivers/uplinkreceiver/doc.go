//go:generate mdatagen metadata.yaml

// Package uplinkreceiver takes facts from agents or mediators over the uplink.
//
// A sender's connection is a session: envelopes come in order, each is checked
// against the closed contract, turned into fact events and handed on, and is
// acknowledged only after everyone behind the receiver keeps it. Whatever
// breaks the contract ends the session with a gRPC status that names the
// reason; nothing of it is passed on.
package uplinkreceiver
