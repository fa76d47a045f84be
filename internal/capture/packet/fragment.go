package packet

import (
	"net/netip"
	"unsafe"
)

const (
	maxFragSets  = 64             // packets put together at once
	maxFragBytes = 65535          // of one packet, by IP
	fragTimeout  = 30_000_000_000 // ns of packets' time, as RFC 1122 suggests at least
)

type fragKey struct {
	src, dst netip.Addr
	id       uint32
}

type span struct{ from, to int }

// fragSet is a packet of which some pieces have arrived.
type fragSet struct {
	key   fragKey
	born  int64
	turn  uint64 // of its beginning: times may be equal
	buf   []byte
	spans []span
	total int // -1 while the last piece is missing
}

// fragments puts fragments together. 64 sets of at most 64 KiB: 4 MiB.
type fragments struct {
	sets []fragSet
	turn uint64
}

// add takes a piece and returns the whole when it is complete (verdict TCP),
// valid until the next call.
func (f *fragments) add(k fragKey, now int64, off int, more bool, b []byte) ([]byte, Verdict) {
	end := off + len(b)
	if end > maxFragBytes || len(b) == 0 || (more && len(b)%8 != 0) {
		return nil, FragmentDropped
	}
	s := f.find(k, now)
	for _, sp := range s.spans {
		if off < sp.to && sp.from < end {
			if off == sp.from && end == sp.to {
				return nil, Fragment // the same piece again
			}
			s.reset() // overlapping fragments are an attack: RFC 5722
			return nil, FragmentDropped
		}
	}
	if s.total >= 0 && (end > s.total || !more) || len(s.spans) >= 1024 {
		s.reset()
		return nil, FragmentDropped
	}
	if len(s.buf) < end {
		s.buf = append(s.buf, make([]byte, end-len(s.buf))...)
	}
	copy(s.buf[off:], b)
	s.spans = append(s.spans, span{off, end})
	if !more {
		s.total = end
	}
	have := 0
	for _, sp := range s.spans {
		have += sp.to - sp.from
	}
	if s.total < 0 || have != s.total || len(s.buf) != s.total {
		return nil, Fragment
	}
	whole := s.buf
	s.reset()
	return whole, TCP
}

func (s *fragSet) reset() {
	s.key = fragKey{}
	s.spans = s.spans[:0]
	s.buf = s.buf[:0]
	s.total = -1
	s.born, s.turn = 0, 0
}

// find returns the set of k: the one under way, a free one, or the oldest.
func (f *fragments) find(k fragKey, now int64) *fragSet {
	best := -1
	for i := range f.sets {
		s := &f.sets[i]
		if s.key == k {
			if now-s.born > fragTimeout {
				f.begin(s, k, now)
			}
			return s
		}
		if best < 0 || s.turn < f.sets[best].turn {
			best = i
		}
	}
	if len(f.sets) < maxFragSets && (best < 0 || f.sets[best].key != fragKey{}) {
		f.sets = append(f.sets, fragSet{})
		best = len(f.sets) - 1
	}
	f.begin(&f.sets[best], k, now)
	return &f.sets[best]
}

func (f *fragments) begin(s *fragSet, k fragKey, now int64) {
	s.reset()
	f.turn++
	s.key, s.born, s.turn = k, now, f.turn
}

// size is how many bytes f holds.
func (f *fragments) size() (n int) {
	for i := range f.sets {
		n += cap(f.sets[i].buf) + 16*cap(f.sets[i].spans)
	}
	return n + int(unsafe.Sizeof(fragSet{}))*cap(f.sets)
}
