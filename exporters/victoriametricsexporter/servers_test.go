package victoriametricsexporter

import (
	"math"
	"math/rand/v2"
	"net/url"
	"sort"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/weir-telemetry/weir/test/servers"
)

// logNormal returns values between about a millisecond and a minute.
func logNormal(n int) []float64 {
	r := rand.New(rand.NewPCG(1, 2))
	values := make([]float64, n)
	for i := range values {
		values[i] = math.Exp(r.NormFloat64()*1.5 - 2)
	}
	return values
}

func quantile(values []float64, q float64) float64 {
	sorted := append([]float64(nil), values...)
	sort.Float64s(sorted)
	return sorted[int(q*float64(len(sorted)))]
}

// fill records values into an exponential histogram point.
func fill(p pmetric.ExponentialHistogramDataPoint, scale int32, values []float64) {
	p.SetScale(scale)
	p.SetCount(uint64(len(values)))
	factor := math.Ldexp(1, int(scale))
	positive, negative := map[int]uint64{}, map[int]uint64{}
	var sum float64
	for _, v := range values {
		sum += v
		switch {
		case v == 0:
			p.SetZeroCount(p.ZeroCount() + 1)
		case v > 0:
			positive[int(math.Ceil(math.Log2(v)*factor))-1]++
		default:
			negative[int(math.Ceil(math.Log2(-v)*factor))-1]++
		}
	}
	p.SetSum(sum)
	setBuckets(p.Positive(), positive)
	setBuckets(p.Negative(), negative)
}

func setBuckets(b pmetric.ExponentialHistogramDataPointBuckets, counts map[int]uint64) {
	if len(counts) == 0 {
		return
	}
	low, high := math.MaxInt, math.MinInt
	for i := range counts {
		low, high = min(low, i), max(high, i)
	}
	b.SetOffset(int32(low))
	for i := low; i <= high; i++ {
		b.BucketCounts().Append(counts[i])
	}
}

func exponentialMetric(ms pmetric.MetricSlice, name, unit string, at time.Time) pmetric.ExponentialHistogramDataPoint {
	h := metricNamed(ms, name, unit).SetEmptyExponentialHistogram()
	h.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
	p := h.DataPoints().AppendEmpty()
	p.SetTimestamp(pcommon.NewTimestampFromTime(at))
	return p
}

// everyKind fills a metric of each kind but the exponential histogram.
func everyKind(ms pmetric.MetricSlice, at time.Time) {
	ts := pcommon.NewTimestampFromTime(at)
	gaugePoint(ms, "queue.length", at, 42.5).Attributes().PutStr("queue.name", "äöü \"quoted\"\n")

	sum := metricNamed(ms, "http.requests", "{request}").SetEmptySum()
	sum.SetIsMonotonic(true)
	sum.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
	p := sum.DataPoints().AppendEmpty()
	p.SetTimestamp(ts)
	p.SetIntValue(1234)
	p.Attributes().PutInt("http.response.status_code", 200)
	ex := p.Exemplars().AppendEmpty()
	ex.SetDoubleValue(1)
	ex.SetTimestamp(ts)
	ex.SetTraceID(pcommon.TraceID{1, 2, 3})
	ex.SetSpanID(pcommon.SpanID{4, 5, 6})
	ex.FilteredAttributes().PutStr("user.tier", "gold")

	up := metricNamed(ms, "connections", "").SetEmptySum()
	up.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
	u := up.DataPoints().AppendEmpty()
	u.SetTimestamp(ts)
	u.SetIntValue(-7)

	h := metricNamed(ms, "db.duration", "s").SetEmptyHistogram()
	h.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
	hp := h.DataPoints().AppendEmpty()
	hp.SetTimestamp(ts)
	hp.ExplicitBounds().FromRaw([]float64{0.1, 1})
	hp.BucketCounts().FromRaw([]uint64{5, 3, 2})
	hp.SetCount(10)
	hp.SetSum(12.5)

	s := metricNamed(ms, "gc.pause", "ms").SetEmptySummary().DataPoints().AppendEmpty()
	s.SetTimestamp(ts)
	s.SetCount(9)
	s.SetSum(90)
	q := s.QuantileValues().AppendEmpty()
	q.SetQuantile(0.99)
	q.SetValue(31)
}

