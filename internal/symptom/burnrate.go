package symptom

// burn judges how fast an error budget is used up, on a long and a short window.
type burn struct {
	longAt, shortAt place
	longs           [12]slot
	shorts          [5]slot
}

func (d *burn) rings(r *rule) (long, short ring) {
	return newRing(&d.longAt, d.longs[:], r.window), newRing(&d.shortAt, d.shorts[:], r.short)
}

func (d *burn) gauge(*rule, *feed, uint32, float64) {}

func (d *burn) count(r *rule, _ *monitor, f *feed, in *sample) {
	if in.gap {
		return
	}
	whole := f.in == inWhole
	long, short := d.rings(r)
	long.add(in, in.inc*f.scale, whole, whole)
	short.add(in, in.inc*f.scale, whole, whole)
}

func (d *burn) judge(r *rule, _ *monitor, t uint32) verdict {
	longRing, shortRing := d.rings(r)
	longRing.advance(t)
	shortRing.advance(t)
	det := &r.entry.Detector
	longPart, longWhole := longRing.sum()
	shortPart, shortWhole := shortRing.sum()
	if shortRing.coverage() < 0.5 || shortWhole <= 0 {
		return verdict{state: unknown}
	}
	budget := 1 - det.Objective
	short := shortPart / shortWhole / budget
	v := verdict{state: between, value: shortPart / shortWhole, threshold: det.Start * budget, samples: uint32(shortWhole)}
	switch {
	case short < r.clear || (shortPart == 0 && r.clear == 0):
		v.state = fine // needs the short window alone
	case longRing.coverage() < 0.5 || longWhole < det.MinSamples:
		return verdict{state: unknown}
	case short > det.Start && longPart/longWhole/budget > det.Start:
		v.state = bad
	}
	return v
}

func (d *burn) code(c *coder) {
	long, short := newRing(&d.longAt, d.longs[:], 12), newRing(&d.shortAt, d.shorts[:], 5)
	long.code(c)
	short.code(c)
}
