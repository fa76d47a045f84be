//go:generate mdatagen metadata.yaml

// Package uplinkexporter sends facts over the uplink: from an agent to the
// mediator, from the mediator to the backend. It is the one way over the wall.
//
// What is not a well-formed fact event is refused before the queue. A report
// that leaves the queue becomes an envelope of the present session: names are
// admitted by their kind or replaced by a keyed pseudonym, numbers are
// quantised. The envelope is written to the ledger, then sent, and is done
// with only when the receiver, and everyone behind it, said that it is kept.
// A lost session costs nothing: what was not acknowledged is sent again in the
// next one, and the backend knows a report by agent, epoch and sequence.
package uplinkexporter
