// Package distil turns metrics, spans and log records into facts: it adds up
// what one agent sees in a window and says it as a report.
//
// Its memory is bounded by Limits, whatever comes in. It knows nothing of the
// Collector's components and takes the time from its caller.
package distil
