package symptom

import (
	_ "embed"
	"fmt"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/go-viper/mapstructure/v2"
	"go.yaml.in/yaml/v3"
)

// Version of the embedded catalogue; it rises with each change of meaning.
const Version = 1

//go:embed catalogue.yaml
var embedded []byte

// Entry is a symptom of the catalogue. The same schema is read from the
// embedded file and from a user's configuration.
type Entry struct {
	// Code is the dotted name, the symptom's identity.
	Code string `mapstructure:"-"`
	// Number on the wire; 0 for a user's own entries.
	Number int `mapstructure:"number"`
	// Title is one line for a person.
	Title string `mapstructure:"title"`
	// Entity the symptom is of: workload, edge, container, pod or node.
	Entity string `mapstructure:"entity"`
	// Severity is info, warning or critical.
	Severity string `mapstructure:"severity"`
	// Unit of value, baseline and threshold: 1, ratio, s, By or 1/s.
	Unit string `mapstructure:"unit"`
	// Disabled switches the entry off.
	Disabled bool `mapstructure:"disabled"`
	// Refractory is the least time between two starts for one entity.
	Refractory time.Duration `mapstructure:"refractory"`
	// By are attributes that tell apart what is judged each for itself but
	// reported as one symptom of the entity, such as a mount point.
	By []string `mapstructure:"by"`
	// Inputs by role: value, part and whole (a ratio), gate.
	Inputs map[string][]Feed `mapstructure:"inputs"`
	// Detector that judges the inputs.
	Detector Detector `mapstructure:"detector"`
	// Overrides change severity and detector for entities that match.
	Overrides []Override `mapstructure:"overrides"`
}

// Feed says which metric feeds an input.
type Feed struct {
	// Metric is the metric's name.
	Metric string `mapstructure:"metric"`
	// From is the family of sources, such as kube-state-metrics. Of several
	// families that feed one input, the first that reports is used alone.
	From string `mapstructure:"from"`
	// Where are conditions on attributes of point, scope-less, and resource:
	// a text, "!text", "~expression", or "" for an absent attribute.
	Where map[string]string `mapstructure:"where"`
	// As says how the value is read: gauge, counter (increase since the last
	// point), rate (increase per second), total (a number that rises, followed
	// for each entity), count (of a histogram's points) or histogram.
	As string `mapstructure:"as"`
	// Scale multiplies the value; 0 means 1.
	Scale float64 `mapstructure:"scale"`
	// If makes 1 of this value and 0 of others.
	If *float64 `mapstructure:"if"`
	// Unless makes 0 of this value and 1 of others.
	Unless *float64 `mapstructure:"unless"`
	// GoodIf makes 0 of this value; others say nothing.
	GoodIf *float64 `mapstructure:"good_if"`
	// Combine says what becomes of several points of one time: last, max or sum.
	Combine string `mapstructure:"combine"`
	// Gated feeds count only while the gate is 1.
	Gated bool `mapstructure:"gated"`
	// Entity overrides the entry's entity for this feed.
	Entity string `mapstructure:"entity"`
}

// Detector says how the inputs are judged. Which fields count depends on Kind;
// a field that the kind doesn't read must be left out.
type Detector struct {
	// Kind is threshold, forecast, burn_rate, latency, ratio_shift, traffic,
	// rate, leak, absence or state.
	Kind string `mapstructure:"kind"`
	// Below makes a value under Start the abnormal one.
	Below bool `mapstructure:"below"`
	// Start is the level that starts the symptom, Clear the one that ends it:
	// 0.8 (1.25 when Below) times Start when left out.
	Start float64  `mapstructure:"start"`
	Clear *float64 `mapstructure:"clear"`
	// Critical is the level from which the severity is critical.
	Critical *float64 `mapstructure:"critical"`
	// For and ClearFor are how long the levels must hold.
	For      time.Duration `mapstructure:"for"`
	ClearFor time.Duration `mapstructure:"clear_for"`
	// Window over which counters are summed up.
	Window time.Duration `mapstructure:"window"`
	// ShortWindow and Objective (share of good events) of a burn rate.
	ShortWindow time.Duration `mapstructure:"short_window"`
	Objective   float64       `mapstructure:"objective"`
	// MinSamples is the least number of events in the window.
	MinSamples float64 `mapstructure:"min_samples"`
	// MinPart is the least number of bad events in the window.
	MinPart float64 `mapstructure:"min_part"`
	// Floor is the least deviation from a baseline, or the least level that is
	// worth a word, in the entry's unit.
	Floor float64 `mapstructure:"floor"`
	// PValue is the greatest probability of chance; ClearPValue ends it.
	PValue      float64 `mapstructure:"p_value"`
	ClearPValue float64 `mapstructure:"clear_p_value"`
	// Quantile of a latency.
	Quantile float64 `mapstructure:"quantile"`
	// Learn is how long a baseline is learned before the first verdict,
	// HalfLife how fast it forgets.
	Learn    time.Duration `mapstructure:"learn"`
	HalfLife time.Duration `mapstructure:"half_life"`
	// Settle is how long after a deploy (a new pod or process reports) more must
	// happen: twice the start level of a latency, four times the floor of a
	// share.
	Settle time.Duration `mapstructure:"settle"`
	// Hits of the last Of points must have increased.
	Hits int `mapstructure:"hits"`
	Of   int `mapstructure:"of"`
	// Horizon within which a forecast reaches zero; Hard is the level that
	// starts the symptom whatever the forecast.
	Horizon time.Duration `mapstructure:"horizon"`
	Hard    float64       `mapstructure:"hard"`
	// EmptyFine says that a whole of 0 is fine, not unknown.
	EmptyFine bool `mapstructure:"empty_fine"`
}

