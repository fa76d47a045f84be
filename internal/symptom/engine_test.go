package symptom

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var morning = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// feedIn observes a point at second s after morning.
func feedIn(e *Engine, metric string, l labelMap, s int, v float64) {
	at := morning.Add(time.Duration(s) * time.Second)
	e.Clock(at)
	key := l.key(metric)
	ref := e.Series(key)
	if ref == nil {
		if ref = e.Register(key, metric, l); ref == nil {
			return
		}
	}
	e.Observe(ref, Point{Time: at.Unix(), Value: v})
}

func flush(e *Engine, s int) []Event { return e.Flush(morning.Add(time.Duration(s) * time.Second)) }

// custom is a catalogue of one entry, or the embedded one with it.
func custom(t *testing.T, entry map[string]any, overrides ...Override) *Catalogue {
	base := map[string]any{"title": "Test", "entity": "workload", "severity": "info", "unit": "1",
		"inputs":   map[string]any{"value": []any{map[string]any{"metric": "m"}}},
		"detector": map[string]any{"kind": "threshold", "start": 10, "clear": 5}}
	for k, v := range entry {
		base[k] = v
	}
	c, err := (&Catalogue{}).With(map[string]map[string]any{"test.it": base}, overrides)
	require.NoError(t, err)
	return c
}

func TestAWorkloadHasAtMostSoManyOpenSymptoms(t *testing.T) {
	e, err := New(Default(), Options{MaxActive: 3})
	require.NoError(t, err)
	starts := 0
	for s := range 3 {
		for i := range 10 {
			l := labelMap{"k8s.namespace.name": "shop", "k8s.pod.name": fmt.Sprintf("web-7d9f8b6c5-aaaa%d", i), "k8s.container.name": "app"}
			feedIn(e, "k8s.container.restarts", l, s*15, float64(2*s))
		}
		starts += len(flush(e, s*15))
	}
	assert.Equal(t, 3, starts)
	assert.EqualValues(t, 7, e.Counts().Suppressed, "each is counted once")
}

func TestOneStartInARefractoryTime(t *testing.T) {
	e, err := New(custom(t, nil), Options{Refractory: 5 * time.Minute})
	require.NoError(t, err)
	var all []Event
	for s := 0; s < 1200; s += 15 { // 30 s up, 30 s down
		feedIn(e, "m", labelMap{"service.name": "a"}, s, float64(20*(s/30%2)))
		all = append(all, flush(e, s)...)
	}
	var last int64
	starts := 0
	for _, ev := range all {
		if ev.Phase == Start {
			assert.GreaterOrEqual(t, ev.Time-last, int64(300))
			last = ev.Time
			starts++
		}
	}
	assert.Equal(t, 4, starts)
}

func TestSeriesAreBounded(t *testing.T) {
	e, err := New(custom(t, nil), Options{MaxSeries: 100})
	require.NoError(t, err)
	for i := range 500 {
		feedIn(e, "m", labelMap{"service.name": fmt.Sprint(i)}, 1, 1)
	}
	series, _ := e.States()
	assert.Equal(t, 100, series)
	assert.EqualValues(t, 400, e.Counts().SeriesLimit)
	// What is silent makes room.
	for s := 600; s < 6000; s += 600 {
		flush(e, s)
	}
	series, states := e.States()
	assert.Zero(t, series)
	assert.Zero(t, states["unknown"]+states["fine"])
	feedIn(e, "m", labelMap{"service.name": "new"}, 6000, 20)
	assert.Len(t, flush(e, 6000), 1)
}

func TestPointsThatCannotBeUsedAreCounted(t *testing.T) {
	e, err := New(custom(t, nil), Options{})
	require.NoError(t, err)
	l := labelMap{"service.name": "a"}
	feedIn(e, "m", l, 100, 1)
	e.Observe(e.Series(l.key("m")), Point{Time: morning.Unix() + 100, Value: 20})
	e.Observe(e.Series(l.key("m")), Point{Time: morning.Unix() + 50, Value: 20})
	e.Observe(e.Series(l.key("m")), Point{Time: morning.Unix() + 5000, Value: 20})
	e.Observe(e.Series(l.key("m")), Point{Time: morning.Unix() - 5000, Value: 20})
	e.Observe(e.Series(l.key("m")), Point{Time: morning.Unix() + 101, Value: math.NaN()})
	e.Observe(e.Series(l.key("m")), Point{Time: morning.Unix() + 101, Value: math.Inf(1)})
	feedIn(e, "m", labelMap{"nobody": "x"}, 101, 20)
	assert.Equal(t, Counts{OutOfOrder: 2, OutOfTime: 2, NotNumber: 2, NoEntity: 1}, e.Counts())
	assert.Empty(t, flush(e, 101))
}

func TestAbsence(t *testing.T) {
	e, err := New(custom(t, map[string]any{"detector": map[string]any{"kind": "absence", "for": "2m"}}), Options{})
	require.NoError(t, err)
	var all []Event
	for s := 0; s < 1200; s += 15 {
		if s < 300 || s >= 900 {
			feedIn(e, "m", labelMap{"service.name": "a"}, s, 1)
		}
		all = append(all, flush(e, s)...)
	}
	require.Equal(t, "start end", phases(all))
	assert.Equal(t, int64(285), all[0].Onset-morning.Unix(), "since the last point")
	assert.Equal(t, int64(405), all[0].Time-morning.Unix())
}

