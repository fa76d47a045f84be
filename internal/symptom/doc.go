// Package symptom finds abnormal conditions in metrics: samples in, events out.
//
// What is looked for stands in a catalogue (catalogue.yaml and a user's changes
// of it): which metrics feed an entry, which detector judges them, when it
// starts and when it ends. A feed's series are summed up in one monitor for
// each entry, entity and peer.
//
// Time comes with the samples and with Flush; there is no other clock. Memory
// is constant for each series, and their number is bounded. The package knows
// nothing of the Collector.
package symptom

//go:generate go test -run TestPageIsUpToDate -update .
