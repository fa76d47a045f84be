// Package afpacket captures TCP live from a Linux network interface through a
// TPACKET_V3 ring.
package afpacket

import "errors"

// Config says what to capture. The zero value of each number means its default.
type Config struct {
	Interface string // name, as in /sys/class/net
	RingBytes int    // memory shared with the kernel (default 64 MiB; multiples of 1 MiB)
}

// Stats are a Source's counters since it was opened.
type Stats struct {
	Packets uint64 // seen by the socket, dropped ones included
	Dropped uint64 // lost because the ring was full
}

// ErrUnsupported is returned where the system has no AF_PACKET.
var ErrUnsupported = errors.New("live capture needs linux")

// ErrStopped is returned by Poll after Stop.
var ErrStopped = errors.New("capture stopped")
