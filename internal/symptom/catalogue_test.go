package symptom

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheTwentyAreInTheCatalogue(t *testing.T) {
	numbers := map[int]string{}
	for _, e := range Default().Entries() {
		numbers[e.Number] = e.Code
	}
	for _, n := range []int{3, 5, 6, 7, 8, 10, 12, 13, 16, 21, 22, 24, 25, 27, 28, 29, 32, 34, 38, 41} {
		assert.NotEmpty(t, numbers[n], "S%02d", n)
	}
}

func TestAChangeKeepsWhatItDoesNotName(t *testing.T) {
	c, err := Default().With(map[string]map[string]any{
		"svc.latency.shift": {"detector": map[string]any{"for": "5s", "clear": 1.1}},
		"ctr.mem.leak":      {"disabled": true},
		"shop.cart.full": {"title": "Cart is full", "entity": "workload", "severity": "info", "unit": "1",
			"inputs":   map[string]any{"value": []any{map[string]any{"metric": "shop.cart.items"}}},
			"detector": map[string]any{"kind": "threshold", "start": 100}},
	}, nil)
	require.NoError(t, err)
	e := c.ByCode("svc.latency.shift")
	assert.Equal(t, 5*time.Second, e.Detector.For)
	assert.Equal(t, 1.5, e.Detector.Start)
	assert.Equal(t, 1.1, *e.Detector.Clear)
	assert.Len(t, e.Inputs["value"], 3)
	assert.Equal(t, 1.2, *Default().ByCode("svc.latency.shift").Detector.Clear, "the embedded one is not touched")
	assert.True(t, c.ByCode("ctr.mem.leak").Disabled)
	assert.Equal(t, "shop.cart.full", c.Entries()[len(c.Entries())-1].Code)

	c, err = Default().With(map[string]map[string]any{"wl.unavailable": {
		"inputs": map[string]any{"part": []any{map[string]any{"metric": "up"}}}}}, nil)
	require.NoError(t, err)
	assert.Len(t, c.ByCode("wl.unavailable").Inputs["part"], 1, "a list is replaced")
	assert.Len(t, c.ByCode("wl.unavailable").Inputs["whole"], 9)
	assert.Len(t, Default().ByCode("wl.unavailable").Inputs["part"], 9)
}

func TestBadEntries(t *testing.T) {
	detector := func(d map[string]any) map[string]any { return map[string]any{"detector": d} }
	for _, c := range []struct {
		name, code string
		raw        map[string]any
		want       string
	}{
		{"unknown key", "svc.latency.shift", map[string]any{"titel": "x"}, "titel"},
		{"code", "Latency", map[string]any{"title": "x"}, "code: lower case words"},
		{"no title", "a.b", map[string]any{}, "title: is missing"},
		{"entity", "svc.latency.shift", map[string]any{"entity": "planet"}, "entity: \"planet\" is not known: accepted are workload"},
		{"severity", "svc.latency.shift", map[string]any{"severity": "bad"}, "severity: \"bad\""},
		{"unit", "svc.latency.shift", map[string]any{"unit": "ms"}, "unit: \"ms\""},
		{"number twice", "svc.latency.shift", map[string]any{"number": 6}, "6 is the number of svc.errors.shift"},
		{"kind", "svc.latency.shift", detector(map[string]any{"kind": "magic"}), "detector::kind: \"magic\" is not known"},
		{"field of another kind", "svc.latency.shift", detector(map[string]any{"objective": 0.9}), "detector::objective: is not read by a latency detector"},
		{"negative", "svc.latency.shift", detector(map[string]any{"floor": -1}), "detector::floor: must not be negative"},
		{"needed", "svc.latency.shift", detector(map[string]any{"window": 0}), "detector::window: must be above 0"},
		{"short", "svc.latency.shift", detector(map[string]any{"window": "10ms"}), "detector::window: at least 1s"},
		{"clear above start", "ctr.mem.near_limit", detector(map[string]any{"clear": 0.95}), "detector::clear: 0.95 is above start 0.9"},
		{"clear below start", "wl.unavailable", detector(map[string]any{"clear": 0.5}), "detector::clear: 0.5 is below start 0.75"},
		{"share", "svc.latency.shift", detector(map[string]any{"p_value": 2}), "detector::p_value: 2 is not a share"},
		{"hits", "edge.connect_fail", detector(map[string]any{"hits": 9}), "detector::hits: 9 of 5"},
		{"objective", "svc.errors.slo_burn_fast", detector(map[string]any{"objective": 1}), "objective: 1 leaves no budget"},
		{"windows", "svc.errors.slo_burn_fast", detector(map[string]any{"short_window": "2h"}), "short_window: 2h0m0s is not shorter"},
		{"duration", "svc.latency.shift", detector(map[string]any{"for": "soon"}), "detector.for"},
		{"no metric", "svc.latency.shift", map[string]any{"inputs": map[string]any{"value": []any{map[string]any{"as": "gauge"}}}}, "inputs::value::0::metric: is missing"},
		{"as", "svc.latency.shift", map[string]any{"inputs": map[string]any{"value": []any{map[string]any{"metric": "x", "as": "y"}}}}, "inputs::value::0::as: \"y\""},
		{"where", "svc.latency.shift", map[string]any{"inputs": map[string]any{"value": []any{map[string]any{"metric": "x", "where": map[string]any{"a": "~("}}}}}, "where::a: not a regular expression"},
		{"role", "svc.latency.shift", map[string]any{"inputs": map[string]any{"other": []any{map[string]any{"metric": "x"}}}}, "inputs: \"other\" is not known"},
		{"override", "svc.latency.shift", map[string]any{"overrides": []any{map[string]any{"match": map[string]any{"name": "x"}}}}, "overrides::0: changes nothing"},
		{"override's field", "svc.latency.shift", map[string]any{"overrides": []any{map[string]any{"detector": map[string]any{"hits": 3}}}}, "overrides::0: detector::hits: is not read"},
		{"override's kind", "svc.latency.shift", map[string]any{"overrides": []any{map[string]any{"detector": map[string]any{"kind": "state"}}}}, "an override can't change it"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Default().With(map[string]map[string]any{c.code: c.raw}, nil)
			require.ErrorContains(t, err, c.want)
			assert.ErrorContains(t, err, "catalogue::"+c.code)
		})
	}
}
