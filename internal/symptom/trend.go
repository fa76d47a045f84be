package symptom

import "math"

// trendPoints of a window, each the mean of its samples.
const trendPoints = 32

// trend keeps the course of a gauge over a window.
type trend struct {
	points [trendPoints]float32 // NaN where nothing was seen
	width  uint32               // seconds of a point
	head   uint32               // number of the point that is being filled
	sum    float32
	n      uint32
	last   float32
	filled uint32 // points that were complete so far, at most trendPoints
}

func newTrend(window uint32) trend {
	t := trend{width: max(1, window/trendPoints)}
	for i := range t.points {
		t.points[i] = float32(math.NaN())
	}
	return t
}

// add takes a value in; true when a point became complete.
func (d *trend) add(t uint32, v float64) bool {
	n := t / d.width
	done := false
	if n > d.head {
		if d.n > 0 {
			d.points[d.head%trendPoints] = d.sum / float32(d.n)
			d.filled = min(d.filled+1, trendPoints)
			done = true
		}
		for i := d.head + 1; i < n && i < d.head+trendPoints; i++ {
			d.points[i%trendPoints] = float32(math.NaN())
		}
		if n-d.head >= trendPoints {
			for i := range d.points {
				d.points[i] = float32(math.NaN())
			}
		}
		d.points[n%trendPoints] = float32(math.NaN())
		d.head, d.sum, d.n = n, 0, 0
	}
	d.sum += float32(v)
	d.n++
	d.last = float32(v)
	return done
}

// course returns the complete points, the oldest first; NaN where nothing was.
func (d *trend) course(dst *[trendPoints]float64) []float64 {
	for i := range uint32(trendPoints) {
		dst[i] = float64(d.points[(d.head+1+i)%trendPoints])
	}
	return dst[:trendPoints-1] // the last is being filled
}

// slope by ordinary least squares, per point; n is how many were seen.
func slope(ys []float64) (b float64, n int) {
	var sx, sy, sxx, sxy float64
	for i, y := range ys {
		if math.IsNaN(y) {
			continue
		}
		x := float64(i)
		sx, sy, sxx, sxy, n = sx+x, sy+y, sxx+x*x, sxy+x*y, n+1
	}
	den := float64(n)*sxx - sx*sx
	if n < 2 || den == 0 {
		return 0, n
	}
	return (float64(n)*sxy - sx*sy) / den, n
}

func (d *trend) code(c *coder) {
	for i := range d.points {
		c.f32(&d.points[i])
	}
	c.u32(&d.head)
	c.f32(&d.sum)
	c.u32(&d.n)
	c.f32(&d.last)
	c.u32(&d.filled)
}

// forecast judges what is left of something that runs out: under the hard
// level, or under the start level and gone within the horizon.
type forecast struct {
	level level
	trend trend
	rest  float64
	known bool
	fresh uint32
}

func (d *forecast) gauge(r *rule, f *feed, t uint32, v float64) {
	d.level.gauge(r, f, t, v)
	d.fresh = t
}

func (d *forecast) count(*rule, *monitor, *feed, *sample) {}

func (d *forecast) judge(r *rule, _ *monitor, t uint32) verdict {
	left, ok, _ := d.level.read(r, t)
	if !ok {
		return verdict{state: unknown}
	}
	if d.trend.add(t, left) {
		var ys [trendPoints]float64
		per, n := slope(d.trend.course(&ys))
		d.known, d.rest = n >= 8, math.Inf(1)
		if per < 0 {
			d.rest = left / -per * float64(d.trend.width)
		}
	}
	det := &r.entry.Detector
	v := verdict{state: between, value: left, threshold: det.Start, samples: d.trend.filled}
	switch {
	case left >= r.clear:
		v.state = fine
	case left < det.Hard:
		v.state, v.threshold = bad, det.Hard
	case left < det.Start && d.known && d.rest < det.Horizon.Seconds():
		v.state = bad
	}
	return v
}

func (d *forecast) code(c *coder) {
	d.level.code(c)
	d.trend.code(c)
}

// leak judges memory that grows and is never given back.
type leak struct {
	trend  trend
	limit  float32
	seen   uint32
	judged bool
}

func (d *leak) gauge(_ *rule, f *feed, t uint32, v float64) {
	if f.in == inWhole {
		d.limit = float32(v)
		return
	}
	if t <= d.seen {
		return
	}
	d.seen = t
	d.judged = d.trend.add(t, v) || d.judged
}

func (d *leak) count(*rule, *monitor, *feed, *sample) {}

// The rule: a fall of more than half begins a new segment. Of the newest one
// (what was given back leaks no more) the slope is above 0, its last quarter
// still has 30 % of that slope, the growth in the last half of the window is
// worth a word, and the least of each quarter is above that of the one before:
// a heap that is collected comes back to where it was.
func (d *leak) judge(r *rule, _ *monitor, _ uint32) verdict {
	if !d.judged {
		return verdict{state: stale}
	}
	d.judged = false
	var buf [trendPoints]float64
	ys := d.trend.course(&buf)
	segment := lastSegment(ys)
	all, n := slope(segment)
	if n < trendPoints*3/4 {
		// A container that just began fills its caches. A new segment is too short to say that it leaks; a fall of more than
		// half is an end of what leaked before.
		if seen := count(ys); seen >= trendPoints/2-1 {
			return d.tell(fine, float64(d.trend.last))
		}
		return verdict{state: unknown}
	}
	quarter, _ := slope(segment[len(segment)*3/4:])
	before := segment[max(0, len(segment)-trendPoints/2)]
	growth := float64(d.trend.last) - before
	need := r.entry.Detector.Floor
	if d.limit > 0 {
		need = r.entry.Detector.Start * float64(d.limit)
	}
	s := between
	switch {
	case all > 0 && quarter >= 0.3*all && growth >= need && floorsRise(segment):
		s = bad
	case all <= 0 || quarter <= 0.05*all:
		s = fine
	}
	v := d.tell(s, before)
	v.threshold = before + need
	return v
}

// floorsRise compares the least values of the quarters.
func floorsRise(ys []float64) bool {
	least := math.Inf(-1)
	for q := range 4 {
		m := math.Inf(1)
		for _, y := range ys[len(ys)*q/4 : len(ys)*(q+1)/4] {
			if y < m { // false for NaN
				m = y
			}
		}
		if math.IsInf(m, 1) || m <= least {
			return false
		}
		least = m
	}
	return true
}

func (d *leak) tell(s state, before float64) verdict {
	return verdict{state: s, value: float64(d.trend.last), baseline: before, hasBaseline: true, threshold: before, samples: d.trend.filled}
}

func count(ys []float64) (n int) {
	for _, y := range ys {
		if !math.IsNaN(y) {
			n++
		}
	}
	return n
}

// lastSegment begins after the last fall of more than half, at a point that was
// seen.
func lastSegment(ys []float64) []float64 {
	from, prev := -1, math.NaN()
	for i, y := range ys {
		if math.IsNaN(y) {
			continue
		}
		if from < 0 || y < prev/2 {
			from = i
		}
		prev = y
	}
	if from < 0 {
		return nil
	}
	return ys[from:]
}

func (d *leak) code(c *coder) {
	d.trend.code(c)
	c.f32(&d.limit)
	c.u32(&d.seen)
}
