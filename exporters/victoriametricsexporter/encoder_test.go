package victoriametricsexporter

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

var testTime = time.UnixMilli(1_700_000_000_123)

// bare is metrics whose resource has no attributes, and a configuration that
// adds no labels.
func bare() (pmetric.Metrics, pmetric.MetricSlice, *Config) {
	md := pmetric.NewMetrics()
	cfg := testConfig("http://127.0.0.1:1")
	return md, md.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty().Metrics(), cfg
}

func TestNumbers(t *testing.T) {
	md, ms, cfg := bare()
	gaugePoint(ms, "nan", testTime, math.Float64frombits(0x7ff0000000000002))
	gaugePoint(ms, "inf", testTime, math.Inf(-1))
	p := gaugePoint(ms, "stale", testTime, 5)
	p.SetFlags(pmetric.DefaultDataPointFlags.WithNoRecordedValue(true))
	metricNamed(ms, "ratio", "1").SetEmptyGauge().DataPoints().AppendEmpty().SetTimestamp(pcommon.NewTimestampFromTime(testTime))
	gaugePoint(ms, "no.time", time.Unix(0, 0), 1)
	sum := metricNamed(ms, "delta", "").SetEmptySum()
	sum.SetAggregationTemporality(pmetric.AggregationTemporalityDelta)
	sum.DataPoints().AppendEmpty()
	gaugePoint(ms, "---", testTime, 1)
	gaugePoint(ms, "bad\xff", testTime, 1)
	gaugePoint(ms, "bad.value", testTime, 1).Attributes().PutStr("a", "\xff")
	gaugePoint(ms, "bad.key", testTime, 1).Attributes().PutStr("\xff", "a")
	gaugePoint(ms, "no.key", testTime, 1).Attributes().PutStr("", "a")

	lines, points, samples := encode(t, cfg, md)
	assert.Equal(t, []string{
		"inf{} -Inf@1700000000123",
		"nan{} NaN@1700000000123",
		"stale{} stale@1700000000123",
	}, lines)
	assert.Equal(t, map[string]int64{
		reasonEmpty: 1, reasonNoTimestamp: 1, reasonTemporality: 1, reasonMetricName: 1, reasonInvalidUTF8: 3, reasonLabelName: 1,
	}, points)
	assert.Empty(t, samples)
}

func TestLabels(t *testing.T) {
	md, ms := scope()
	cfg := testConfig("http://127.0.0.1:1")
	cfg.ExternalLabels = map[string]string{"job": "other", "cluster": "blue"}
	cfg.Namespace = "weir"
	md.ResourceMetrics().At(0).ScopeMetrics().At(0).Scope().SetVersion("1.2")
	md.ResourceMetrics().At(0).ScopeMetrics().At(0).Scope().Attributes().PutBool("fast", true)
	a := gaugePoint(ms, "m", testTime, 1).Attributes()
	a.PutStr("a_b", "second") // after a.b, whatever the order of the attributes
	a.PutStr("a.b", "first")
	a.PutStr("a/b", "first")
	a.PutInt("Upper", -3)
	a.PutStr("0digit", "x")
	a.PutStr("empty", "")
	a.PutStr("job", "mine")
	a.PutStr("__name__", "evil")
	a.PutEmptySlice("list").AppendEmpty().SetStr("e")
	lines, points, samples := encode(t, cfg, md)
	assert.Equal(t, []string{
		`weir_m{Upper="-3",a_b="first;second",cluster="blue",exported_job="mine",instance="i-1",job="shop/checkout",k8s_pod_name="checkout-0",` +
			`key_0digit="x",key__name__="evil",list="[\"e\"]",otel_scope_fast="true",otel_scope_name="meter",otel_scope_version="1.2"} 1@1700000000123`,
		`weir_target_info{cluster="blue",instance="i-1",job="shop/checkout",k8s_pod_name="checkout-0",os_type="linux"} 1@1700000000123`,
	}, lines)
	assert.Empty(t, points)
	assert.Empty(t, samples)
}

// TestNothingMergesSilently: series whose names become equal are told apart
// from the same series at another time.
func TestNothingMergesSilently(t *testing.T) {
	md, ms, cfg := bare()
	gaugePoint(ms, "a.b", testTime, 1)
	gaugePoint(ms, "a_b", testTime.Add(time.Second), 2)
	gaugePoint(ms, "m", testTime, 1).Attributes().PutStr("x.y", "v")
	gaugePoint(ms, "m", testTime.Add(time.Second), 2).Attributes().PutStr("x_y", "v")
	gaugePoint(ms, "late", testTime.Add(2*time.Second), 3)
	gaugePoint(ms, "late", testTime, 1)
	gaugePoint(ms, "late", testTime.Add(time.Second), 2)
	gaugePoint(ms, "late", testTime, 9)
	gaugePoint(ms, "twice", testTime, 1)
	gaugePoint(ms, "twice", testTime, 2)
	lines, points, samples := encode(t, cfg, md)
	assert.Equal(t, []string{
		"a_b{} 1@1700000000123",
		"late{} 1@1700000000123", "late{} 2@1700000001123", "late{} 3@1700000002123",
		`m{x_y="v"} 1@1700000000123`,
		"twice{} 1@1700000000123",
	}, lines)
	assert.Empty(t, points)
	assert.Equal(t, map[string]int64{reasonCollision: 2, reasonDuplicate: 2}, samples)
}

