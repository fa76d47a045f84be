package symptom

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// scenarioFile is the form of testdata/scenarios/*.yaml: what series report, and
// which events must come of it.
type scenarioFile struct {
	Code     string                  `yaml:"code"`
	Every    time.Duration           `yaml:"every"` // between points
	Series   map[string]scenarioFeed `yaml:"series"`
	Cases    map[string]scenarioCase `yaml:"cases"`
	Override map[string]any          `yaml:"override"` // of the catalogue's entry
}

type scenarioFeed struct {
	Metric     string            `yaml:"metric"`
	Kind       string            `yaml:"kind"` // gauge, counter, delta, histogram, exponential
	Attributes map[string]string `yaml:"attributes"`
}

type scenarioCase struct {
	Steps []scenarioStep `yaml:"steps"`
	// Onset is when what must be found begins; delays are measured from it.
	Onset time.Duration `yaml:"onset"`
	// Within is the greatest delay of the start.
	Within time.Duration `yaml:"within"`
	// Want are the phases in their order, updates left out.
	Want string `yaml:"want"`
	// Open says that the symptom must be open at the end.
	Entity string `yaml:"entity"` // type namespace/name of all events
	Peer   string `yaml:"peer"`
}

// scenarioStep sets what series do for a time; what isn't named goes on.
type scenarioStep struct {
	For time.Duration             `yaml:"for"`
	Gap bool                      `yaml:"gap"` // nothing reports
	Set map[string]scenarioSignal `yaml:"set"`
}

// scenarioSignal is a number, or a map.
type scenarioSignal struct {
	Value  float64       `yaml:"value"` // of a gauge; per second of a counter
	To     *float64      `yaml:"to"`    // ramps from Value
	Alt    *float64      `yaml:"alt"`   // changes between Value and Alt
	Turn   time.Duration `yaml:"turn"`  // each so long
	Rest   time.Duration `yaml:"rest"`  // Value so long, where it is another time
	Median float64       `yaml:"median"`
	Sigma  float64       `yaml:"sigma"`
	AltMed float64       `yaml:"alt_median"`
	Noise  float64       `yaml:"noise"`  // relative, of a gauge
	Reset  bool          `yaml:"reset"`  // a counter begins anew
	Silent bool          `yaml:"silent"` // doesn't report
	Pod    string        `yaml:"pod"`    // from now on reported by another pod
}

func (s *scenarioSignal) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		return n.Decode(&s.Value)
	}
	type plain scenarioSignal
	return n.Decode((*plain)(s))
}

type labelMap map[string]string

func (l labelMap) Get(k string) (string, bool) { v, ok := l[k]; return v, ok }

func (l labelMap) key(metric string) uint64 {
	h := fnv.New64a()
	keys := make([]string, 0, len(l))
	for k := range l {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	_, _ = h.Write([]byte(metric))
	for _, k := range keys {
		_, _ = h.Write([]byte("\x00" + k + "\x01" + l[k]))
	}
	return h.Sum64()
}

// player plays a case to an engine.
type player struct {
	t      testing.TB
	e      *Engine
	rng    *rand.Rand
	series map[string]*played
	names  []string
}

type played struct {
	feed   scenarioFeed
	sig    scenarioSignal
	labels labelMap
	total  float64
	start  int64
	counts []uint64
	at     int64 // of the step
}

// testBounds are those of OpenTelemetry's SDKs for HTTP durations.
var testBounds = []float64{0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10}

func newPlayer(t testing.TB, f *scenarioFile, seed uint64) *player {
	c := Default()
	if f.Override != nil {
		var err error
		c, err = c.With(map[string]map[string]any{f.Code: f.Override}, nil)
		require.NoError(t, err)
	}
	e, err := New(c, Options{})
	require.NoError(t, err)
	p := &player{t: t, e: e, rng: rand.New(rand.NewPCG(seed, 7)), series: map[string]*played{}} // #nosec G404 -- a simulation
	for name, s := range f.Series {
		l := labelMap{}
		for k, v := range s.Attributes {
			l[k] = v
		}
		p.series[name] = &played{feed: s, labels: l, sig: scenarioSignal{Silent: true}}
		p.names = append(p.names, name)
	}
	sort.Strings(p.names)
	return p
}

// play returns all events of the entry and the time from which the case's
// onset counts. Each seed begins at another second of the minute, and its first
// step is longer by another number of points, so that windows and what happens
// don't lie on each other.
func (p *player) play(f *scenarioFile, c *scenarioCase, seed uint64) ([]Event, int64) {
	begin := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC).Add(time.Duration(seed) * 7 * time.Second) // #nosec G115 -- few
	more := time.Duration(seed) * f.Every                                                           // #nosec G115 -- few
	now := begin
	p.e.Clock(now)
	var events []Event
	for i, step := range c.Steps {
		if i == 0 {
			step.For += more
		}
		for name, sig := range step.Set {
			s := p.series[name]
			require.NotNil(p.t, s, "no series %s", name)
			s.sig, s.at = sig, now.Unix()
			if sig.Pod != "" {
				cp := labelMap{}
				for k, v := range s.labels {
					cp[k] = v
				}
				cp["k8s.pod.name"], s.labels = sig.Pod, cp
			}
			if sig.Reset || sig.Pod != "" {
				s.total, s.start, s.counts = 0, now.Unix(), nil
			}
		}
		for end := now.Add(step.For); now.Before(end); {
			now = now.Add(f.Every)
			for _, name := range p.names {
				s := p.series[name]
				if s.sig.Silent {
					continue
				}
				if s.start == 0 {
					s.start = now.Unix() - int64(f.Every.Seconds())
				}
				p.report(s, now, f.Every, step.For, step.Gap)
			}
			for _, ev := range p.e.Flush(now) {
				if ev.Code == f.Code {
					events = append(events, ev)
				}
			}
		}
	}
	return events, begin.Add(more).Unix()
}

