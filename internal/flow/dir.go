package flow

import (
	"encoding/binary"
	"slices"
	"unsafe"

	"github.com/weir-telemetry/weir/internal/l7/http1"
)

// dir is one direction of a connection.
type dir struct {
	c      *conn
	known  bool
	syn    bool   // base comes from a SYN
	synced bool   // the parser stands in a message or between two
	base   uint32 // sequence number of offset 0
	next   uint32 // sequence number expected
	off    int64  // offset of next
	acked  uint32 // by the peer
	hasAck bool
	lost   uint32 // gaps given up
	since  int64  // when the gap was proven by the peer's ack; 0: no gap
	held   []held // sorted, disjoint, behind next
	bytes  int    // of held
	fin    bool
	finSeq uint32
	recent [4]print // of segments delivered
	turn   uint8    // the next one of recent
	parser http1.Parser
}

// held is a segment that waits for its turn; after its data, cut bytes were not
// captured.
type held struct {
	seq  uint32
	data []byte
	mark http1.Mark
	cut  int
}

const (
	heldBytes = int(unsafe.Sizeof(held{}))
	// maxHeld bounds the segments held by a direction: keeping them sorted costs
	// time in proportion to their number.
	maxHeld = 1024
)

func (h *held) end() uint32 { return h.seq + uint32(len(h.data)+h.cut) }

// upTo returns the part of h before seq, from the one after it.
func (h held) upTo(seq uint32) held {
	n := int(seq - h.seq)
	m := min(n, len(h.data))
	h.data, h.cut = h.data[:m], n-m
	return h
}

func (h held) from(seq uint32) held {
	n := int(seq - h.seq)
	m := min(n, len(h.data))
	h.seq, h.data, h.cut = seq, h.data[m:], h.cut-(n-m)
	return h
}

// print tells a segment's content apart from another's of the same place,
// without keeping it: three words of it.
type print struct {
	seq  uint32
	n    int32
	head uint64
	mid  uint64
	tail uint64
}

func printOf(seq uint32, b []byte) print {
	p := print{seq: seq, n: int32(len(b))}
	if len(b) < 8 {
		for _, x := range b {
			p.head = p.head<<8 | uint64(x)
		}
		return p
	}
	le := binary.LittleEndian
	p.head, p.mid, p.tail = le.Uint64(b), le.Uint64(b[(len(b)-8)/2:]), le.Uint64(b[len(b)-8:])
	return p
}

func (d *dir) size() int { return d.bytes + heldBytes*cap(d.held) + d.parser.Size() }

func (d *dir) start(seq uint32) { d.known, d.base, d.next = true, seq, seq }

func (d *dir) ended() bool { return d.fin && !before(d.next, d.finSeq) && len(d.held) == 0 }

func (d *dir) peer() *dir {
	if d == &d.c.dirs[0] {
		return &d.c.dirs[1]
	}
	return &d.c.dirs[0]
}

// finish notes a FIN that stands at seq. One behind what was delivered is
// forged or late; of two, the nearer one counts.
func (d *dir) finish(seq uint32) {
	switch {
	case before(seq, d.next), d.fin && before(d.finSeq, seq):
		d.c.t.stats.Drops[DropBadSequence]++
	default:
		d.fin, d.finSeq = true, seq
	}
}

// early: the peer's bytes that this segment acknowledges were not seen yet, so
// the capture has it too early.
func (d *dir) early(ack uint32) bool {
	o := d.peer()
	return o.known && o.hasAck && before(o.next, ack) && !before(o.acked, ack) && !(o.fin && ack == o.finSeq+1 && o.next == o.finSeq)
}

// take delivers a segment or holds it until it is its turn.
func (d *dir) take(h held, hasAck bool) {
	st := &d.c.t.stats
	if d.c.dead {
		d.pass(h.end())
		return
	}
	if !before(d.next, h.end()) {
		st.Duplicates++
		d.compare(h)
		return
	}
	if len(d.held) == 0 && !before(d.next, h.seq) && !(hasAck && d.early(h.mark.Ack)) {
		d.deliver(h)
		return
	}
	if before(h.seq, d.next) {
		h = h.from(d.next)
	}
	d.hold(h)
	if d.bytes+heldBytes*len(d.held) > d.c.t.cfg.MaxOutOfOrderBytes || len(d.held) > maxHeld {
		st.Drops[DropOutOfOrder]++
		d.c.exact = false
		d.skip(d.held[0].seq)
	}
}

// compare counts a repeated segment that differs from the one delivered.
func (d *dir) compare(h held) {
	if len(h.data) == 0 {
		return
	}
	p := printOf(h.seq, h.data)
	for i := range d.recent {
		if q := &d.recent[i]; q.n == p.n && q.seq == p.seq && *q != p {
			d.c.t.stats.Drops[DropOverlap]++
			return
		}
	}
}

// hold keeps the parts of h that no held segment covers: what came first wins.
func (d *dir) hold(h held) {
	i, _ := slices.BinarySearchFunc(d.held, h.seq, func(e held, seq uint32) int {
		return int(int32(e.end() - seq - 1))
	})
	conflict, fresh := false, false
	for {
		if i == len(d.held) || !before(d.held[i].seq, h.end()) {
			d.insert(i, h)
			fresh = true
			break
		}
		e := &d.held[i]
		if before(h.seq, e.seq) {
			at := e.seq
			d.insert(i, h.upTo(at))
			h, fresh = h.from(at), true
			i++
			e = &d.held[i]
		}
		old := e.from(h.seq).data
		n := min(len(old), len(h.data))
		conflict = conflict || !slices.Equal(old[:n], h.data[:n])
		if !before(e.end(), h.end()) {
			break
		}
		h = h.from(e.end())
		i++
	}
	if conflict {
		d.c.t.stats.Drops[DropOverlap]++
	}
	if !fresh {
		d.c.t.stats.Duplicates++
	}
}

func (d *dir) insert(i int, h held) {
	h.data = slices.Clone(h.data)
	d.held = slices.Insert(d.held, i, h)
	d.bytes += cap(h.data)
}

// deliver hands over a segment that starts at or before next.
func (d *dir) deliver(h held) {
	if !before(d.next, h.end()) {
		return
	}
	if len(h.data) > 0 {
		d.recent[d.turn%4] = printOf(h.seq, h.data)
		d.turn++
	}
	if before(h.seq, d.next) {
		h = h.from(d.next)
	}
	off := d.off
	d.next += uint32(len(h.data))
	d.off += int64(len(h.data))
	if d.fin && before(d.finSeq, d.next) { // data goes on: the FIN was forged
		d.fin = false
		d.c.t.stats.Drops[DropBadSequence]++
	}
	d.c.feed(d, h.data, h.mark, off)
	if h.cut > 0 {
		d.skip(d.next + uint32(h.cut))
	}
}

// shift delivers the first of the held segments.
func (d *dir) shift() {
	h := d.held[0]
	d.held[0] = held{}
	d.held = d.held[1:]
	if len(d.held) == 0 {
		d.held = nil
	}
	d.bytes -= cap(h.data)
	d.deliver(h)
}

// pass goes on to seq without looking at the bytes.
func (d *dir) pass(seq uint32) {
	if n := int32(seq - d.next); n > 0 {
		d.next = seq
		d.off += int64(n)
	}
}
