package symptom

import (
	"math"
	"math/bits"
)

// rateSlots of a window.
const rateSlots = 10

// rate judges how often a counter rose in a window.
type rate struct {
	rises          [rateSlots]uint16
	head           uint32  // number of the newest slot
	total          float32 // last value of a total; exact up to 16 million
	totalAt        uint32
	waiting        float32 // increases that wait for the gate
	waitingAt      uint32
	lastRise       uint32
	judged         uint32
	hits           uint32 // bit i: i points ago it rose
	points         uint8
	newRise, began bool
}

func (d *rate) gauge(r *rule, f *feed, t uint32, v float64) {
	if t <= d.totalAt {
		return
	}
	inc := float32(v) - d.total
	first := !d.began
	d.total, d.totalAt, d.began = float32(v), t, true
	if !first && inc > 0 { // a total that fell was pruned: nothing is known of it
		d.rise(r, f, t, inc)
	}
}

func (d *rate) count(r *rule, _ *monitor, f *feed, in *sample) {
	if in.inc > 0 {
		d.rise(r, f, in.t, float32(in.inc))
	}
}

func (d *rate) rise(r *rule, f *feed, t uint32, inc float32) {
	if f.gated {
		d.waiting += inc
		d.waitingAt = t
		return
	}
	d.add(r, t, inc)
}

// add counts a rise in; what rose in a gap rose now, as far as is known.
func (d *rate) add(r *rule, t uint32, inc float32) {
	d.advance(r, t)
	if slot := t / rateWidth(r); slot+rateSlots > d.head {
		s := &d.rises[slot%rateSlots]
		*s = uint16(min(float32(*s)+inc, math.MaxUint16))
	}
	d.lastRise, d.newRise = t, true
}

func rateWidth(r *rule) uint32 { return max(1, r.window/rateSlots) }

func (d *rate) advance(r *rule, t uint32) {
	n := t / rateWidth(r)
	for i := max(d.head+1, n-min(n, rateSlots-1)); i <= n; i++ {
		d.rises[i%rateSlots] = 0
	}
	d.head = max(d.head, n)
}

func (d *rate) judge(r *rule, m *monitor, t uint32) verdict {
	if d.waiting > 0 {
		switch {
		case m.gateAt >= d.waitingAt:
			if m.gate {
				d.add(r, d.waitingAt, d.waiting)
			}
			d.waiting = 0
		case t-min(t, d.waitingAt) > gateWait:
			d.waiting = 0 // no gate is reported: it was shut
		}
	}
	d.advance(r, t)
	if t > d.judged {
		d.hits <<= 1
		d.points = min(d.points+1, 32)
		d.judged = t
	}
	rose := d.newRise
	if rose {
		d.hits |= 1
	}
	d.newRise = false
	sum := 0.0
	for _, n := range d.rises {
		sum += float64(n)
	}
	det := &r.entry.Detector
	v := verdict{state: fine, value: sum, threshold: det.Start, samples: uint32(d.points)}
	enough := sum+0.01 >= det.Start
	if det.Of > 0 {
		enough = enough && bits.OnesCount32(d.hits&(1<<det.Of-1)) >= det.Hits
	}
	switch {
	case rose && m.phase == active:
		v.state = between // it goes on
	case enough && m.phase != active:
		v.state = bad
		v.onset = d.lastRise
	}
	return v
}

func (d *rate) code(c *coder) {
	for i := range d.rises {
		c.u16(&d.rises[i])
	}
	c.u32(&d.head)
	c.f32(&d.total)
	c.u32(&d.totalAt)
	c.u32(&d.lastRise)
	c.u32(&d.hits)
	c.u8(&d.points)
	c.truth(&d.began)
}
