package symptom

// burn judges how fast an error budget is used up, on a long and a short window.
type burn struct{ long, short ring }

func newBurn(r *rule) *burn {
	return &burn{long: newRing(r.window, 12), short: newRing(seconds(r.entry.Detector.ShortWindow), 5)}
}

func (d *burn) gauge(*rule, *feed, uint32, float64) {}

func (d *burn) count(_ *rule, _ *monitor, f *feed, in *sample) {
	if in.gap {
		return
	}
	whole := f.in == inWhole
	d.long.add(in, in.inc*f.scale, whole, whole)
	d.short.add(in, in.inc*f.scale, whole, whole)
}

func (d *burn) judge(r *rule, _ *monitor, t uint32) verdict {
	d.long.advance(t)
	d.short.advance(t)
	det := &r.entry.Detector
	longPart, longWhole := d.long.sum()
	shortPart, shortWhole := d.short.sum()
	if d.short.coverage() < 0.5 || shortWhole <= 0 {
		return verdict{state: unknown}
	}
	budget := 1 - det.Objective
	short := shortPart / shortWhole / budget
	v := verdict{state: between, value: shortPart / shortWhole, threshold: det.Start * budget, samples: uint32(shortWhole)}
	switch {
	case short < r.clear || (shortPart == 0 && r.clear == 0):
		v.state = fine // needs the short window alone
	case d.long.coverage() < 0.5 || longWhole < det.MinSamples:
		return verdict{state: unknown}
	case short > det.Start && longPart/longWhole/budget > det.Start:
		v.state = bad
	}
	return v
}

func (d *burn) code(c *coder) {
	d.long.code(c)
	d.short.code(c)
}
