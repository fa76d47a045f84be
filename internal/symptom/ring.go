package symptom

import "math/bits"

// ring sums counters over a window that slides in steps of a slot. It is made
// for a call, around the slots and the place that a detector keeps.
type ring struct {
	*place
	slots []slot
	width uint32 // seconds of a slot
}

// place is how far a ring has come.
type place struct {
	head    uint32 // number of the newest slot: time / width
	covered uint32 // bit i: i slots before the head something was seen
}

type slot struct{ part, whole float32 }

// newRing lays a window over slots; a window of few seconds uses few of them.
func newRing(p *place, slots []slot, window uint32) ring {
	n := max(1, min(uint32(len(slots)), window)) // #nosec G115 -- few
	return ring{p, slots[:n], max(1, window/n)}
}

func (r *ring) at(n uint32) *slot { return &r.slots[n%uint32(len(r.slots))] } // #nosec G115 -- few

// advance makes room up to time t.
func (r *ring) advance(t uint32) {
	n := t / r.width
	if n <= r.head {
		return
	}
	steps := n - r.head
	if steps >= uint32(len(r.slots)) { // #nosec G115 -- few
		clear(r.slots)
		r.covered = 0
	} else {
		for i := uint32(1); i <= steps; i++ {
			*r.at(r.head + i) = slot{}
		}
		r.covered = r.covered << steps & (1<<len(r.slots) - 1)
	}
	r.head = n
}

// add spreads an increase over the time in which it came about. covers says
// that the time counts as seen.
func (r *ring) add(in *sample, v float64, whole, covers bool) {
	r.advance(in.t)
	n := uint32(len(r.slots)) // #nosec G115 -- few
	last := in.t / r.width
	if last+n <= r.head {
		return
	}
	first := last
	if in.prev < in.t {
		first = (in.prev + r.width/2) / r.width
	}
	first = min(last, max(first, r.head+1-min(n, r.head+1)))
	share := float32(v / float64(last-first+1))
	for i := first; i <= last; i++ {
		if whole {
			r.at(i).whole += share
		} else {
			r.at(i).part += share
		}
		if covers {
			r.covered |= 1 << (r.head - i)
		}
	}
}

// sum of the window that ends at the head.
func (r *ring) sum() (part, whole float64) {
	for i := range r.slots {
		part += float64(r.slots[i].part)
		whole += float64(r.slots[i].whole)
	}
	return part, whole
}

// coverage is the share of the window in which something was seen.
func (r *ring) coverage() float64 {
	return float64(bits.OnesCount32(r.covered)) / float64(len(r.slots))
}

func (r *ring) code(c *coder) {
	c.u32(&r.head)
	c.u32(&r.covered)
	for i := range r.slots {
		c.f32(&r.slots[i].part)
		c.f32(&r.slots[i].whole)
	}
}
