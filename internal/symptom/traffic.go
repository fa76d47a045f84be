package symptom

import "math"

// traffic compares the rate of the last window to what is usual at this hour of
// the day and of late. Both must say that it is abnormal: the hour knows the
// day's course, the last hours know that a deploy moved the traffic.
type traffic struct {
	sum     float64
	hours   [24]logMean
	recent  logMean
	windows uint16
	pace    pace
}

// logMean follows mean and variance of the logarithm of a rate, so that the
// median and a high quantile are at hand in eight bytes.
type logMean struct {
	mean, variance float32
	n              uint16
}

// rateOffset keeps the logarithm of silence finite.
const rateOffset = 0.1

// hourWindows is how many windows of an hour make it known.
const hourWindows = 20

func (l *logMean) add(x, alpha, weight float64) {
	l.n = min(l.n+1, math.MaxUint16-1)
	alpha = max(alpha, 1/float64(l.n)) * weight // a plain mean at first
	if l.n == 1 {
		alpha = 1
	}
	diff := x - float64(l.mean)
	l.mean += float32(alpha * diff)
	l.variance = float32((1 - alpha) * (float64(l.variance) + alpha*diff*diff))
}

func (l *logMean) median() float64 { return math.Exp(float64(l.mean)) - rateOffset }

func (l *logMean) high() float64 {
	return math.Exp(float64(l.mean)+1.645*math.Sqrt(float64(l.variance))) - rateOffset
}

func (d *traffic) gauge(*rule, *feed, uint32, float64) {}

func (d *traffic) count(r *rule, _ *monitor, f *feed, in *sample) {
	if !in.gap {
		d.sum += in.inc * f.scale
	}
	d.pace.take(in, r.window)
}

func (d *traffic) judge(r *rule, m *monitor, _ uint32) verdict {
	if !d.pace.due(r.window) {
		return verdict{state: stale}
	}
	v, now := verdict{state: unknown}, 0.0
	if d.pace.enough(r.window) && d.pace.covered > 0 {
		now = d.sum / float64(d.pace.covered)
		v = d.compare(r, now)
		weight := 1.0
		if v.state == bad || m.phase == active {
			weight = learnWhileBad
		}
		d.learn(now, 1-halfLife(r), weight)
	}
	v.onset = d.pace.begin
	d.sum = 0
	d.pace.next()
	return v
}

func (d *traffic) learn(now, alpha, weight float64) {
	x := math.Log(now + rateOffset)
	d.recent.add(x, alpha, weight)
	d.hours[d.hour()].add(x, min(alpha, 1.0/90), weight) // a day and a half of its hours
	d.windows = min(d.windows+1, math.MaxUint16-1)
}

func (d *traffic) hour() uint32 { return d.pace.begin / 3600 % 24 }

func (d *traffic) compare(r *rule, now float64) verdict {
	det := &r.entry.Detector
	if float64(d.windows)*det.Window.Seconds() < det.Learn.Seconds() {
		return verdict{state: unknown}
	}
	median, high := d.recent.median(), d.recent.high()
	// The present hour counts once it was learned on another day.
	if h := &d.hours[d.hour()]; h.n >= hourWindows && float64(d.windows)*det.Window.Seconds() > 86400 {
		median, high = min(median, h.median()), max(high, h.high())
	}
	usual := high
	if det.Below {
		usual = median
	}
	v := verdict{state: between, value: now, baseline: usual, hasBaseline: true, threshold: usual * det.Start, samples: uint32(min(d.sum, math.MaxUint32))}
	switch {
	case det.Below && now >= usual*r.clear, !det.Below && now <= usual*r.clear:
		v.state = fine
	case max(usual, 0) < det.Floor && det.Below, max(now, usual) < det.Floor:
		v.state = unknown // too little traffic to tell
	case det.Below && now < usual*det.Start, !det.Below && now > usual*det.Start:
		v.state = bad
	}
	return v
}

func (d *traffic) code(c *coder) {
	for i := range d.hours {
		d.hours[i].code(c)
	}
	d.recent.code(c)
	c.u16(&d.windows)
}

func (l *logMean) code(c *coder) {
	c.f32(&l.mean)
	c.f32(&l.variance)
	c.u16(&l.n)
}
