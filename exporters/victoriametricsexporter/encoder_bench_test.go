package victoriametricsexporter

import (
	"fmt"
	"testing"
	"time"

	"github.com/golang/snappy"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// benchMetrics looks like what services send: 5 resources, each with 100
// series of gauges and counters and 20 histograms with 15 buckets.
func benchMetrics() pmetric.Metrics {
	md := pmetric.NewMetrics()
	ts := pcommon.NewTimestampFromTime(time.UnixMilli(1_700_000_000_123))
	for r := range 5 {
		rm := md.ResourceMetrics().AppendEmpty()
		a := rm.Resource().Attributes()
		a.PutStr("service.name", "checkout")
		a.PutStr("service.namespace", "shop")
		a.PutStr("service.instance.id", fmt.Sprintf("3f0b1c9a-%04d", r))
		a.PutStr("k8s.namespace.name", "shop")
		a.PutStr("k8s.pod.name", fmt.Sprintf("checkout-%d", r))
		sm := rm.ScopeMetrics().AppendEmpty()
		sm.Scope().SetName("go.opentelemetry.io/contrib/instrumentation/net/http")
		sum := metricNamed(sm.Metrics(), "http.server.requests", "{request}").SetEmptySum()
		sum.SetIsMonotonic(true)
		sum.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
		for i := range 100 {
			p := sum.DataPoints().AppendEmpty()
			p.SetTimestamp(ts)
			p.SetIntValue(int64(i * 1000))
			route(p.Attributes(), i)
		}
		h := metricNamed(sm.Metrics(), "http.server.request.duration", "s").SetEmptyHistogram()
		h.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
		for i := range 20 {
			p := h.DataPoints().AppendEmpty()
			p.SetTimestamp(ts)
			p.ExplicitBounds().FromRaw([]float64{0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10})
			p.BucketCounts().FromRaw([]uint64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15})
			p.SetCount(120)
			p.SetSum(99.5)
			route(p.Attributes(), i)
		}
	}
	return md
}

func route(a pcommon.Map, i int) {
	a.PutStr("http.request.method", "GET")
	a.PutStr("http.route", fmt.Sprintf("/api/v1/orders/{id}/items/%d", i))
	a.PutInt("http.response.status_code", 200)
	a.PutStr("url.scheme", "https")
	a.PutStr("network.protocol.version", "1.1")
}

// BenchmarkEncode is pdata to compressed request, one request of 2200 samples.
func BenchmarkEncode(b *testing.B) {
	md := benchMetrics()
	e := newEncoder(testConfig("http://127.0.0.1:1"))
	var out []byte
	samples, wire := 0, 0
	b.ReportAllocs()
	for b.Loop() {
		samples, wire = 0, 0
		_ = e.run(md, 0, md.DataPointCount(), true, func(r request) error {
			out = snappy.Encode(out[:cap(out)], r.body)
			samples += r.samples
			wire += len(out)
			return nil
		})
	}
	perSecond(b, samples, wire)
}

// BenchmarkEncodeVMRange is the same for exponential histograms.
func BenchmarkEncodeVMRange(b *testing.B) {
	md, ms := scope()
	values := logNormal(5000)
	for i := range 50 {
		fill(exponentialMetric(ms, "http.server.request.duration", "s", testTime), 5, values)
		route(ms.At(i).ExponentialHistogram().DataPoints().At(0).Attributes(), i)
	}
	e := newEncoder(testConfig("http://127.0.0.1:1"))
	samples := 0
	b.ReportAllocs()
	for b.Loop() {
		samples = 0
		_ = e.run(md, 0, md.DataPointCount(), true, func(r request) error { samples += r.samples; return nil })
	}
	perSecond(b, samples, 0)
}

func perSecond(b *testing.B, samples, wire int) {
	b.Helper()
	b.ReportMetric(float64(samples)*float64(b.N)/b.Elapsed().Seconds(), "samples/s")
	if wire > 0 {
		b.ReportMetric(float64(wire)/float64(samples), "wire-B/sample")
	}
}