func TestTooManyLabels(t *testing.T) {
	md, ms, cfg := bare()
	cfg.MaxLabels = 3
	a := gaugePoint(ms, "m", testTime, 1).Attributes()
	a.PutStr("a", "1")
	a.PutStr("b", "1")
	gaugePoint(ms, "m", testTime, 1).Attributes().PutStr("c", "1")
	gaugePoint(ms, "n", testTime, 1).Attributes().PutStr("c", "1")
	ms.At(1).Gauge().DataPoints().At(0).Attributes().PutStr("d", "1")
	ms.At(1).Gauge().DataPoints().At(0).Attributes().PutStr("e", "1")
	lines, points, _ := encode(t, cfg, md)
	assert.Len(t, lines, 2)
	assert.Equal(t, map[string]int64{reasonTooMany: 1}, points)
}

func TestHistograms(t *testing.T) {
	md, ms, cfg := bare()
	point := func(name string) pmetric.HistogramDataPoint {
		h := metricNamed(ms, name, "").SetEmptyHistogram()
		h.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
		p := h.DataPoints().AppendEmpty()
		p.SetTimestamp(pcommon.NewTimestampFromTime(testTime))
		return p
	}
	p := point("h")
	p.ExplicitBounds().FromRaw([]float64{-0.5, 1e-7, 10})
	p.BucketCounts().FromRaw([]uint64{1, 2, 3, 4})
	p.SetCount(10)
	p.Attributes().PutStr("le", "mine")
	for _, v := range []float64{1e-7, 11} {
		ex := p.Exemplars().AppendEmpty()
		ex.SetDoubleValue(v)
		ex.FilteredAttributes().PutStr("long", strings.Repeat("x", 130))
	}
	ended := point("ended")
	ended.SetFlags(pmetric.DefaultDataPointFlags.WithNoRecordedValue(true))
	ended.ExplicitBounds().FromRaw([]float64{1})
	point("few").BucketCounts().FromRaw([]uint64{1, 2})
	falling := point("falling")
	falling.ExplicitBounds().FromRaw([]float64{2, 1})
	falling.BucketCounts().FromRaw([]uint64{1, 2, 3})
	lines, points, samples := encode(t, cfg, md)
	assert.Equal(t, []string{
		`ended_bucket{le="+Inf"} stale@1700000000123`,
		`ended_bucket{le="1"} stale@1700000000123`,
		`ended_count{} stale@1700000000123`,
		`ended_sum{} stale@1700000000123`,
		`h_bucket{exported_le="mine",le="+Inf"} 10@1700000000123`,
		`h_bucket{exported_le="mine",le="+Inf"} exemplar{} 11@1700000000123`,
		`h_bucket{exported_le="mine",le="-0.5"} 1@1700000000123`,
		`h_bucket{exported_le="mine",le="0.0000001"} 3@1700000000123`,
		`h_bucket{exported_le="mine",le="0.0000001"} exemplar{} 1e-07@1700000000123`,
		`h_bucket{exported_le="mine",le="10"} 6@1700000000123`,
		`h_count{exported_le="mine"} 10@1700000000123`,
	}, lines)
	assert.Equal(t, map[string]int64{reasonMalformed: 2}, points)
	assert.Empty(t, samples)
}

func TestNativeHistograms(t *testing.T) {
	md, ms, cfg := bare()
	cfg.Histograms = histogramsNative
	p := exponentialMetric(ms, "h", "", testTime)
	p.SetScale(3)
	p.SetCount(21)
	p.SetSum(5)
	p.SetZeroCount(2)
	p.Positive().SetOffset(-1)
	p.Positive().BucketCounts().FromRaw([]uint64{0, 3, 0, 1, 0, 0, 0, 5})
	p.Negative().SetOffset(4)
	p.Negative().BucketCounts().FromRaw([]uint64{10})
	fine := exponentialMetric(ms, "fine", "", testTime)
	fine.SetScale(10)
	fine.SetCount(10)
	fine.Positive().SetOffset(-3)
	fine.Positive().BucketCounts().FromRaw([]uint64{1, 2, 3, 4}) // -3 -2 -1 | 0 at scale 8
	exponentialMetric(ms, "coarse", "", testTime).SetScale(-5)
	over := exponentialMetric(ms, "over", "", testTime)
	over.SetCount(1)
	over.Positive().BucketCounts().FromRaw([]uint64{math.MaxUint64, 2})
	ended := exponentialMetric(ms, "ended", "", testTime)
	ended.SetFlags(pmetric.DefaultDataPointFlags.WithNoRecordedValue(true))
	lines, points, _ := encode(t, cfg, md)
	assert.Equal(t, []string{
		`ended{} histogram{count:9218868437227405314 sum:NaN schema:0 zero:0 pos:()[] neg:()[]}@1700000000123`,
		`fine{} histogram{count:10 sum:0 schema:8 zero:0 pos:(0+2)[6 -2] neg:()[]}@1700000000123`,
		`h{} histogram{count:21 sum:5 schema:3 zero:2 pos:(1+3 3+1)[3 -3 1 4] neg:(5+1)[10]}@1700000000123`,
	}, lines)
	assert.Equal(t, map[string]int64{reasonScale: 1, reasonMalformed: 1}, points)
}

