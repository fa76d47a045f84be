package symptom

import (
	"hash/fnv"
	"slices"
	"strconv"
	"time"
)

// input is a role as a number.
type input uint8

const (
	inValue input = iota
	inPart
	inWhole
	inGate
	inputs
)

// reading is Feed.As as a number.
type reading uint8

const (
	asGauge reading = iota
	asCounter
	asRate
	asTotal
	asCount
	asHistogram
)

// feed is a compiled Feed.
type feed struct {
	rule    *rule
	in      input
	as      reading
	from    uint8 // rank of the family in its input
	combine uint8
	gated   bool
	scale   float64
	turn    uint8 // how If, Unless and GoodIf read a value
	level   float64
	where   []matcher
	entity  string
}

const (
	turnNone uint8 = iota
	turnIf
	turnUnless
	turnGoodIf
)

const (
	combineLast uint8 = iota
	combineMax
	combineSum
)

// value reads a gauge as the feed says; false when it says nothing.
func (f *feed) value(v float64) (float64, bool) {
	switch f.turn {
	case turnIf:
		return truth(v == f.level), true
	case turnUnless:
		return truth(v != f.level), true
	case turnGoodIf:
		return 0, v == f.level
	}
	return v * f.scale, true
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// rule is a compiled Entry, or one that overrides changed.
type rule struct {
	entry *Entry
	id    uint64 // of the code, whatever was overridden
	print uint64 // of the detector's settings; state of another one is not taken
	clear float64
	// In whole seconds, as all times here.
	hold, clearHold, window, short, refractory uint32
	windowed                                   bool // the ratio is of counters
	gated                                      bool
	overrides                                  []Override
	derived                                    map[string]*rule
}

func seconds(d time.Duration) uint32 { return uint32((d + time.Second - 1) / time.Second) } // #nosec G115 -- at most a week

func compile(e *Entry, overrides []Override, refractory time.Duration) *rule {
	r := &rule{entry: e, derived: map[string]*rule{}}
	r.id = hashText(e.Code)
	d := &e.Detector
	r.hold, r.clearHold, r.window = seconds(d.For), seconds(d.ClearFor), seconds(d.Window)
	r.short, r.refractory = seconds(d.ShortWindow), seconds(refractory)
	if e.Refractory > 0 {
		r.refractory = seconds(e.Refractory)
	}
	switch {
	case d.Clear != nil:
		r.clear = *d.Clear
	case d.Below:
		r.clear = d.Start * 1.25
	default:
		r.clear = d.Start * 0.8
	}
	r.windowed = d.Window > 0 && d.Kind == "threshold"
	// Only what shapes the state: another level keeps what was learned.
	r.print = hashText(d.Kind, d.Window.String(), d.ShortWindow.String(), strconv.FormatFloat(d.Quantile, 'g', -1, 64))
	r.overrides = append(append([]Override(nil), e.Overrides...), overrides...)
	return r
}

// forEntity returns the rule as the overrides make it for an entity, nil when
// they switch it off.
func (r *rule) forEntity(e Entity, l Labels, refractory time.Duration) *rule {
	if len(r.overrides) == 0 {
		return r
	}
	key, entry := "", r.entry
	for i := range r.overrides {
		o := &r.overrides[i]
		if (len(o.Codes) > 0 && !slices.Contains(o.Codes, entry.Code)) || !o.Match.match(e, l) {
			continue
		}
		key += strconv.Itoa(i) + ","
		changed, err := o.apply(entry)
		if err != nil {
			continue // each alone is valid; together they are not, the earlier stay
		}
		entry = changed
	}
	if key == "" {
		return r
	}
	if entry.Disabled {
		return nil
	}
	if d := r.derived[key]; d != nil {
		return d
	}
	d := compile(entry, nil, refractory)
	d.gated = r.gated
	r.derived[key] = d
	return d
}

// feeds compiles the entry's inputs.
func (r *rule) feeds() (map[string][]*feed, error) {
	out := map[string][]*feed{}
	for in, role := range roles {
		var families []string
		for _, f := range r.entry.Inputs[role] {
			c := &feed{rule: r, in: input(in), gated: f.Gated, scale: 1, entity: r.entry.Entity} // #nosec G115 -- four roles
			if f.Scale > 0 {
				c.scale = f.Scale
			}
			if f.Entity != "" {
				c.entity = f.Entity
			}
			if f.As != "" {
				c.as = reading(slices.Index(asValues, f.As)) // #nosec G115 -- validated
			}
			switch {
			case f.If != nil:
				c.turn, c.level = turnIf, *f.If
			case f.Unless != nil:
				c.turn, c.level = turnUnless, *f.Unless
			case f.GoodIf != nil:
				c.turn, c.level = turnGoodIf, *f.GoodIf
			}
			c.combine = uint8(max(0, slices.Index(combines, f.Combine)-1)) // #nosec G115 -- validated
			if !slices.Contains(families, f.From) {
				families = append(families, f.From)
			}
			c.from = uint8(slices.Index(families, f.From)) // #nosec G115 -- at most 100
			var err error
			if c.where, err = parseMatchers(f.Where); err != nil {
				return nil, err
			}
			r.gated = r.gated || f.Gated
			out[f.Metric] = append(out[f.Metric], c)
		}
	}
	return out, nil
}

func hashText(parts ...string) uint64 {
	h := fnv.New64a()
	for _, p := range parts {
		_, _ = h.Write([]byte(p))
		_, _ = h.Write([]byte{0xff})
	}
	return h.Sum64()
}
