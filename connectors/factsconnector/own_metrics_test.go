package factsconnector

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

func TestWhatComesInAndOutIsCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, nil)
		require.NoError(t, r.metrics.ConsumeMetrics(t.Context(), httpDurations(3)))
		require.NoError(t, r.logs.ConsumeLogs(t.Context(), exchanges("EMAIL", "SHOE_SIZE")))
		require.NoError(t, r.traces.ConsumeTraces(t.Context(), spans())) // metrics own the edge
		nameless := ptrace.NewTraces()
		nameless.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty().SetKind(ptrace.SpanKindClient)
		require.NoError(t, r.traces.ConsumeTraces(t.Context(), nameless))
		at := time.Now()
		for range 2 {
			require.NoError(t, r.metrics.ConsumeMetrics(t.Context(), symptomPoints("svc.latency.shift", "start", at, at, 1)))
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		r.stop(t)
		assert.Equal(t, map[string]int64{"edge_point": 1, "exchange": 1, "symptom_point": 1}, r.sums(t, "accepted", "source"))
		assert.Equal(t, map[string]int64{"malformed": 1, "owned": 1, "nameless": 1, "repeated": 1}, r.sums(t, "ignored", "reason"))
		assert.Equal(t, map[string]int64{"exchange": 1, "span": 2, "symptom_point": 1}, r.sums(t, "ignored", "source"))
		told := r.reports(t)[0]
		assert.Equal(t, map[string]int64{"entity": int64(len(told.Entities)), "edge": 1, "symptom": 1, "flow": 1}, r.sums(t, "told", "kind"))
		assert.Equal(t, map[string]int64{"accepted": 1}, r.outcomes(t))
	})
}

// sums adds one of the connector's own metrics up by an attribute.
func (r *rig) sums(t *testing.T, name, by string) map[string]int64 {
	t.Helper()
	m, err := r.tel.GetMetric("otelcol_weir.facts." + name)
	require.NoError(t, err)
	out := map[string]int64{}
	for _, dp := range m.Data.(metricdata.Sum[int64]).DataPoints {
		v, _ := dp.Attributes.Value(attribute.Key(by))
		out[v.AsString()] += dp.Value
	}
	return out
}
