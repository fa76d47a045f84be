package symptom

import "math"

// Point is a sample. Times are unix seconds.
type Point struct {
	Time  int64
	Start int64 // of a cumulative value; 0 when unknown
	Value float64
	Delta bool // the value is an increase
}

// Series is one stream of points, as it comes in. Its size matters: it is 48
// bytes, with what few series need apart.
type Series struct {
	hash      uint64 // its key in the index
	prev      float64
	first     target // most series feed one monitor
	more      *seriesMore
	last      uint32  // time of the last point
	start     uint32  // of a cumulative value; when it began to wait
	interval  float32 // between points, smoothed
	counts    bool
	wantsHist bool
	waits     bool  // for a monitor that another series makes
	tries     uint8 // how often it looked for it
}

// seriesMore is what not every series has.
type seriesMore struct {
	targets []target // beyond the first
	hist    *expHist // the last cumulative buckets
}

// feeds a monitor from now on.
func (s *Series) feeds(tg target) {
	if s.first.m == nil {
		s.first = tg
		return
	}
	if s.more == nil {
		s.more = &seriesMore{}
	}
	s.more.targets = append(make([]target, 0, len(s.more.targets)+1), s.more.targets...)
	s.more.targets = append(s.more.targets, tg)
}

func (s *Series) hist() *expHist {
	if s.more == nil {
		return nil
	}
	return s.more.hist
}

func (s *Series) setHist(h *expHist) {
	if s.more == nil {
		s.more = &seriesMore{}
	}
	s.more.hist = h
}

// all calls f for each target until it returns false.
func (s *Series) all(f func(*target) bool) {
	if s.first.m == nil || !f(&s.first) || s.more == nil {
		return
	}
	for i := range s.more.targets {
		if !f(&s.more.targets[i]) {
			return
		}
	}
}

// target is one monitor that a series feeds.
type target struct {
	m *monitor
	f *feed
}

// sample is what a point says to a detector.
type sample struct {
	t, prev uint32  // the increase was in (prev, t]
	value   float64 // as it came
	inc     float64
	hasInc  bool
	gap     bool // points are missing between prev and t
	hist    []bucketMass
}

// WantsHistogram tells whether anybody reads the buckets.
func (s *Series) WantsHistogram() bool { return s.wantsHist }

// Observe takes a point in. For histograms the value is the count.
func (e *Engine) Observe(s *Series, p Point) { e.observe(s, p, nil) }

// ObserveHistogram takes a point of a histogram in; its value is the count.
func (e *Engine) ObserveHistogram(s *Series, p Point, b *Buckets) { e.observe(s, p, b) }

func (e *Engine) observe(s *Series, p Point, b *Buckets) {
	if s.first.m == nil {
		return
	}
	if math.IsNaN(p.Value) || math.IsInf(p.Value, 0) {
		e.counts.NotNumber++
		return
	}
	if p.Time <= 0 || p.Time > math.MaxUint32 || (e.now > 0 && (p.Time > int64(e.now)+maxAhead || p.Time < int64(e.now)-maxBehind)) {
		e.counts.OutOfTime++
		return
	}
	t := uint32(p.Time)
	if t <= s.last {
		e.counts.OutOfOrder++
		return
	}
	in := sample{t: t, prev: s.last, value: p.Value}
	if s.last > 0 {
		s.learn(t-s.last, &in)
	}
	if s.counts {
		e.increase(s, p, b, &in)
	}
	s.last = t
	e.give(&s.first, &in)
	if s.more != nil {
		for i := range s.more.targets {
			e.give(&s.more.targets[i], &in)
		}
	}
}

// learn follows the interval between points; quicker down than up, so that a
// gap doesn't pass for the rule.
func (s *Series) learn(dt uint32, in *sample) {
	d := float32(dt)
	if s.interval == 0 {
		s.interval = d
		return
	}
	in.gap = d > gapFactor*s.interval
	if d < s.interval {
		s.interval += (d - s.interval) / 4
	} else {
		s.interval += (min(d, gapFactor*s.interval) - s.interval) / 16
	}
}

// increase finds how much a counter rose, through resets.
func (e *Engine) increase(s *Series, p Point, b *Buckets, in *sample) {
	if p.Delta {
		in.inc, in.hasInc = p.Value, true
		if in.prev == 0 || in.gap {
			in.prev = in.t - min(in.t, uint32(max(1, s.interval)))
			if p.Start > 0 && p.Start < p.Time {
				in.prev = uint32(p.Start) // #nosec G115 -- below Time
			}
			in.gap = false // a delta says itself what it covers
		}
		if b != nil && s.wantsHist {
			in.hist = e.scratch.delta(b)
		}
		return
	}
	start := uint32(max(0, min(p.Start, p.Time))) // #nosec G115 -- Time fits
	first, prev := s.last == 0, s.prev
	reset := !first && (p.Value < prev || (start > s.start && s.start > 0 && start > s.last))
	s.prev, s.start = p.Value, start
	// What was counted before the engine looked is nobody's increase.
	fresh := start > 0 && start < in.t && start >= e.begin && e.begin > 0
	switch {
	case first && !fresh:
		if b != nil && s.wantsHist {
			e.scratch.replace(s, b)
		}
		return
	case first, reset:
		in.inc, in.hasInc = p.Value, true
		if first || start > in.prev {
			in.prev = start
		}
		if b != nil && s.wantsHist {
			in.hist = e.scratch.fresh(s, b)
		}
	default:
		in.inc, in.hasInc = p.Value-prev, true
		if b != nil && s.wantsHist && in.inc > 0 {
			in.hist = e.scratch.increase(s, b, in.inc)
		}
	}
}

// give hands a sample to one monitor, in the way that its feed reads it.
func (e *Engine) give(tg *target, in *sample) {
	m, f := tg.m, tg.f
	if !m.admit(f, in.t) {
		return
	}
	drives := true
	switch f.as {
	case asGauge:
		v, ok := f.value(in.value)
		if !ok {
			return
		}
		if f.in == inGate {
			m.gate, m.gateAt = v >= 1, in.t
		} else {
			m.det.gauge(m.rule, f, in.t, v)
		}
		drives = f.in != inWhole
	case asRate:
		if !in.hasInc || in.gap || in.t <= in.prev {
			return
		}
		m.det.gauge(m.rule, f, in.t, in.inc*f.scale/float64(in.t-in.prev))
		drives = f.in != inWhole
	case asTotal:
		m.det.gauge(m.rule, f, in.t, in.value)
	default:
		if !in.hasInc {
			return
		}
		m.det.count(m.rule, m, f, in)
		drives = f.in != inPart
	}
	if drives && !m.dirty {
		m.dirty = true
		e.dirty = append(e.dirty, m)
	}
	if drives {
		m.seen = max(m.seen, in.t)
	}
}
