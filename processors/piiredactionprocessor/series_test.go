package piiredactionprocessor

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/processor/processortest"

	"github.com/weir-telemetry/weir/processors/piiredactionprocessor/internal/metadata"
)

// identities returns what tells the series of md apart, in order.
func identities(md pmetric.Metrics) (ids []string) {
	for _, rm := range md.ResourceMetrics().All() {
		for _, sm := range rm.ScopeMetrics().All() {
			for _, m := range sm.Metrics().All() {
				for _, p := range m.Sum().DataPoints().All() {
					ids = append(ids, fmt.Sprint(rm.Resource().Attributes().AsRaw(), rm.SchemaUrl(), sm.Scope().Name(), sm.Scope().Version(),
						sm.Scope().Attributes().AsRaw(), m.Name(), m.Unit(), p.Attributes().AsRaw()))
				}
			}
		}
	}
	return ids
}

// people makes one series for each value, the value planted by plant.
func people(plant func(pmetric.ResourceMetrics, pmetric.NumberDataPoint, string)) pmetric.Metrics {
	md := pmetric.NewMetrics()
	for _, v := range []string{"ada@mail.example", "bob@mail.example", "cyd@mail.example"} {
		rm := md.ResourceMetrics().AppendEmpty()
		p := rm.ScopeMetrics().AppendEmpty().Metrics().AppendEmpty().SetEmptySum().DataPoints().AppendEmpty()
		p.Attributes().PutStr("a", "b")
		plant(rm, p, v)
	}
	return md
}

var identityPlaces = map[string]func(pmetric.ResourceMetrics, pmetric.NumberDataPoint, string){
	"resource": func(rm pmetric.ResourceMetrics, _ pmetric.NumberDataPoint, v string) {
		rm.Resource().Attributes().PutStr("u", v)
	},
	"resource map": func(rm pmetric.ResourceMetrics, _ pmetric.NumberDataPoint, v string) {
		rm.Resource().Attributes().PutEmptyMap("m").PutStr(v, "x")
	},
	"scope name": func(rm pmetric.ResourceMetrics, _ pmetric.NumberDataPoint, v string) {
		rm.ScopeMetrics().At(0).Scope().SetName(v)
	},
	"scope attribute": func(rm pmetric.ResourceMetrics, _ pmetric.NumberDataPoint, v string) {
		rm.ScopeMetrics().At(0).Scope().Attributes().PutStr("u", v)
	},
	"name": func(rm pmetric.ResourceMetrics, _ pmetric.NumberDataPoint, v string) {
		rm.ScopeMetrics().At(0).Metrics().At(0).SetName(v)
	},
	"unit": func(rm pmetric.ResourceMetrics, _ pmetric.NumberDataPoint, v string) {
		rm.ScopeMetrics().At(0).Metrics().At(0).SetUnit(v)
	},
	"point": func(_ pmetric.ResourceMetrics, p pmetric.NumberDataPoint, v string) { p.Attributes().PutStr("u", v) },
	"key":   func(_ pmetric.ResourceMetrics, p pmetric.NumberDataPoint, v string) { p.Attributes().PutStr(v, "x") },
	"bytes": func(_ pmetric.ResourceMetrics, p pmetric.NumberDataPoint, v string) {
		p.Attributes().PutEmptyBytes("u").FromRaw([]byte(v))
	},
	"slice": func(_ pmetric.ResourceMetrics, p pmetric.NumberDataPoint, v string) {
		p.Attributes().PutEmptySlice("u").AppendEmpty().SetStr(v)
	},
}

func TestNoTwoSeriesBecomeOne(t *testing.T) {
	for name, plant := range identityPlaces {
		for _, action := range actions {
			md := people(plant)
			_, _ = redactorOf(t, action).metrics(t.Context(), md)
			seen := map[string]bool{}
			for _, id := range identities(md) {
				require.NotContains(t, id, "mail.example", "%s %s", name, action)
				seen[id] = true
			}
			require.Len(t, seen, 3, "%s %s", name, action)
		}
	}
}

// The same series gets the same identity in every batch, from every pipeline
// of the process without a key_file and from every process with one.
func TestSeriesAreStable(t *testing.T) {
	of := func(keyFile string, plant func(pmetric.ResourceMetrics, pmetric.NumberDataPoint, string)) []string {
		p, err := newProcessor(processortest.NewNopSettings(metadata.Type), &Config{KeyFile: keyFile})
		require.NoError(t, err)
		require.NoError(t, p.start(t.Context(), componenttest.NewNopHost()))
		t.Cleanup(func() { _ = p.shutdown(context.Background()) })
		md := people(plant)
		_, _ = p.metrics(t.Context(), md)
		return identities(md)
	}
	for name, plant := range identityPlaces {
		require.Equal(t, of("", plant), of("", plant), name)
		require.Equal(t, of(keyFile(t), plant), of(keyFile(t), plant), name)
		require.NotEqual(t, of(keyFile(t), plant), of("", plant), "%s: an unkeyed series could be guessed back", name)
	}
}

// Text beside the identity makes no new series: description, metadata, exemplars.
func TestWhatIsNoIdentityLeavesSeriesAlone(t *testing.T) {
	md := people(func(rm pmetric.ResourceMetrics, p pmetric.NumberDataPoint, v string) {
		m := rm.ScopeMetrics().At(0).Metrics().At(0)
		m.SetDescription(v)
		m.Metadata().PutStr("u", v)
		p.Exemplars().AppendEmpty().FilteredAttributes().PutStr("u", v)
	})
	_, _ = redactorOf(t, "mask").metrics(t.Context(), md)
	for _, rm := range md.ResourceMetrics().All() {
		m := rm.ScopeMetrics().At(0).Metrics().At(0)
		require.Equal(t, map[string]any{"a": "b"}, m.Sum().DataPoints().At(0).Attributes().AsRaw())
		require.Equal(t, "****", m.Description())
		require.Equal(t, map[string]any{"u": "****"}, m.Metadata().AsRaw())
	}
}

// Metadata is no identity: what it holds does not split a series whose name
// was redacted.
func TestMetadataDoesNotSplitASeries(t *testing.T) {
	one := func(note string) pcommon.Map {
		md := people(identityPlaces["name"])
		m := md.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().At(0)
		m.Metadata().PutStr("note", note)
		_, _ = redactorOf(t, "mask").metrics(t.Context(), md)
		return m.Sum().DataPoints().At(0).Attributes()
	}
	require.Equal(t, one("x").AsRaw(), one("y").AsRaw())
}
