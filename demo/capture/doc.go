// Package capture is what the demo needs of packet capture itself: the question
// whether this process may capture at all, and a recorder that makes the kept
// capture. It shares no code with the receiver it is used to show.
package capture