// queryEveryKind checks what everyKind wrote.
func queryEveryKind(t *testing.T, base string, at time.Time) {
	t.Helper()
	assert.InDelta(t, 42.5, one(t, base, `queue_length{queue_name="äöü \"quoted\"\n",job="shop/checkout",instance="i-1",k8s_pod_name="checkout-0",otel_scope_name="meter"}`, at), 0)
	assert.InDelta(t, 1234, one(t, base, `http_requests_total{http_response_status_code="200"}`, at), 0)
	assert.InDelta(t, -7, one(t, base, `connections`, at), 0)
	assert.InDelta(t, 5, one(t, base, `db_duration_seconds_bucket{le="0.1"}`, at), 0)
	assert.InDelta(t, 8, one(t, base, `db_duration_seconds_bucket{le="1"}`, at), 0)
	assert.InDelta(t, 10, one(t, base, `db_duration_seconds_bucket{le="+Inf"}`, at), 0)
	assert.InDelta(t, 10, one(t, base, `db_duration_seconds_count`, at), 0)
	assert.InDelta(t, 12.5, one(t, base, `db_duration_seconds_sum`, at), 0)
	assert.InDelta(t, 31, one(t, base, `gc_pause_milliseconds{quantile="0.99"}`, at), 0)
	assert.InDelta(t, 9, one(t, base, `gc_pause_milliseconds_count`, at), 0)
	assert.InDelta(t, 90, one(t, base, `gc_pause_milliseconds_sum`, at), 0)
	assert.InDelta(t, 1, one(t, base, `target_info{job="shop/checkout",instance="i-1",os_type="linux"}`, at), 0)
}

func TestVictoriaMetrics(t *testing.T) {
	vm := servers.VictoriaMetrics(t, servers.Options{})
	at := time.Now().Add(-10 * time.Second).Truncate(time.Millisecond)
	values := logNormal(20000)
	md, ms := scope()
	everyKind(ms, at)
	for scale, name := range map[int32]string{0: "scale.zero", 3: "scale.three", 8: "scale.eight", 20: "scale.twenty"} {
		v := values
		if scale == 20 {
			v = []float64{1, 1.00001, 1.00002} // so fine only while values are near each other
		}
		fill(exponentialMetric(ms, name, "s", at), scale, v)
	}
	fill(exponentialMetric(ms, "signed", "", at), 4, []float64{-8, -8, -8, -1, 0, 0, 1, 2, 4, 8})
	require.NoError(t, started(t, testConfig(vm.URL()), settings()).ConsumeMetrics(t.Context(), md))

	queryEveryKind(t, vm.URL(), at)
	for name, ratio := range map[string]float64{"scale_zero": 2, "scale_three": math.Exp2(1. / 8), "scale_eight": math.Exp2(1. / 256)} {
		for _, q := range []string{"0.5", "0.95", "0.99"} {
			truth := quantile(values, map[string]float64{"0.5": 0.5, "0.95": 0.95, "0.99": 0.99}[q])
			got := one(t, vm.URL(), `histogram_quantile(`+q+`, sum(`+name+`_seconds_bucket) by (vmrange))`, at)
			// A value moves at most within its own bucket and its cell.
			bound := ratio * math.Pow(10, 1./gridPerDecade)
			assert.InDelta(t, 0, math.Log(got/truth), math.Log(bound), "%s of %s: %g, truth %g", q, name, got, truth)
		}
		assert.InDelta(t, 20000, one(t, vm.URL(), name+`_seconds_count`, at), 0)
		assert.InEpsilon(t, 20000, one(t, vm.URL(), `sum(`+name+`_seconds_bucket)`, at), 1e-9)
	}
	assert.InDelta(t, 3, one(t, vm.URL(), `sum(scale_twenty_seconds_bucket)`, at), 1e-9)
	assert.InDelta(t, 10, one(t, vm.URL(), `sum(signed_bucket)`, at), 1e-9)
	assert.InDelta(t, 3, one(t, vm.URL(), `sum(signed_bucket{vmrange=~"-8.*|-7.*"})`, at), 1e-9)
	median := one(t, vm.URL(), `histogram_quantile(0.9, sum(signed_bucket) by (vmrange))`, at)
	assert.InDelta(t, 4, median, 0.6)
}