func (s *scenarioSignal) alternates(in int64) bool {
	turn := int64(max(1, s.Turn.Seconds()))
	rest := turn
	if s.Rest > 0 {
		rest = int64(s.Rest.Seconds())
	}
	return in%(turn+rest) >= rest
}

func (p *player) report(s *played, now time.Time, every, length time.Duration, gap bool) {
	v, med := s.sig.Value, s.sig.Median
	in := float64(now.Unix() - s.at)
	if s.sig.To != nil {
		v += (*s.sig.To - v) * in / length.Seconds()
	}
	// A point stands for the time before it.
	if s.sig.Alt != nil && s.sig.alternates(int64(in-every.Seconds())) {
		v, med = *s.sig.Alt, max(s.sig.AltMed, s.sig.Median)
	}
	if s.sig.Noise > 0 {
		v *= 1 + s.sig.Noise*p.rng.NormFloat64()
	}
	point := Point{Time: now.Unix(), Value: v}
	var b *Buckets
	switch s.feed.Kind {
	case "counter", "delta":
		n := poisson(p.rng, v*every.Seconds())
		s.total += n
		point.Value, point.Start = s.total, s.start
		if s.feed.Kind == "delta" {
			point.Value, point.Start, point.Delta = n, now.Unix()-int64(every.Seconds()), true
		}
	case "total": // an exact number, no chance in it
		s.total += v * every.Seconds()
		point.Value = math.Floor(s.total + 1e-9)
	case "histogram", "exponential":
		n := poisson(p.rng, v*every.Seconds())
		s.total += n
		b = p.buckets(s, int(n), med)
		point.Value, point.Start = s.total, s.start
	}
	if gap {
		return
	}
	key := s.labels.key(s.feed.Metric)
	ref := p.e.Series(key)
	if ref == nil {
		require.True(p.t, p.e.Wants(s.feed.Metric), "nobody reads %s", s.feed.Metric)
		ref = p.e.Register(key, s.feed.Metric, s.labels)
	}
	if b != nil {
		p.e.ObserveHistogram(ref, point, b)
	} else {
		p.e.Observe(ref, point)
	}
}

// buckets adds n log-normal latencies.
func (p *player) buckets(s *played, n int, median float64) *Buckets {
	const scale, offset, size = 4, -200, 320 // 2^(-200/16) is 0.17 ms
	if s.counts == nil {
		s.counts = make([]uint64, max(size, len(testBounds)+1))
	}
	for range n {
		v := median * math.Exp(s.sig.Sigma*p.rng.NormFloat64())
		if s.feed.Kind == "histogram" {
			s.counts[sort.SearchFloat64s(testBounds, v)]++
		} else {
			s.counts[max(0, min(size-1, int(math.Floor(math.Log2(v)*(1<<scale)))-offset))]++
		}
	}
	if s.feed.Kind == "histogram" {
		return &Buckets{Bounds: testBounds, Counts: s.counts[:len(testBounds)+1]}
	}
	return &Buckets{Scale: scale, Offset: offset, Counts: s.counts}
}

