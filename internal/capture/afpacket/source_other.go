//go:build !linux

package afpacket

import (
	"time"

	"github.com/weir-telemetry/weir/internal/capture"
)

// Source is a live capture; there is none on this system.
type Source struct{}

// Open returns ErrUnsupported.
func Open(Config) (*Source, error) { return nil, ErrUnsupported }

// Poll returns ErrUnsupported.
func (*Source) Poll(time.Duration, func(*capture.Record)) (int, error) { return 0, ErrUnsupported }

// Stop does nothing.
func (*Source) Stop() {}

// Stats returns ErrUnsupported.
func (*Source) Stats() (Stats, error) { return Stats{}, ErrUnsupported }

// Close does nothing.
func (*Source) Close() error { return nil }
