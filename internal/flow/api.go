package flow

import (
	"net/netip"

	"github.com/weir-telemetry/weir/internal/exchange"
	"github.com/weir-telemetry/weir/internal/l7/http1"
)

type connKey struct{ a, b netip.AddrPort }

// Tracker follows TCP connections. It is not safe for concurrent use: one
// goroutine owns it.
type Tracker struct {
	cfg    Config
	emit   Emit
	stats  Stats
	now    int64
	pool   http1.Pool
	conns  map[connKey]*conn // Go's maps are seeded: ports can't be chosen to collide
	silent connList
	gaps   connList
	free   []*conn // closed ones, to be used again
	spare  int     // bytes of free
	used   int     // bytes of conns
	ex     exchange.Exchange
}

// NewTracker returns a Tracker that hands each exchange to emit, from within
// Packet, Advance and Flush.
func NewTracker(cfg Config, emit Emit) *Tracker {
	cfg.defaults()
	return &Tracker{
		cfg: cfg, emit: emit, conns: map[connKey]*conn{},
		silent: connList{which: listSilent}, gaps: connList{which: listGaps},
	}
}

// Packet takes a segment seen at now (nanoseconds since the Unix epoch). A
// clock that goes back counts as standing still.
func (t *Tracker) Packet(now int64, s *Segment) {
	t.Advance(now)
	t.stats.Segments++
	c, d := t.lookup(s)
	if c == nil {
		return
	}
	t.silent.moveToBack(c)
	c.seen = t.now
	c.segment(d, s, now)
	t.account(c)
}

// Advance tells the time while no packets come (nanoseconds since the Unix
// epoch): gaps are given up and idle connections forgotten.
func (t *Tracker) Advance(now int64) {
	if now <= t.now {
		return
	}
	t.now = now
	for c := t.gaps.front; c != nil && now-c.gapAt >= int64(t.cfg.GapGrace); c = t.gaps.front {
		t.gaps.remove(c)
		c.overdue(false)
		t.account(c)
	}
	for c := t.silent.front; c != nil && now-c.seen >= int64(t.cfg.IdleTimeout); c = t.silent.front {
		c.retire()
	}
}

// Flush ends all connections: what can be emitted is emitted, the rest counted.
// The Tracker is empty afterwards and can be used again.
func (t *Tracker) Flush() {
	for c := t.silent.front; c != nil; c = t.silent.front {
		c.retire()
	}
	t.trim()
}

// Stats returns the counters.
func (t *Tracker) Stats() Stats {
	s := t.stats
	s.ActiveConnections = len(t.conns)
	s.BufferedBytes = t.size()
	return s
}

// size is what the Tracker holds, kept buffers included.
func (t *Tracker) size() int { return t.used + t.spare + t.pool.Size() }

// trim lets go what is kept for reuse.
func (t *Tracker) trim() {
	t.pool.Trim()
	t.free, t.spare = nil, 0
}

func (t *Tracker) lookup(s *Segment) (*conn, int) {
	k, d := connKey{s.Src, s.Dst}, 0
	if s.Src.Compare(s.Dst) > 0 {
		k, d = connKey{s.Dst, s.Src}, 1
	}
	c := t.conns[k]
	if c != nil && s.Flags&(SYN|ACK) == SYN && c.dirs[d].known && c.dirs[d].base != s.Seq+1 {
		c.retire() // the 4-tuple is used again
		c = nil
	}
	if c != nil {
		return c, d
	}
	if s.Flags&RST != 0 || s.Flags&SYN == 0 && len(s.Payload) == 0 {
		return nil, 0
	}
	if len(t.conns) >= t.cfg.MaxConnections {
		t.stats.Drops[DropConnections]++
		t.silent.front.retire()
	}
	c = t.newConn(k)
	t.conns[k] = c
	t.silent.pushBack(c)
	t.stats.Connections++
	return c, d
}

// account brings the sum of held bytes up to date and enforces its bound: what
// is kept for reuse goes first, then the connections that were silent for the
// longest.
func (t *Tracker) account(c *conn) {
	if c.closed {
		return
	}
	n := c.size()
	t.used += n - c.counted
	c.counted = n
	if t.size() <= t.cfg.MaxBufferedBytes {
		return
	}
	t.trim()
	for t.size() > t.cfg.MaxBufferedBytes && t.silent.front != nil {
		t.stats.Drops[DropBuffer]++
		t.silent.front.close()
		t.trim()
	}
}