// Override changes an entry for the entities that match.
type Override struct {
	Match Selector `mapstructure:"match"`
	// Codes it is for; only in the list beside the catalogue. Empty means all.
	Codes    []string       `mapstructure:"codes"`
	Severity string         `mapstructure:"severity"`
	Disabled *bool          `mapstructure:"disabled"`
	Detector map[string]any `mapstructure:"detector"`
}

// Selector matches entities: all of its fields that are set must match. Values
// may hold * for any text.
type Selector struct {
	Type      string            `mapstructure:"type"`
	Namespace string            `mapstructure:"namespace"`
	Name      string            `mapstructure:"name"`
	Labels    map[string]string `mapstructure:"labels"`
}

// Catalogue is a set of valid entries. It is read only.
type Catalogue struct {
	entries   []*Entry // by number, then code
	overrides []Override
}

// Default is the embedded catalogue.
var Default = sync.OnceValue(func() *Catalogue {
	var raw map[string]map[string]any
	if err := yaml.Unmarshal(embedded, &raw); err != nil {
		panic(fmt.Sprintf("the embedded catalogue: %v", err)) // a test reads it
	}
	c, err := (&Catalogue{}).With(raw, nil)
	if err != nil {
		panic(fmt.Sprintf("the embedded catalogue: %v", err))
	}
	return c
})

// Entries in the order of their numbers, users' own ones behind.
func (c *Catalogue) Entries() []*Entry { return c.entries }

// ByCode returns the entry of a code, nil when there is none.
func (c *Catalogue) ByCode(code string) *Entry {
	for _, e := range c.entries {
		if e.Code == code {
			return e
		}
	}
	return nil
}

// With returns a catalogue in which entries are changed (a known code) or added
// (a new one). Of a changed entry, what is not named stays; lists are replaced.
// Later overrides win over earlier ones and over those of an entry.
func (c *Catalogue) With(changes map[string]map[string]any, overrides []Override) (*Catalogue, error) {
	out := &Catalogue{entries: append([]*Entry(nil), c.entries...), overrides: append(append([]Override(nil), c.overrides...), overrides...)}
	codes := make([]string, 0, len(changes))
	for code := range changes {
		codes = append(codes, code)
	}
	sort.Strings(codes) // one configuration, one error
	for _, code := range codes {
		e := &Entry{Code: code}
		at := -1
		for i, old := range out.entries {
			if old.Code == code {
				e, at = old.cloneFor(changes[code]), i
			}
		}
		if err := decode(changes[code], e); err != nil {
			return nil, fmt.Errorf("catalogue::%s: %w", code, err)
		}
		if err := e.validate(); err != nil {
			return nil, fmt.Errorf("catalogue::%s: %w", code, err)
		}
		if at >= 0 {
			out.entries[at] = e
		} else {
			out.entries = append(out.entries, e)
		}
	}
	sort.SliceStable(out.entries, func(i, j int) bool {
		a, b := out.entries[i], out.entries[j]
		if (a.Number == 0) != (b.Number == 0) {
			return b.Number == 0
		}
		return a.Number < b.Number || (a.Number == b.Number && a.Code < b.Code)
	})
	for i := 1; i < len(out.entries); i++ {
		if n := out.entries[i].Number; n != 0 && n == out.entries[i-1].Number {
			return nil, fmt.Errorf("catalogue::%s::number: %d is the number of %s", out.entries[i].Code, n, out.entries[i-1].Code)
		}
	}
	for i := range overrides {
		if err := overrides[i].validate(out, nil); err != nil {
			return nil, fmt.Errorf("overrides::%d: %w", i, err)
		}
	}
	return out, nil
}

// cloneFor copies what the decoder would write into, and leaves out the lists
// that raw replaces.
func (e *Entry) cloneFor(raw map[string]any) *Entry {
	cp := *e
	cp.Detector = e.Detector.clone()
	cp.Inputs = map[string][]Feed{}
	changed, _ := raw["inputs"].(map[string]any)
	for role, feeds := range e.Inputs {
		if _, ok := changed[role]; !ok {
			cp.Inputs[role] = feeds
		}
	}
	if _, ok := raw["by"]; ok {
		cp.By = nil
	}
	if _, ok := raw["overrides"]; ok {
		cp.Overrides = nil
	}
	return &cp
}

func (d Detector) clone() Detector {
	for _, p := range []**float64{&d.Clear, &d.Critical} {
		if *p != nil {
			v := **p
			*p = &v
		}
	}
	return d
}

// decode reads raw over what out holds. Unknown keys are errors.
func decode(raw map[string]any, out any) error {
	dec, err := mapstructure.NewDecoder(&mapstructure.DecoderConfig{
		Result: out, ErrorUnused: true,
		DecodeHook: mapstructure.StringToTimeDurationHookFunc(),
	})
	if err != nil {
		return err
	}
	if err := dec.Decode(raw); err != nil {
		return fmt.Errorf("%s", strings.ReplaceAll(err.Error(), "\n", " "))
	}
	return nil
}
