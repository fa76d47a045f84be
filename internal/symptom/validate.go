package symptom

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"sort"
	"strings"
	"time"
)

// kind says which fields a detector reads and what it is called in events.
type kind struct {
	event  string   // value of weir.symptom.detector
	inputs []string // needed roles
	fields []string // that may be set, beside kind, for and clear_for
	must   []string // that must be above 0
}

var kinds = map[string]kind{
	"threshold": {"threshold", nil, []string{"below", "start", "clear", "critical", "window", "min_samples", "min_part", "empty_fine"}, []string{"start"}},
	"forecast":  {"threshold", []string{"part", "whole"}, []string{"below", "start", "clear", "critical", "window", "horizon", "hard"}, []string{"start", "window", "horizon"}},
	"burn_rate": {"burn_rate", []string{"part", "whole"}, []string{"start", "clear", "window", "short_window", "objective", "min_samples"}, []string{"start", "window", "short_window", "objective"}},
	"latency": {"baseline", []string{"value"}, []string{"start", "clear", "window", "min_samples", "floor", "p_value", "quantile", "learn", "half_life", "settle"},
		[]string{"start", "window", "quantile", "p_value", "learn", "half_life"}},
	"ratio_shift": {"baseline", []string{"part", "whole"}, []string{"window", "min_samples", "min_part", "floor", "p_value", "clear_p_value", "learn", "half_life", "settle"},
		[]string{"window", "p_value", "clear_p_value", "learn", "half_life"}},
	"traffic": {"baseline", []string{"value"}, []string{"below", "start", "clear", "window", "floor", "learn", "half_life"}, []string{"start", "window", "learn", "half_life"}},
	"rate":    {"rate", []string{"value"}, []string{"start", "window", "hits", "of", "critical"}, []string{"start", "window"}},
	"leak":    {"baseline", []string{"value"}, []string{"start", "window", "floor"}, []string{"start", "window"}},
	"absence": {"absence", []string{"value"}, nil, []string{"for"}},
	"state":   {"state", []string{"value"}, nil, nil},
}

// asValues are the readings of a feed.
var asValues = []string{"gauge", "counter", "rate", "total", "count", "histogram"}

