package symptom

// newDetector makes the detector of a rule's kind.
func newDetector(r *rule) detector {
	switch r.entry.Detector.Kind {
	case "burn_rate":
		return &burn{}
	case "latency":
		return &latency{}
	case "ratio_shift":
		return &shift{}
	case "traffic":
		return &traffic{}
	case "rate":
		return &rate{}
	case "leak":
		return &leak{trend: newTrend(r.window)}
	case "forecast":
		return &forecast{trend: newTrend(r.window)}
	case "absence":
		return &absent{}
	}
	if r.windowed {
		return &ratio{}
	}
	return &level{}
}

// ratioSlots: a window moves in sixths, so that a minute's window sees a change
// after ten seconds.
const ratioSlots = 6

// level judges gauges: a value, the ratio of two, or a state of 0 and 1.
type level struct {
	v  [3]float32 // value, part, whole
	at [3]uint32
}

// pairStale is how old one side of a ratio may be against the other.
const pairStale = 600

func (l *level) gauge(_ *rule, f *feed, t uint32, v float64) {
	i := min(f.in, inWhole)
	if t < l.at[i] {
		return
	}
	if t == l.at[i] {
		switch f.combine {
		case combineMax:
			v = max(v, float64(l.v[i]))
		case combineSum:
			v += float64(l.v[i])
		}
	}
	l.v[i], l.at[i] = float32(v), t
}

func (l *level) count(r *rule, _ *monitor, f *feed, in *sample) {
	// A counter that no window sums up is judged by its increase.
	l.gauge(r, f, in.t, in.inc*f.scale)
}

// read returns the value, or the ratio; false when it isn't known.
func (l *level) read(r *rule, t uint32) (v float64, ok, empty bool) {
	if l.at[inValue] > 0 && t-min(t, l.at[inValue]) <= pairStale {
		return float64(l.v[inValue]), l.at[inValue] == t || r.gated, false
	}
	if l.at[inPart] == 0 || l.at[inWhole] == 0 || t-min(t, l.at[inPart]) > pairStale || t-min(t, l.at[inWhole]) > pairStale {
		return 0, false, false
	}
	if l.v[inWhole] <= 0 {
		return 0, false, true
	}
	return float64(l.v[inPart]) / float64(l.v[inWhole]), true, false
}

func (l *level) judge(r *rule, m *monitor, t uint32) verdict {
	d := &r.entry.Detector
	if d.Kind == "state" {
		return l.judgeState(r, m, t)
	}
	v, ok, empty := l.read(r, t)
	if empty && d.EmptyFine {
		return verdict{state: fine, value: r.clear, threshold: d.Start, samples: 1}
	}
	if !ok {
		return verdict{state: unknown}
	}
	return verdict{state: r.compare(v), value: v, threshold: d.Start, samples: 1}
}

func (l *level) judgeState(r *rule, m *monitor, t uint32) verdict {
	out := verdict{state: fine, threshold: 1, samples: 1}
	if r.gated {
		if m.gateAt == 0 || t-min(t, m.gateAt) > pairStale || l.at[inValue] == 0 {
			return verdict{state: unknown}
		}
		if !m.gate {
			return out
		}
	}
	if t-min(t, l.at[inValue]) > pairStale {
		return verdict{state: unknown}
	}
	out.value = float64(l.v[inValue])
	if out.value >= 1 {
		out.state = bad
	}
	return out
}

// compare places a value between the levels.
func (r *rule) compare(v float64) state {
	d := &r.entry.Detector
	if d.Below {
		switch {
		case v < d.Start:
			return bad
		case v >= r.clear:
			return fine
		}
		return between
	}
	switch {
	case v > d.Start:
		return bad
	case v <= r.clear:
		return fine
	}
	return between
}

func (l *level) code(c *coder) {
	for i := range l.v {
		c.f32(&l.v[i])
		c.u32(&l.at[i])
	}
}

// ratio judges the ratio of two counters over a window.
type ratio struct {
	place
	slots [ratioSlots]slot
}

func (d *ratio) ring(r *rule) ring { return newRing(&d.place, d.slots[:], r.window) }

func (d *ratio) gauge(*rule, *feed, uint32, float64) {}

func (d *ratio) count(r *rule, _ *monitor, f *feed, in *sample) {
	if in.gap {
		return // when it happened is not known
	}
	ring := d.ring(r)
	ring.add(in, in.inc*f.scale, f.in == inWhole, f.in != inPart)
}

func (d *ratio) judge(r *rule, _ *monitor, t uint32) verdict {
	ring := d.ring(r)
	ring.advance(t)
	part, whole := ring.sum()
	det := &r.entry.Detector
	if ring.coverage() < 0.5 || whole <= 0 || whole < det.MinSamples {
		return verdict{state: unknown}
	}
	v := verdict{value: part / whole, threshold: det.Start, samples: uint32(whole)}
	v.state = r.compare(v.value)
	if v.state == bad && part+0.01 < det.MinPart {
		v.state = between
	}
	return v
}

func (d *ratio) code(c *coder) {
	ring := newRing(&d.place, d.slots[:], ratioSlots)
	ring.code(c)
}
