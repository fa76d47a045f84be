//go:build !linux

package capture

import (
	"errors"
	"io"
	"net/netip"
)

var errNotLinux = errors.New("live capture needs Linux")

// Probe says that a live capture is impossible here.
func Probe() error { return errNotLinux }

// Record is not possible here.
func Record(io.Writer, netip.Prefix, <-chan struct{}) (int, error) { return 0, errNotLinux }
