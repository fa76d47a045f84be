package exchange

import (
	"flag"
	"math"
	"math/rand/v2"
	"net/netip"
	"path/filepath"
	"testing"
	"time"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/golden"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/pdatatest/plogtest"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/pdatatest/pmetrictest"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/pdatatest/ptracetest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/weir-telemetry/weir/internal/entity"
)

var update = flag.Bool("update", false, "write the goldens")

var start = time.Unix(1_700_000_000, 0).UTC()

func sample() *Exchange {
	return &Exchange{
		Protocol: HTTP, Version: "1.1",
		Client: netip.MustParseAddrPort("10.0.0.9:40000"), Server: netip.MustParseAddrPort("10.0.0.1:8080"),
		Source:      entity.Workload{Kind: "Deployment", Namespace: "shop", Name: "web"},
		Destination: entity.Workload{Kind: "Deployment", Namespace: "shop", Name: "users", Pod: "users-1", Node: "n1"},
		Start:       start, Duration: 12 * time.Millisecond,
		Method: []byte("POST"), Path: []byte("/users/7"), Query: []byte("full=1"), Route: "/users/{id}", Status: 201,
		Request: Message{Headers: []Header{
			{[]byte("Accept"), []byte("a")}, {[]byte("ACCEPT"), []byte("b")},
			{[]byte("traceparent"), []byte("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")},
			{[]byte("tracestate"), []byte("k=v")},
		}, Body: []byte(`{"a":1}`), BodySize: 7},
		Response: Message{Headers: []Header{{[]byte("X-Odd"), []byte("caf\xe9")}}, Body: []byte{0xff, 0}, BodySize: 2},
	}
}

func odd() *Exchange {
	return &Exchange{
		Protocol: HTTP, Version: "1.0", Side: ClientSide, Client: netip.MustParseAddrPort("[::ffff:192.0.2.1]:5"),
		Server: netip.MustParseAddrPort("[2001:db8::1]:80"), Start: start, Duration: -5, Method: []byte("BREW"),
		Path: []byte("/\xff"), Status: 500, Response: Message{Body: []byte("caf\xc3"), BodySize: 9, Truncated: true},
		Request: Message{Headers: []Header{{[]byte("b3"), []byte("a3ce929d0e0e4736-00f067aa0ba902b7-0")}}},
	}
}

func TestGoldens(t *testing.T) {
	scope := Scope{"weir/test", "1"}
	logs, traces, metrics := NewLogs(scope), NewTraces(scope), NewMetrics(scope, start, 0)
	random := rand.NewChaCha8([32]byte{1})
	for _, e := range []*Exchange{sample(), sample(), odd()} {
		tc := e.Context(random)
		logs.Add(e, tc, start.Add(time.Second))
		traces.Add(e, tc)
		metrics.Add(e)
	}
	require.Equal(t, 3, logs.Len())
	ld, td, md := logs.Take(), traces.Take(), metrics.Collect(start.Add(time.Minute))
	require.Zero(t, logs.Len())
	assert.Equal(t, 2, ld.ResourceLogs().Len(), "records of one workload share a resource")
	file := func(s string) string { return filepath.Join("testdata", s+".yaml") }
	if *update {
		require.NoError(t, golden.WriteLogsToFile(file("logs"), ld))
		require.NoError(t, golden.WriteTracesToFile(file("traces"), td))
		require.NoError(t, golden.WriteMetricsToFile(file("metrics"), md, golden.SkipMetricTimestampNormalization()))
	}
	wantL, err := golden.ReadLogs(file("logs"))
	require.NoError(t, err)
	assert.NoError(t, plogtest.CompareLogs(wantL, ld))
	wantT, err := golden.ReadTraces(file("traces"))
	require.NoError(t, err)
	assert.NoError(t, ptracetest.CompareTraces(wantT, td))
	wantM, err := golden.ReadMetrics(file("metrics"))
	require.NoError(t, err)
	assert.NoError(t, pmetrictest.CompareMetrics(wantM, md,
		pmetrictest.IgnoreResourceMetricsOrder(), pmetrictest.IgnoreMetricDataPointsOrder()))
}

func TestNothingOfTheExchangeIsKept(t *testing.T) {
	e := sample()
	logs := NewLogs(Scope{})
	logs.Add(e, TraceContext{}, start)
	for _, b := range [][]byte{e.Path, e.Query, e.Request.Body, e.Response.Body, e.Request.Headers[0].Value, e.Method} {
		for i := range b {
			b[i] = 'x'
		}
	}
	want := NewLogs(Scope{})
	want.Add(sample(), TraceContext{}, start)
	assert.NoError(t, plogtest.CompareLogs(want.Take(), logs.Take()))
}

