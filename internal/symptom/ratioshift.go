package symptom

import "math"

// shift compares the share of bad events in the last window to a learned one.
type shift struct {
	part, whole float64 // of the window
	// Exponentially weighted sums: events, bad ones, and how far the windows
	// were from their mean against how far chance alone would take them.
	sumPart, sumWhole    float64
	spread, spreadChance float64
	size                 float64 // mean of whole
	windows              uint16
	pace                 pace
	deploy
}

func (d *shift) gauge(*rule, *feed, uint32, float64) {}

func (d *shift) count(r *rule, _ *monitor, f *feed, in *sample) {
	if f.in == inPart {
		if !in.gap {
			d.part += in.inc
		}
		return
	}
	if !in.gap {
		d.whole += in.inc
	}
	d.pace.take(in, r.window)
}

func (d *shift) judge(r *rule, m *monitor, _ uint32) verdict {
	if !d.pace.due(r.window) {
		return verdict{state: stale}
	}
	v := d.compare(r)
	v.onset = d.pace.begin
	weight := 1.0
	if v.state == bad || m.phase == active {
		weight = learnWhileBad
	}
	if d.pace.enough(r.window) && d.whole > 0 {
		d.learn(r, weight)
	}
	d.part, d.whole = 0, 0
	d.pace.next()
	return v
}

func (d *shift) mean() float64 { return (d.sumPart + 0.5) / (d.sumWhole + 1) }

func (d *shift) compare(r *rule) verdict {
	det := &r.entry.Detector
	learned := float64(d.windows)*det.Window.Seconds() >= det.Learn.Seconds() && d.sumWhole >= 2*det.MinSamples
	if !learned || !d.pace.enough(r.window) || d.whole < max(1, det.MinSamples) {
		return verdict{state: unknown}
	}
	m, now := d.mean(), d.part/d.whole
	v := verdict{state: between, value: now, baseline: m, hasBaseline: true, threshold: m + det.Floor,
		samples: uint32(min(d.whole, math.MaxUint32))}
	if now-m <= 0 {
		v.state = fine
		return v
	}
	p := d.tail(math.Round(d.part), math.Round(d.whole), m)
	floor := det.Floor
	if d.settling(r, d.pace.seen) {
		floor *= settleFloor
	}
	switch {
	case p < det.PValue && now-m >= floor && d.part+0.01 >= det.MinPart:
		v.state = bad
	case p > det.ClearPValue || now-m < det.Floor/2:
		v.state = fine
	}
	return v
}

// tail is the probability of k or more bad ones of n, beta-binomial: the mean
// is m, the spread that of the learned windows, and as uncertain as what was
// learned is little.
func (d *shift) tail(k, n, m float64) float64 {
	weight := d.sumWhole + 1
	if d.spreadChance > 0 && d.size > 1 {
		phi := d.spread / d.spreadChance
		if rho := (phi - 1) / (d.size - 1); rho > 1e-9 {
			weight = min(weight, 1/rho-1)
		}
	}
	weight = max(weight, 2)
	return betaBinomialTail(k, n, m*weight, (1-m)*weight)
}

// betaBinomialTail is P(X >= k).
func betaBinomialTail(k, n, a, b float64) float64 {
	if k <= 0 {
		return 1
	}
	lg := func(x float64) float64 { v, _ := math.Lgamma(x); return v }
	p := math.Exp(lg(n+1) - lg(k+1) - lg(n-k+1) + lg(k+a) + lg(n-k+b) - lg(n+a+b) - lg(a) - lg(b) + lg(a+b))
	sum := p
	for x := k; x < n; x++ {
		next := p * (n - x) / (x + 1) * (x + a) / (n - x - 1 + b)
		sum += next
		if next < sum*1e-6 && next < p {
			break
		}
		p = next
	}
	return min(1, sum)
}

func (d *shift) learn(r *rule, weight float64) {
	keep := halfLife(r)
	m := d.mean()
	if d.windows > 0 {
		// One window far out must not make the next one seem usual: what it
		// adds to the spread is bounded. The mean is not, so a new level is
		// learned.
		off, chance := d.part-d.whole*m, d.whole*m*(1-m)
		phi := 1.0
		if d.spreadChance > 0 {
			phi = max(1, d.spread/d.spreadChance)
		}
		d.spread = d.spread*keep + weight*min(off*off, 9*phi*chance)
		d.spreadChance = d.spreadChance*keep + weight*chance
		d.size += (d.whole - d.size) * (1 - keep)
	} else {
		d.size = d.whole
	}
	d.sumPart = d.sumPart*keep + weight*d.part
	d.sumWhole = d.sumWhole*keep + weight*d.whole
	d.windows = min(d.windows+1, math.MaxUint16-1)
}

func (d *shift) code(c *coder) {
	for _, p := range []*float64{&d.sumPart, &d.sumWhole, &d.spread, &d.spreadChance, &d.size} {
		c.f64(p)
	}
	c.u16(&d.windows)
}