// poisson draws a count; for large means by the normal approximation.
func poisson(rng *rand.Rand, mean float64) float64 {
	if mean <= 0 {
		return 0
	}
	if mean > 50 {
		return max(0, math.Round(mean+math.Sqrt(mean)*rng.NormFloat64()))
	}
	limit, n, p := math.Exp(-mean), 0.0, 1.0
	for {
		if p *= rng.Float64(); p <= limit {
			return n
		}
		n++
	}
}

func phases(events []Event) string {
	var out []string
	for _, ev := range events {
		if ev.Phase != Update {
			out = append(out, string(ev.Phase))
		}
	}
	return strings.Join(out, " ")
}

func (e Entity) text() string { return strings.TrimSpace(e.Type + " " + e.Namespace + "/" + e.Name) }

func loadScenarios(t testing.TB) []*scenarioFile {
	files, err := filepath.Glob("testdata/scenarios/*.yaml")
	require.NoError(t, err)
	var all []*scenarioFile
	for _, name := range files {
		raw, err := os.ReadFile(name) // #nosec G304 -- a file of this repository
		require.NoError(t, err)
		f := &scenarioFile{}
		dec := yaml.NewDecoder(strings.NewReader(string(raw)))
		dec.KnownFields(true)
		require.NoError(t, dec.Decode(f), name)
		if f.Every == 0 {
			f.Every = 15 * time.Second
		}
		all = append(all, f)
	}
	return all
}

// scenarioSeeds is how often each case is played: with other noise, and begun
// at another second of the minute.
const scenarioSeeds = 5

func TestScenarios(t *testing.T) {
	covered := map[string]bool{}
	for _, f := range loadScenarios(t) {
		t.Run(f.Code, func(t *testing.T) {
			covered[f.Code] = true
			for _, name := range []string{"true case", "near miss", "flapping", "gap", "deploy"} {
				require.Contains(t, f.Cases, name)
			}
			for name, c := range f.Cases {
				t.Run(name, func(t *testing.T) {
					for seed := range uint64(scenarioSeeds) {
						checkCase(t, f, &c, seed)
					}
				})
			}
		})
	}
	for _, e := range Default().Entries() {
		assert.True(t, covered[e.Code], "%s has no scenario", e.Code)
	}
}

func checkCase(t *testing.T, f *scenarioFile, c *scenarioCase, seed uint64) {
	t.Helper()
	events, begin := newPlayer(t, f, seed).play(f, c, seed)
	require.Equal(t, c.Want, phases(events), "seed %d: %s", seed, timeline(events, begin))
	for _, ev := range events {
		assert.Equal(t, c.Entity, ev.Entity.text())
		assert.Equal(t, c.Peer, strings.TrimSuffix(ev.Peer.text(), "/"))
	}
	if c.Within > 0 {
		require.NotEmpty(t, events)
		delay := time.Duration(events[0].Time-begin)*time.Second - c.Onset
		assert.LessOrEqual(t, delay, c.Within, "seed %d: the start is late", seed)
		assert.GreaterOrEqual(t, delay, time.Duration(0), "seed %d: the start is before the onset", seed)
		assert.InDelta(t, c.Onset.Seconds(), float64(events[0].Onset-begin), max(150, c.Within.Seconds()), "seed %d: the onset", seed)
	}
}

func timeline(events []Event, begin int64) string {
	var b strings.Builder
	for _, ev := range events {
		if ev.Phase != Update {
			fmt.Fprintf(&b, "%s at %s (value %.4g, baseline %.4g) ", ev.Phase, time.Duration(ev.Time-begin)*time.Second, ev.Value, ev.Baseline)
		}
	}
	return b.String()
}

// medianDelay of an entry's true case.
func medianDelay(t testing.TB, f *scenarioFile) time.Duration {
	var all []time.Duration
	c := f.Cases["true case"]
	for seed := range uint64(scenarioSeeds) {
		events, begin := newPlayer(t, f, seed).play(f, &c, seed)
		require.NotEmpty(t, events, f.Code)
		all = append(all, time.Duration(events[0].Time-begin)*time.Second-c.Onset)
	}
	sort.Slice(all, func(i, j int) bool { return all[i] < all[j] })
	return all[len(all)/2]
}