func TestContext(t *testing.T) {
	random := rand.NewChaCha8([32]byte{1})
	const id, parent = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
	for _, c := range []struct {
		headers [][2]string
		trace   string
		parent  string
	}{
		{[][2]string{{"Traceparent", "00-" + id + "-" + parent + "-01"}}, id, parent},
		{[][2]string{{"traceparent", "01-" + id + "-" + parent + "-01-more"}}, id, parent},
		{[][2]string{{"traceparent", "00-" + id + "-" + parent + "-01-more"}}, "", ""},
		{[][2]string{{"traceparent", "ff-" + id + "-" + parent + "-01"}}, "", ""},
		{[][2]string{{"traceparent", "00-" + id + "-0000000000000000-01"}}, "", ""},
		{[][2]string{{"traceparent", "00-" + id + "-" + parent + "-01"}, {"traceparent", "00-" + id + "-" + parent + "-01"}}, "", ""},
		{[][2]string{{"b3", id + "-" + parent}}, id, parent},
		{[][2]string{{"b3", "0"}}, "", ""},
		{[][2]string{{"X-B3-TraceId", id[:16]}, {"X-B3-SpanId", parent}}, "0000000000000000" + id[:16], parent},
	} {
		e := &Exchange{}
		for _, h := range c.headers {
			e.Request.Headers = append(e.Request.Headers, Header{[]byte(h[0]), []byte(h[1])})
		}
		tc := e.Context(random)
		assert.False(t, tc.SpanID.IsEmpty())
		if c.trace == "" {
			assert.False(t, tc.TraceID.IsEmpty())
			assert.NotEqual(t, id, tc.TraceID.String())
			assert.True(t, tc.Parent.IsEmpty(), "%v", c.headers)
			continue
		}
		assert.Equal(t, c.trace, tc.TraceID.String())
		assert.Equal(t, c.parent, tc.Parent.String())
	}
}

func TestHistogramAgainstValues(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		var h expHistogram
		var values []float64
		for range 1 + random.IntN(400) {
			v := math.Exp(random.NormFloat64() * 6)
			values = append(values, v)
			h.record(v)
		}
		require.LessOrEqual(t, h.used, int32(maxBuckets))
		want := map[int32]uint64{}
		for _, v := range values {
			i := bucketIndex(v, h.scale)
			low := math.Exp2(math.Ldexp(float64(i), int(-h.scale)))
			high := math.Exp2(math.Ldexp(float64(i+1), int(-h.scale)))
			require.True(t, v > low*(1-1e-9) && v <= high*(1+1e-9), "%v in (%v, %v]", v, low, high)
			want[i]++
		}
		for k, n := range h.counts[:h.used] {
			require.InDelta(t, want[h.first+int32(k)], n, 1, "a value on a boundary may go to its neighbour")
		}
		dp := pmetric.NewExponentialHistogramDataPoint()
		h.fill(dp)
		total := dp.ZeroCount()
		for _, n := range dp.Positive().BucketCounts().AsRaw() {
			total += n
		}
		require.Equal(t, dp.Count(), total)
	}
	var h expHistogram
	for _, v := range []float64{0, -1, math.NaN(), math.Inf(1), math.SmallestNonzeroFloat64, math.MaxFloat64, 1} {
		h.record(v)
	}
	assert.EqualValues(t, 4, h.zero)
	assert.EqualValues(t, 7, h.count)
}

func TestSeriesAreBounded(t *testing.T) {
	m := NewMetrics(Scope{}, start, 3)
	for i := range 10 {
		e := sample()
		e.Status = 200 + i
		m.Add(e)
	}
	md := m.Collect(start)
	assert.Equal(t, 4, md.DataPointCount())
	overflow := 0
	for _, rm := range md.ResourceMetrics().All() {
		dps := rm.ScopeMetrics().At(0).Metrics().At(0).ExponentialHistogram().DataPoints()
		for _, dp := range dps.All() {
			if v, ok := dp.Attributes().Get("otel.metric.overflow"); ok && v.Type() == pcommon.ValueTypeBool {
				overflow++
				assert.EqualValues(t, 7, dp.Count())
			}
		}
	}
	assert.Equal(t, 1, overflow)
}

func BenchmarkLogs(b *testing.B) {
	l, e, random := NewLogs(Scope{}), sample(), rand.NewChaCha8([32]byte{})
	b.ReportAllocs()
	for b.Loop() {
		l.Add(e, e.Context(random), start)
		if l.Len() == 512 {
			l.Take()
		}
	}
}

func BenchmarkTraces(b *testing.B) {
	l, e, random := NewTraces(Scope{}), sample(), rand.NewChaCha8([32]byte{})
	b.ReportAllocs()
	for b.Loop() {
		l.Add(e, e.Context(random))
		if l.Len() == 512 {
			l.Take()
		}
	}
}

func BenchmarkMetrics(b *testing.B) {
	m, e := NewMetrics(Scope{}, start, 0), sample()
	b.ReportAllocs()
	for b.Loop() {
		m.Add(e)
	}
}
