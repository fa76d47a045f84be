package flow

import (
	"unsafe"

	"github.com/weir-telemetry/weir/internal/l7/http1"
)

type parserOf = http1.Parser

// conn is one connection. dirs[i] holds what key.a (0) or key.b (1) sent.
type conn struct {
	t         *Tracker
	key       connKey
	links     [numLists]links
	seen      int64
	gapAt     int64 // when it entered the list of gaps
	dirs      [2]dir
	server    int  // the dir that the server sends on; -1 unknown
	sure      bool // server is known by SYN or by a proven pair
	exact     bool // no byte is missing since the handshake
	pipelined bool // several requests were under way at once
	debt      debt
	dead      bool // not HTTP (any more): bytes are not looked at
	spoke     bool // a message was recognised
	closed    bool
	queue     []pending
	answers   *http1.Message // the request that the present response was matched to
	qsize     int            // bytes of the messages in queue
	counted   int            // bytes that the Tracker has counted
}

// pending is a request that waits for its response.
type pending struct {
	m    *http1.Message
	done bool
	resp *http1.Message // came before the request was complete
	lost uint32         // gaps of the server's direction when it came
}

const pendingBytes = int(unsafe.Sizeof(pending{}))

// maxWindow is the largest distance, in bytes, that a TCP window allows.
const maxWindow = 1 << 30

// before compares sequence numbers, which wrap around.
func before(a, b uint32) bool { return int32(a-b) < 0 }

// size is how many bytes c holds.
func (c *conn) size() int {
	return connBytes + c.dirs[0].size() + c.dirs[1].size() + c.qsize + pendingBytes*cap(c.queue)
}

func (c *conn) segment(i int, s *Segment, now int64) {
	d, o := &c.dirs[i], &c.dirs[1-i]
	seq := s.Seq
	if s.Flags&SYN != 0 {
		if !c.syn(i, s) {
			return
		}
		seq++
	} else if !d.known && len(s.Payload) > 0 {
		d.start(seq)
		c.exact = false
	}
	if !d.known {
		return
	}
	if dist := int32(seq - d.next); dist > maxWindow || dist < -maxWindow {
		c.t.stats.Drops[DropBadSequence]++
		return
	}
	if s.Flags&RST != 0 {
		c.reset(d, seq)
		return
	}
	if s.Flags&ACK != 0 && o.known && (!o.hasAck || before(o.acked, s.Ack)) && int32(s.Ack-o.next) < maxWindow {
		o.acked, o.hasAck = s.Ack, true
	}
	if len(s.Payload) > 0 || s.Missing > 0 {
		d.take(held{seq, s.Payload, http1.Mark{Time: now, Ack: s.Ack, Seq: seq}, s.Missing}, s.Flags&ACK != 0)
	}
	if s.Flags&FIN != 0 {
		d.finish(seq + uint32(len(s.Payload)+s.Missing))
	}
	c.drain()
	c.overdue(false)
	if !c.closed && c.dirs[0].ended() && c.dirs[1].ended() {
		c.close()
	}
}

// reset takes an RST: one that is not where the sender or its peer stands is
// forged or late and changes nothing (RFC 5961).
func (c *conn) reset(d *dir, seq uint32) {
	if seq != d.next && !(d.fin && seq == d.finSeq+1) && !(d.hasAck && seq == d.acked) {
		c.t.stats.Drops[DropBadSequence]++
		return
	}
	c.retire()
}

// syn notes where a direction starts. It reports false for a SYN to be ignored.
func (c *conn) syn(i int, s *Segment) bool {
	d := &c.dirs[i]
	if d.known {
		if d.base != s.Seq+1 {
			c.t.stats.Drops[DropBadSequence]++
			return false
		}
		return true
	}
	d.start(s.Seq + 1)
	d.syn = true
	c.server, c.sure = 1-i, true
	if s.Flags&ACK != 0 {
		c.server = i
		if o := d.peer(); !o.known { // its SYN was lost; the number is known all the same
			o.start(s.Ack)
			o.syn = true
		}
	}
	c.exact = c.dirs[0].syn && c.dirs[1].syn
	return true
}

// retire closes c after delivering what lies behind its gaps.
func (c *conn) retire() {
	c.overdue(true)
	c.close()
}

// close forgets the connection. What its parsers and its queue hold is emitted
// or counted.
func (c *conn) close() {
	if c.closed {
		return
	}
	cut := false
	for i := range c.dirs {
		d := &c.dirs[i]
		if d.synced && !c.dead && d.parser.Close(d.ended()) {
			c.t.stats.Drops[DropTruncated]++
			c.abandon(d)
			cut = true
		}
		d.held, d.bytes = nil, 0
	}
	if !c.spoke && !c.dead && !cut && c.dirs[0].off+c.dirs[1].off > 0 {
		c.t.stats.Drops[DropNotHTTP]++ // picked up mid-stream, no message began
	}
	c.closed = true
	c.clear(DropUnanswered)
	c.t.used -= c.counted
	c.counted = 0
	delete(c.t.conns, c.key)
	c.t.gaps.remove(c)
	c.t.silent.remove(c)
	c.t.recycle(c)
}
