package symptom

import "math/bits"

// rate judges how often a counter rose in a window.
type rate struct {
	ring           ring
	total          float64 // last value of a total
	totalAt        uint32
	waiting        float64 // increases that wait for the gate
	waitingAt      uint32
	lastRise       uint32
	judged         uint32
	hits           uint32 // bit i: i points ago it rose
	points         uint8
	newRise, began bool
}

func (d *rate) gauge(_ *rule, f *feed, t uint32, v float64) {
	if t <= d.totalAt {
		return
	}
	inc := v - d.total
	first := !d.began
	prev := d.totalAt
	d.total, d.totalAt, d.began = v, t, true
	if first || inc < 0 {
		inc = 0 // a total that fell was pruned: nothing is known of it
	}
	d.rise(f, &sample{t: t, prev: max(prev, t-min(t, 1)), inc: inc})
}

func (d *rate) count(_ *rule, _ *monitor, f *feed, in *sample) {
	d.rise(f, in)
}

func (d *rate) rise(f *feed, in *sample) {
	if in.inc <= 0 {
		d.ring.add(in, 0, false, true)
		return
	}
	if f.gated {
		d.waiting += in.inc
		d.waitingAt = in.t
		d.ring.add(in, 0, false, true)
		return
	}
	d.ring.add(in, in.inc, false, true)
	d.lastRise, d.newRise = in.t, true
}

func (d *rate) judge(r *rule, m *monitor, t uint32) verdict {
	if d.waiting > 0 {
		switch {
		case m.gateAt >= d.waitingAt:
			if m.gate {
				d.ring.add(&sample{t: d.waitingAt, prev: d.waitingAt}, d.waiting, false, true)
				d.lastRise, d.newRise = d.waitingAt, true
			}
			d.waiting = 0
		case t-min(t, d.waitingAt) > gateWait:
			d.waiting = 0 // no gate is reported: it was shut
		}
	}
	d.ring.advance(t)
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
	sum, _ := d.ring.sum()
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
	d.ring.code(c)
	c.f64(&d.total)
	c.u32(&d.totalAt)
	c.u32(&d.lastRise)
	c.u32(&d.hits)
	c.u8(&d.points)
	c.truth(&d.began)
}