func TestPrometheus(t *testing.T) {
	prom := servers.Prometheus(t, servers.Options{})
	at := time.Now().Add(-10 * time.Second).Truncate(time.Millisecond)
	values := logNormal(20000)
	md, ms := scope()
	everyKind(ms, at)
	fill(exponentialMetric(ms, "rpc", "s", at), 10, values)
	fill(exponentialMetric(ms, "signed", "", at), 2, []float64{-8, -8, -8, -1, 0, 0, 1, 2, 4, 8})
	cfg := testConfig(prom.URL())
	cfg.Histograms = histogramsNative
	require.NoError(t, started(t, cfg, settings()).ConsumeMetrics(t.Context(), md))

	queryEveryKind(t, prom.URL(), at)
	truth := quantile(values, 0.95)
	got := one(t, prom.URL(), `histogram_quantile(0.95, rpc_seconds)`, at)
	assert.InEpsilon(t, truth, got, math.Exp2(1./256)-1+0.002)
	assert.InDelta(t, 20000, one(t, prom.URL(), `histogram_count(rpc_seconds)`, at), 0)
	assert.InEpsilon(t, sumOf(values), one(t, prom.URL(), `histogram_sum(rpc_seconds)`, at), 1e-9)
	assert.InDelta(t, 10, one(t, prom.URL(), `histogram_count(signed)`, at), 0)
	assert.InDelta(t, 0.5, one(t, prom.URL(), `histogram_fraction(0, 100, signed)`, at), 0.11)
	assert.InDelta(t, -8, one(t, prom.URL(), `histogram_quantile(0.15, signed)`, at), 1)

	var answer struct {
		Data []struct {
			Exemplars []struct{ Labels map[string]string }
		}
	}
	getJSON(t, prom.URL()+"/api/v1/query_exemplars?"+url.Values{
		"query": {"http_requests_total"}, "start": {at.Add(-time.Minute).Format(time.RFC3339)}, "end": {at.Add(time.Minute).Format(time.RFC3339)},
	}.Encode(), &answer)
	require.Len(t, answer.Data, 1)
	require.Len(t, answer.Data[0].Exemplars, 1)
	assert.Equal(t, map[string]string{
		"trace_id": "01020300000000000000000000000000", "span_id": "0405060000000000", "user_tier": "gold",
	}, answer.Data[0].Exemplars[0].Labels)
}

func sumOf(values []float64) (sum float64) {
	for _, v := range values {
		sum += v
	}
	return sum
}

func TestExplicitBucketsOnPrometheus(t *testing.T) {
	prom := servers.Prometheus(t, servers.Options{})
	at := time.Now().Add(-10 * time.Second).Truncate(time.Millisecond)
	values := logNormal(20000)
	md, ms := scope()
	fill(exponentialMetric(ms, "rpc", "s", at), 5, values)
	cfg := testConfig(prom.URL())
	cfg.Histograms = histogramsExplicit
	require.NoError(t, started(t, cfg, settings()).ConsumeMetrics(t.Context(), md))
	got := one(t, prom.URL(), `rpc_seconds_bucket{le="0.25"}`, at)
	below := 0
	for _, v := range values {
		if v <= 0.25 {
			below++
		}
	}
	assert.InEpsilon(t, float64(below), got, 0.02)
	assert.InDelta(t, 20000, one(t, prom.URL(), `rpc_seconds_bucket{le="+Inf"}`, at), 0)
}

// TestStalenessEndsASeries: NoRecordedValue makes a series disappear at once.
func TestStalenessEndsASeries(t *testing.T) {
	prom := servers.Prometheus(t, servers.Options{})
	at := time.Now().Add(-20 * time.Second).Truncate(time.Millisecond)
	exp := started(t, testConfig(prom.URL()), settings())
	md, ms := scope()
	gaugePoint(ms, "temperature", at, 20)
	require.NoError(t, exp.ConsumeMetrics(t.Context(), md))
	md, ms = scope()
	p := gaugePoint(ms, "temperature", at.Add(10*time.Second), 0)
	p.SetFlags(pmetric.DefaultDataPointFlags.WithNoRecordedValue(true))
	require.NoError(t, exp.ConsumeMetrics(t.Context(), md))
	assert.InDelta(t, 20, one(t, prom.URL(), "temperature", at.Add(5*time.Second)), 0)
	assert.Empty(t, query(t, prom.URL(), "temperature", at.Add(11*time.Second)))
}

// TestOneSampleTooOld: Prometheus refuses a request as a whole when one sample
// is older than what it has, target_info included; the rest must arrive.
func TestOneSampleTooOld(t *testing.T) {
	prom := servers.Prometheus(t, servers.Options{})
	at := time.Now().Add(-10 * time.Second).Truncate(time.Millisecond)
	set, tel := observed(t)
	exp := started(t, testConfig(prom.URL()), set)
	md, ms := scope()
	gaugePoint(ms, "old", at, 20)
	require.NoError(t, exp.ConsumeMetrics(t.Context(), md))
	md, ms = scope()
	for i := range 50 {
		gaugePoint(ms, "new", at.Add(-2*time.Second), 1).Attributes().PutInt("n", int64(i))
	}
	gaugePoint(ms, "old", at.Add(-5*time.Second), 21)
	for i := range 50 {
		gaugePoint(ms, "new", at.Add(-2*time.Second), 1).Attributes().PutInt("n", int64(50+i))
	}
	require.NoError(t, exp.ConsumeMetrics(t.Context(), md))
	assert.InDelta(t, 100, one(t, prom.URL(), "count(new)", at), 0)
	assert.InDelta(t, 20, one(t, prom.URL(), "old", at), 0)
	assert.Equal(t, map[string]int64{"http_400": 2}, counts(t, tel, "samples_dropped"), "the old one and target_info")
}