func TestVMRange(t *testing.T) {
	md, ms, cfg := bare()
	p := exponentialMetric(ms, "h", "", testTime)
	p.SetScale(20)
	p.SetCount(9)
	p.SetZeroCount(2)
	p.Positive().BucketCounts().FromRaw([]uint64{3})
	p.Negative().BucketCounts().FromRaw([]uint64{4})
	wide := exponentialMetric(ms, "wide", "", testTime)
	wide.SetScale(-10)
	wide.SetCount(4)
	wide.Positive().SetOffset(-1)
	wide.Positive().BucketCounts().FromRaw([]uint64{2, 2}) // 2^-1024 to 1 and 1 to 2^1024
	lines, points, _ := encode(t, cfg, md)
	assert.Empty(t, points)
	assert.Contains(t, lines, `h_bucket{vmrange="0...1.000e-09"} 2@1700000000123`)
	assert.Contains(t, lines, `h_bucket{vmrange="1.000e+00...1.136e+00"} 3@1700000000123`)
	assert.Contains(t, lines, `h_bucket{vmrange="-1.136e+00...-1.000e+00"} 4@1700000000123`)
	assert.Contains(t, lines, `h_count{} 9@1700000000123`)
	cells := 0
	for _, l := range lines {
		if strings.HasPrefix(l, "wide_bucket") {
			cells++
		}
	}
	assert.Equal(t, gridCells+2, cells)
}

// TestVMRangeNeverFalls: while a cumulative histogram grows at the same scale,
// no cell looks like a counter that was reset, and the cells hold all of it.
func TestVMRangeNeverFalls(t *testing.T) {
	for _, scale := range []int32{-2, 0, 1, 3, 5, 20} {
		var before [gridCells + 2]float64
		values := logNormal(200)
		if scale == 20 { // as fine as that only while all values are near each other
			for i := range values {
				values[i] = 1.136 + float64(i%50)*1e-5
			}
		}
		for n := 1; n <= len(values); n++ {
			p := pmetric.NewExponentialHistogramDataPoint()
			fill(p, scale, values[:n])
			var g gridCounts
			g.add(p.Positive(), scale)
			var now [gridCells + 2]float64
			total := 0.0
			g.emit(func(cell int, v float64) { now[cell] = v; total += v })
			require.InEpsilon(t, float64(n), total, 1e-6)
			for cell := range now {
				require.GreaterOrEqual(t, now[cell], before[cell], "scale %d, cell %d", scale, cell)
			}
			before = now
		}
	}
}

// TestRequestsAreCut: each request stays within the limits but for one point,
// and together they hold every sample once.
func TestRequestsAreCut(t *testing.T) {
	cfg := testConfig("http://127.0.0.1:1")
	cfg.MaxRequestBytes = 1 << 16
	md := manyGauges(5000)
	whole, _, _ := encode(t, testConfig("http://127.0.0.1:1"), manyGauges(0))
	assert.Empty(t, whole)
	requests, samples := 0, 0
	require.NoError(t, newEncoder(cfg).run(md, 0, md.DataPointCount(), true, func(r request) error {
		requests++
		assert.Less(t, len(r.body), 1<<16+1000)
		assert.Equal(t, samples, r.firstPoint)
		samples += r.samples
		rest := tail(md, r.firstPoint)
		assert.Equal(t, 5000-r.firstPoint, rest.DataPointCount())
		return nil
	}))
	assert.Equal(t, 5000, samples)
	assert.Greater(t, requests, 3)
}

func TestTailKeepsTheOrder(t *testing.T) {
	md, ms := scope()
	everyKind(ms, testTime)
	fill(exponentialMetric(ms, "x", "", testTime), 3, []float64{1, 2})
	rest := tail(md, 3)
	var names []string
	left := rest.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics()
	for i := range left.Len() {
		names = append(names, left.At(i).Name())
	}
	assert.Equal(t, []string{"db.duration", "gc.pause", "x"}, names)
	assert.Equal(t, 6, md.DataPointCount(), "the original is untouched")
	assert.Equal(t, md, tail(md, 0))
}
