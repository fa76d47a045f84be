package symptom

import "math"

// pace counts the time of a detector that judges window by window.
type pace struct {
	begin   uint32 // of the window that is being filled
	covered uint32 // seconds of it that were seen
	seen    uint32 // end of what was seen
}

// take counts a sample's time in; true when the window is full.
func (p *pace) take(in *sample, window uint32) bool {
	if p.begin == 0 || in.t > p.seen+4*window {
		// The first sample, or the first after a long silence, opens a window.
		p.begin, p.covered, p.seen = max(in.prev, in.t-min(in.t, window)), 0, max(in.prev, in.t-min(in.t, window))
	}
	if !in.gap && in.t > p.seen {
		p.covered += in.t - max(p.seen, in.prev)
	}
	p.seen = max(p.seen, in.t)
	return p.due(window)
}

func (p *pace) due(window uint32) bool { return p.seen-p.begin >= window }

// enough says whether at least half of the window was seen.
func (p *pace) enough(window uint32) bool { return 2*p.covered >= window }

func (p *pace) next() { p.begin, p.covered = p.seen, 0 }

// learnWhileBad is the weight of what is learned from abnormal windows: little,
// so that a symptom doesn't become the rule at once, but not nothing, so that a
// new level does in the end.
const learnWhileBad = 0.1

// latency compares a quantile of the last window to a learned distribution.
type latency struct {
	base    span[float32]
	cur     span[uint16]
	curN    float64
	shrunk  uint8 // the window's counts were halved so often
	windows uint16
	pace    pace
	deploy
}

// deploy remembers when a new pod began to report. While it is young, more must
// happen before a symptom starts: caches are cold, connections are made anew.
type deploy struct{ at uint32 }

func (d *deploy) changed(t uint32) { d.at = t }

// settling tells whether a window that ends at t is in the time after a deploy.
func (d *deploy) settling(r *rule, t uint32) bool {
	return d.at > 0 && t < d.at+seconds(r.entry.Detector.Settle)
}

// By how much more, while a deploy settles.
const (
	settleRatio = 2
	settleFloor = 4
)

func (d *latency) gauge(*rule, *feed, uint32, float64) {}

func (d *latency) count(r *rule, m *monitor, f *feed, in *sample) {
	shift := 0.0
	if f.scale != 1 {
		shift = math.Log(f.scale) / lnGrowth
	}
	if !in.gap && len(in.hist) > 0 {
		// The widest first, so that the span grows once.
		d.cur.at(clampIndex(int(in.hist[0].low + shift)))
		d.cur.at(clampIndex(int(in.hist[len(in.hist)-1].high + shift)))
		for i := range in.hist {
			d.add(&in.hist[i], shift)
		}
	}
	d.pace.take(in, r.window)
}

// add puts a bucket's increase where it lies, evenly on the logarithmic scale.
func (d *latency) add(b *bucketMass, shift float64) {
	d.curN += b.n
	low, high := b.low+shift, b.high+shift
	first, last := int(math.Floor(low)), int(math.Ceil(high))-1
	if last <= first+1 && high-low <= 1 {
		d.put(int((low+high)/2), b.n)
		return
	}
	first, last = clampIndex(first), clampIndex(max(first, last))
	n := float64(last - first + 1)
	before := 0.0
	for i := first; i <= last; i++ {
		until := math.Round(b.n * float64(i-first+1) / n)
		d.put(i, until-before)
		before = until
	}
}

func (d *latency) put(i int, n float64) {
	if n <= 0 {
		return
	}
	i = clampIndex(i)
	if j := i - int(d.cur.low); d.shrunk == 0 && j >= 0 && j < len(d.cur.c) {
		if v := float64(d.cur.c[j]) + n; v <= math.MaxUint16 {
			d.cur.c[j] = uint16(v) // whole numbers
			return
		}
	}
	n = math.Ldexp(n, -int(d.shrunk))
	for {
		c := d.cur.at(i)
		if v := float64(*c) + n; v <= math.MaxUint16 {
			*c = uint16(math.Round(v))
			return
		}
		for j := range d.cur.c {
			d.cur.c[j] /= 2
		}
		d.shrunk++
		n /= 2
	}
}

