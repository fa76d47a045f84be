package flow

import (
	"time"

	"github.com/weir-telemetry/weir/internal/l7/http1"
)

// Config bounds a Tracker. The zero value of each field means its default.
type Config struct {
	// MaxConnections is the number of connections tracked at once (default
	// 65536). When it is reached, the one that was silent for the longest is
	// given up.
	MaxConnections int
	// MaxBufferedBytes bounds what the Tracker may hold (default 256 MiB): the
	// connections themselves, out-of-order segments, messages under way or
	// waiting for their other half, and buffers kept for reuse. When it is
	// passed, the latter go first, then the connections silent for the longest.
	// Beyond it stands what one packet adds before it is counted.
	MaxBufferedBytes int
	// MaxOutOfOrderBytes bounds the out-of-order bytes of one direction of one
	// connection (default 1 MiB). At the limit the gap is given up.
	MaxOutOfOrderBytes int
	// MaxPipelined bounds the requests of one connection that wait for their
	// responses (default 1024).
	MaxPipelined int
	// GapGrace is how long, in packets' time, a missing segment is waited for
	// after the peer acknowledged past it (default 200 ms).
	GapGrace time.Duration
	// IdleTimeout is the packets' time after which a silent connection is
	// forgotten (default 2 minutes).
	IdleTimeout time.Duration
	// HTTP bounds the messages and says which bodies are kept.
	HTTP http1.Config
}

func (c *Config) defaults() {
	def := func(v *int, d int) {
		if *v <= 0 {
			*v = d
		}
	}
	def(&c.MaxConnections, 65536)
	def(&c.MaxBufferedBytes, 256<<20)
	def(&c.MaxOutOfOrderBytes, 1<<20)
	def(&c.MaxPipelined, 1024)
	if c.GapGrace <= 0 {
		c.GapGrace = 200 * time.Millisecond
	}
	if c.IdleTimeout <= 0 {
		c.IdleTimeout = 2 * time.Minute
	}
}