var (
	codeGrammar = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z0-9][a-z0-9_]*)+$`)
	severities  = []string{"info", "warning", "critical"}
	units       = []string{"1", "ratio", "s", "By", "1/s"}
	combines    = []string{"", "last", "max", "sum"}
	roles       = []string{"value", "part", "whole", "gate"}
)

func oneOf(key, v string, accepted []string) error {
	if slices.Contains(accepted, v) {
		return nil
	}
	var quoted []string
	for _, a := range accepted {
		if a != "" {
			quoted = append(quoted, a)
		}
	}
	return fmt.Errorf("%s: %q is not known: accepted are %s", key, v, strings.Join(quoted, ", "))
}

func (e *Entry) validate() error {
	if !codeGrammar.MatchString(e.Code) || len(e.Code) > 64 {
		return errors.New("code: lower case words joined by dots are accepted, at most 64 bytes")
	}
	if e.Title == "" {
		return errors.New("title: is missing")
	}
	if e.Number < 0 || e.Number > 9999 {
		return fmt.Errorf("number: %d is out of range: 0 to 9999 are accepted", e.Number)
	}
	for _, err := range []error{
		oneOf("entity", e.Entity, entityKinds), oneOf("severity", e.Severity, severities), oneOf("unit", e.Unit, units),
	} {
		if err != nil {
			return err
		}
	}
	if e.Refractory < 0 {
		return errors.New("refractory: must not be negative")
	}
	if err := e.validateInputs(); err != nil {
		return err
	}
	if err := e.Detector.validate(e.Inputs); err != nil {
		return fmt.Errorf("detector::%w", err)
	}
	for i := range e.Overrides {
		if len(e.Overrides[i].Codes) > 0 {
			return fmt.Errorf("overrides::%d::codes: an entry's own overrides are for that entry", i)
		}
		if err := e.Overrides[i].validate(nil, e); err != nil {
			return fmt.Errorf("overrides::%d: %w", i, err)
		}
	}
	return nil
}

func (e *Entry) validateInputs() error {
	if len(e.Inputs) == 0 {
		return errors.New("inputs: are missing")
	}
	names := make([]string, 0, len(e.Inputs))
	for n := range e.Inputs {
		names = append(names, n)
	}
	sort.Strings(names)
	for _, n := range names {
		if err := oneOf("inputs", n, roles); err != nil {
			return err
		}
		if len(e.Inputs[n]) == 0 {
			return fmt.Errorf("inputs::%s: names no metric", n)
		}
		froms := map[string]bool{}
		for i := range e.Inputs[n] {
			f := &e.Inputs[n][i]
			if err := f.validate(); err != nil {
				return fmt.Errorf("inputs::%s::%d::%w", n, i, err)
			}
			froms[f.From] = true
		}
		if len(froms) > 100 {
			return fmt.Errorf("inputs::%s: more than 100 families", n)
		}
	}
	return nil
}

func (f *Feed) validate() error {
	if f.Metric == "" {
		return errors.New("metric: is missing")
	}
	if f.As != "" {
		if err := oneOf("as", f.As, asValues); err != nil {
			return err
		}
	}
	if f.Entity != "" {
		if err := oneOf("entity", f.Entity, entityKinds); err != nil {
			return err
		}
	}
	if err := oneOf("combine", f.Combine, combines); err != nil {
		return err
	}
	if f.Scale < 0 {
		return errors.New("scale: must not be negative")
	}
	n := 0
	for _, p := range []*float64{f.If, f.Unless, f.GoodIf} {
		if p != nil {
			n++
		}
	}
	if n > 1 {
		return errors.New("if: only one of if, unless and good_if may be set")
	}
	_, err := parseMatchers(f.Where)
	return err
}

func (d *Detector) validate(inputs map[string][]Feed) error {
	k, ok := kinds[d.Kind]
	if !ok {
		names := make([]string, 0, len(kinds))
		for n := range kinds {
			names = append(names, n)
		}
		sort.Strings(names)
		return oneOf("kind", d.Kind, names)
	}
	for _, f := range d.fields() {
		if f.set && !slices.Contains(k.fields, f.name) && f.name != "for" && f.name != "clear_for" {
			return fmt.Errorf("%s: is not read by a %s detector", f.name, d.Kind)
		}
		if f.value < 0 {
			return fmt.Errorf("%s: must not be negative", f.name)
		}
		if f.value == 0 && slices.Contains(k.must, f.name) {
			return fmt.Errorf("%s: must be above 0", f.name)
		}
		if f.duration && f.value > 0 && f.value < 1 {
			return fmt.Errorf("%s: at least 1s is accepted", f.name)
		}
		if f.share && f.value > 1 {
			return fmt.Errorf("%s: %g is not a share: 0 to 1 are accepted", f.name, f.value)
		}
	}
	for _, role := range k.inputs {
		if len(inputs[role]) == 0 {
			return fmt.Errorf("kind: a %s detector needs the input %s", d.Kind, role)
		}
	}
	return d.validateLevels(inputs)
}

func (d *Detector) validateLevels(inputs map[string][]Feed) error {
	if d.Kind == "threshold" && len(inputs["value"]) == 0 && (len(inputs["part"]) == 0 || len(inputs["whole"]) == 0) {
		return errors.New("kind: a threshold detector needs the input value, or part and whole")
	}
	if d.Clear != nil && d.Kind != "rate" {
		if d.Below && *d.Clear < d.Start {
			return fmt.Errorf("clear: %g is below start %g: a value under start is the abnormal one", *d.Clear, d.Start)
		}
		if !d.Below && *d.Clear > d.Start {
			return fmt.Errorf("clear: %g is above start %g", *d.Clear, d.Start)
		}
	}
	switch d.Kind {
	case "forecast":
		if !d.Below {
			return errors.New("below: a forecast is of what is left, so it must be true")
		}
	case "burn_rate":
		if d.Objective >= 1 {
			return fmt.Errorf("objective: %g leaves no budget: less than 1 is accepted", d.Objective)
		}
		if d.ShortWindow >= d.Window {
			return fmt.Errorf("short_window: %s is not shorter than window %s", d.ShortWindow, d.Window)
		}
	case "latency":
		if d.Quantile >= 1 {
			return fmt.Errorf("quantile: %g is not below 1", d.Quantile)
		}
	case "rate":
		if (d.Hits == 0) != (d.Of == 0) || d.Hits > d.Of || d.Of > 32 {
			return fmt.Errorf("hits: %d of %d is not possible: hits of at most as many points are accepted, of is at most 32", d.Hits, d.Of)
		}
	}
	if d.For > 7*24*time.Hour || d.ClearFor > 7*24*time.Hour || d.Window > 7*24*time.Hour {
		return errors.New("window: for, clear_for and window of at most 168h are accepted")
	}
	return nil
}

// field is one setting with what rules it.
type field struct {
	name            string
	value           float64 // seconds where it is a duration
	set             bool
	duration, share bool
}

func (d *Detector) fields() []field {
	num := func(name string, v float64) field { return field{name: name, value: v, set: v != 0} }
	share := func(name string, v float64) field { return field{name: name, value: v, set: v != 0, share: true} }
	dur := func(name string, v time.Duration) field {
		return field{name: name, value: v.Seconds(), set: v != 0, duration: true}
	}
	ptr := func(name string, p *float64) field {
		if p == nil {
			return field{name: name}
		}
		return field{name: name, value: *p, set: true}
	}
	truth := func(name string, b bool) field { return field{name: name, set: b} }
	return []field{
		truth("below", d.Below), num("start", d.Start), ptr("clear", d.Clear), ptr("critical", d.Critical),
		dur("for", d.For), dur("clear_for", d.ClearFor), dur("window", d.Window), dur("short_window", d.ShortWindow),
		share("objective", d.Objective), num("min_samples", d.MinSamples), num("min_part", d.MinPart), num("floor", d.Floor),
		share("p_value", d.PValue), share("clear_p_value", d.ClearPValue), share("quantile", d.Quantile),
		dur("learn", d.Learn), dur("half_life", d.HalfLife), dur("settle", d.Settle), num("hits", float64(d.Hits)), num("of", float64(d.Of)),
		dur("horizon", d.Horizon), share("hard", d.Hard), truth("empty_fine", d.EmptyFine),
	}
}

// apply returns the entry as the override makes it.
func (o *Override) apply(e *Entry) (*Entry, error) {
	cp := *e
	cp.Detector = e.Detector.clone()
	if o.Severity != "" {
		cp.Severity = o.Severity
	}
	if o.Disabled != nil {
		cp.Disabled = *o.Disabled
	}
	if o.Detector != nil {
		if _, ok := o.Detector["kind"]; ok {
			return nil, errors.New("detector::kind: an override can't change it")
		}
		if err := decode(o.Detector, &cp.Detector); err != nil {
			return nil, fmt.Errorf("detector: %w", err)
		}
		if err := cp.Detector.validate(cp.Inputs); err != nil {
			return nil, fmt.Errorf("detector::%w", err)
		}
	}
	if err := oneOf("severity", cp.Severity, severities); err != nil {
		return nil, err
	}
	return &cp, nil
}

// validate applies the override to the entries that it is for.
func (o *Override) validate(c *Catalogue, own *Entry) error {
	for _, p := range []struct{ key, pattern string }{{"type", o.Match.Type}, {"namespace", o.Match.Namespace}, {"name", o.Match.Name}} {
		if _, err := path.Match(p.pattern, ""); err != nil {
			return fmt.Errorf("match::%s: not a pattern", p.key)
		}
	}
	if o.Severity == "" && o.Disabled == nil && len(o.Detector) == 0 {
		return errors.New("changes nothing: set severity, disabled or detector")
	}
	if own != nil {
		_, err := o.apply(own)
		return err
	}
	for _, code := range o.Codes {
		if c.ByCode(code) == nil {
			return fmt.Errorf("codes: %q is not in the catalogue", code)
		}
	}
	if len(o.Codes) == 0 && len(o.Detector) > 0 {
		return errors.New("codes: name the entries whose detector is changed")
	}
	for _, e := range c.entries {
		if len(o.Codes) > 0 && !slices.Contains(o.Codes, e.Code) {
			continue
		}
		if _, err := o.apply(e); err != nil {
			return err
		}
	}
	return nil
}