func (d *latency) judge(r *rule, m *monitor, _ uint32) verdict {
	if !d.pace.due(r.window) {
		return verdict{state: stale}
	}
	onset := d.pace.begin
	v := d.compare(r)
	v.onset = onset
	weight := 1.0
	if v.state == bad || m.phase == active {
		weight = learnWhileBad
	}
	if d.pace.enough(r.window) {
		d.learn(r, weight)
	}
	clear(d.cur.c) // the span stays: the next window will lie there too
	d.curN, d.shrunk = 0, 0
	d.pace.next()
	return v
}

func (d *latency) compare(r *rule) verdict {
	det := &r.entry.Detector
	total := d.base.total()
	held := d.cur.total()
	learned := float64(d.windows)*det.Window.Seconds() >= det.Learn.Seconds() && total >= 2*det.MinSamples
	if !learned || !d.pace.enough(r.window) || d.curN < max(1, det.MinSamples) || held == 0 {
		return verdict{state: unknown}
	}
	now, usual := d.cur.quantile(det.Quantile, held), d.base.quantile(det.Quantile, total)
	v := verdict{state: between, value: now, baseline: usual, hasBaseline: true,
		threshold: max(usual*det.Start, usual+det.Floor), samples: uint32(min(d.curN, math.MaxUint32))}
	start := det.Start
	if d.settling(r, d.pace.seen) {
		start *= settleRatio
	}
	switch {
	case now > usual*start && now-usual > max(det.Floor, 0.2*usual):
		if d.higher(held, total) < det.PValue {
			v.state = bad
		}
	case now < usual*r.clear || now-usual < det.Floor/2:
		v.state = fine
	}
	return v
}

// higher is the probability that values of the window rank as high as they do,
// or higher, if they were drawn from the learned ones (Mann and Whitney's test,
// normal approximation, ties by the middle). The learned ones are many, so the
// window's number decides.
func (d *latency) higher(n, total float64) float64 {
	var u, below, ties float64
	i, j := 0, 0
	for idx := min(d.base.low, d.cur.low); i < len(d.base.c) || j < len(d.cur.c); idx++ {
		var b, c float64
		if int(idx) == int(d.base.low)+i && i < len(d.base.c) {
			b = float64(d.base.c[i])
			i++
		}
		if int(idx) == int(d.cur.low)+j && j < len(d.cur.c) {
			c = float64(d.cur.c[j])
			j++
		}
		u += c * (below + b/2)
		below += b
		ties += math.Pow((b+c)/(n+total), 3)
	}
	sigma := math.Sqrt(n * total * (n + total) / 12 * (1 - ties))
	if sigma == 0 {
		return 1
	}
	return 0.5 * math.Erfc((u-n*total/2)/sigma/math.Sqrt2)
}

// learn mixes the window into the baseline, which forgets by its half-life.
func (d *latency) learn(r *rule, weight float64) {
	keep := float32(halfLife(r))
	for i := range d.base.c {
		d.base.c[i] *= keep
	}
	weight *= math.Ldexp(1, int(d.shrunk))
	for i, c := range d.cur.c {
		if c > 0 {
			*d.base.at(int(d.cur.low) + i) += float32(float64(c) * weight)
		}
	}
	d.windows = min(d.windows+1, math.MaxUint16-1)
}

// halfLife is what stays of a baseline after one window.
func halfLife(r *rule) float64 {
	d := &r.entry.Detector
	return math.Exp2(-d.Window.Seconds() / d.HalfLife.Seconds())
}

func (d *latency) code(c *coder) {
	codeSpan(c, &d.base)
	c.u16(&d.windows)
}
