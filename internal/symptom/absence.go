package symptom

// absentPoints is how often a series must have come before its silence means
// something.
const absentPoints = 3

// absent judges whether anything came at all. The engine's tick starts it, a
// sample ends it.
type absent struct{ points uint32 }

func (d *absent) gauge(*rule, *feed, uint32, float64) { d.points = min(d.points+1, 1<<30) }

func (d *absent) count(*rule, *monitor, *feed, *sample) { d.points = min(d.points+1, 1<<30) }

func (d *absent) judge(r *rule, _ *monitor, _ uint32) verdict {
	return verdict{state: fine, threshold: float64(r.hold), samples: d.points}
}

func (d *absent) code(c *coder) { c.u32(&d.points) }