func TestOverridesAreForThoseThatMatch(t *testing.T) {
	off := true
	e, err := New(custom(t, map[string]any{"overrides": []any{
		map[string]any{"match": map[string]any{"name": "lax-*"}, "detector": map[string]any{"start": 100}}}},
		Override{Match: Selector{Labels: map[string]string{"team": "x"}}, Codes: []string{"test.it"}, Severity: "critical"},
		Override{Match: Selector{Namespace: "dev"}, Disabled: &off}), Options{})
	require.NoError(t, err)
	for _, l := range []labelMap{
		{"service.name": "a"}, {"service.name": "lax-b"}, {"service.name": "c", "team": "x"}, {"service.name": "d", "service.namespace": "dev"},
	} {
		feedIn(e, "m", l, 1, 20)
	}
	events := flush(e, 1)
	require.Len(t, events, 2)
	assert.Equal(t, "a info", events[0].Entity.Name+" "+events[0].Severity)
	assert.Equal(t, "c critical", events[1].Entity.Name+" "+events[1].Severity)
}

func TestOneFamilyFeedsAtATime(t *testing.T) {
	e, err := New(custom(t, map[string]any{
		"inputs": map[string]any{"value": []any{
			map[string]any{"metric": "m", "from": "first", "as": "counter"}, map[string]any{"metric": "n", "from": "second", "as": "counter"}}},
		"detector": map[string]any{"kind": "rate", "start": 15, "window": "1m"}}), Options{})
	require.NoError(t, err)
	l := labelMap{"service.name": "a"}
	for s := 0; s < 300; s += 10 { // ten a minute, seen by two
		feedIn(e, "n", l, s, float64(s)/6)
		feedIn(e, "m", l, s, float64(s)/6)
		assert.Empty(t, flush(e, s), "they would be twenty")
	}
	for s := 300; s < 900; s += 10 { // the first falls silent, the second takes over
		feedIn(e, "n", l, s, 50+float64(s-300))
		if s > 700 {
			if len(flush(e, s)) > 0 {
				return
			}
		} else {
			flush(e, s)
		}
	}
	t.Fatal("the second family was never used")
}

func TestBetaBinomialTail(t *testing.T) {
	assert.InDelta(t, 0.09501, betaBinomialTail(5, 20, 1.25e7, 8.75e7), 1e-5, "a sure mean is the binomial")
	assert.InDelta(t, 1, betaBinomialTail(0, 10, 1, 9), 1e-12)
	assert.InDelta(t, 1.0/11, betaBinomialTail(10, 10, 1, 1), 1e-9, "a flat prior makes all counts alike")
	assert.InDelta(t, 6.0/11, betaBinomialTail(5, 10, 1, 1), 1e-6)
}

func TestQuantilesOfTheScale(t *testing.T) {
	var s span[float32]
	for i := 1; i <= 10000; i++ {
		*s.at(clampIndex(int(logIndex(float64(i) / 1000)))) += 1 // 1 ms to 10 s, evenly
	}
	for _, q := range []float64{0.5, 0.9, 0.95, 0.99} {
		assert.InEpsilon(t, 10*q, s.quantile(q, s.total()), 0.025)
	}
	// A span is bounded: what lies too low collapses, the high end stays right.
	*s.at(0) += 1
	*s.at(logBuckets - 1) += 1
	assert.LessOrEqual(t, len(s.c), logSpan)
	assert.InEpsilon(t, 9.5, s.quantile(0.95, s.total()), 0.03)
	assert.InDelta(t, 10002, s.total(), 1)
}

func TestStateRoundTrip(t *testing.T) {
	e, err := New(Default(), Options{})
	require.NoError(t, err)
	events := 0
	for s := 0; s < 4000; s += 15 {
		feedIn(e, "k8s.container.restarts", labelMap{"k8s.pod.name": "p-1", "k8s.container.name": "c"}, s, float64(s/500))
		feedIn(e, "http.server.request.duration", labelMap{"service.name": "a"}, s, float64(100*s))
		events += len(flush(e, s))
	}
	require.Positive(t, events)
	state := e.AppendState(nil)
	again, err := New(Default(), Options{})
	require.NoError(t, err)
	require.NoError(t, again.Restore(state))
	assert.Equal(t, e.monitors.n, again.monitors.n)
	assert.Len(t, again.active, len(e.active))
	assert.Len(t, again.AppendState(nil), len(state))
	_, before := e.States()
	again.Clock(morning.Add(3985 * time.Second))
	_, after := again.States()
	assert.Equal(t, before, after)
	// Another engine whose windows differ keeps what still fits.
	c, err := Default().With(map[string]map[string]any{"ctr.restarts": {"detector": map[string]any{"window": "20m"}}}, nil)
	require.NoError(t, err)
	other, err := New(c, Options{})
	require.NoError(t, err)
	require.NoError(t, other.Restore(state))
	assert.Equal(t, e.monitors.n-1, other.monitors.n)
}

func FuzzRestore(f *testing.F) {
	e, err := New(Default(), Options{})
	require.NoError(f, err)
	for s := 0; s < 100; s += 15 {
		feedIn(e, "k8s.container.restarts", labelMap{"k8s.pod.name": "p-1", "k8s.container.name": "c"}, s, float64(s))
		flush(e, s)
	}
	body := e.AppendState(nil)[len(stateHeader)+4:]
	f.Add(body)
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, body []byte) {
		// The checksum is right, so that what is behind it is reached.
		again, err := New(Default(), Options{MaxSeries: 1000})
		require.NoError(t, err)
		if again.Restore(seal(body)) != nil {
			series, states := again.States()
			assert.Zero(t, series+states["active"])
		}
		feedIn(again, "k8s.container.restarts", labelMap{"k8s.pod.name": "p-1", "k8s.container.name": "c"}, 200, 5)
		flush(again, 200)
		flush(again, 5000)
	})
}
