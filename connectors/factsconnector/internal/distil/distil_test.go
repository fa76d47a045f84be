package distil

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/weir-telemetry/weir/internal/exchange"
	"github.com/weir-telemetry/weir/internal/fact"
)

// bench is a Distiller with a clock that a test moves.
type bench struct {
	*Distiller
	t   *testing.T
	now time.Time
}

var epoch = time.Unix(1_700_000_000, 0).UTC()

func newBench(t *testing.T, change func(*Options)) *bench {
	opt := Options{
		Limits:   Limits{Edges: 100, Flows: 100, Entities: 100, Symptoms: 100, Series: 100},
		Snapshot: time.Hour, Since: epoch, Identity: fact.NewIdentity([]byte("0123456789abcdef")),
	}
	if change != nil {
		change(&opt)
	}
	return &bench{New(opt, epoch), t, epoch}
}

// close ends a window of a minute.
func (b *bench) close() *fact.Report {
	b.now = b.now.Add(time.Minute)
	return b.Close(b.now, time.Minute, false)
}

// told ends a window that must have a report.
func (b *bench) told() *fact.Report {
	b.t.Helper()
	r := b.close()
	require.NotNil(b.t, r)
	return r
}

func (b *bench) ignored(k Kind, r Reason) int64 { return b.counts.Ignored[k][r] }

type attrs map[string]any

func (a attrs) with(more attrs) attrs {
	out := attrs{}
	for _, m := range []attrs{a, more} {
		for k, v := range m {
			out[k] = v
		}
	}
	return out
}

// between names both ends, as Deployments of one namespace.
func between(source, destination string) attrs {
	return attrs{
		exchange.AttrSourceKind: "Deployment", exchange.AttrSourceNamespace: "shop", exchange.AttrSourceName: source,
		exchange.AttrDestinationKind: "Deployment", exchange.AttrDestinationNamespace: "shop", exchange.AttrDestinationName: destination,
	}
}

// point is one of an explicit histogram.
type point struct {
	metric      string
	attrs       attrs
	start, at   time.Time
	counts      []uint64
	bounds      []float64
	delta       bool
	exponential bool
	scale       int32
	offset      int32
}

func (p point) metrics(t *testing.T) pmetric.Metrics {
	md := pmetric.NewMetrics()
	m := md.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty().Metrics().AppendEmpty()
	m.SetName(p.metric)
	if p.metric == "" {
		m.SetName("http.server.request.duration")
	}
	m.SetUnit("s")
	temporality := pmetric.AggregationTemporalityCumulative
	if p.delta {
		temporality = pmetric.AggregationTemporalityDelta
	}
	sum := uint64(0)
	for _, n := range p.counts {
		sum += n
	}
	if p.exponential {
		dp := m.SetEmptyExponentialHistogram().DataPoints().AppendEmpty()
		m.ExponentialHistogram().SetAggregationTemporality(temporality)
		require.NoError(t, dp.Attributes().FromRaw(p.attrs))
		dp.SetStartTimestamp(pcommon.NewTimestampFromTime(p.start))
		dp.SetTimestamp(pcommon.NewTimestampFromTime(p.at))
		dp.SetCount(sum)
		dp.SetScale(p.scale)
		dp.Positive().SetOffset(p.offset)
		dp.Positive().BucketCounts().FromRaw(p.counts)
		return md
	}
	dp := m.SetEmptyHistogram().DataPoints().AppendEmpty()
	m.Histogram().SetAggregationTemporality(temporality)
	require.NoError(t, dp.Attributes().FromRaw(p.attrs))
	dp.SetStartTimestamp(pcommon.NewTimestampFromTime(p.start))
	dp.SetTimestamp(pcommon.NewTimestampFromTime(p.at))
	dp.SetCount(sum)
	dp.ExplicitBounds().FromRaw(p.bounds)
	dp.BucketCounts().FromRaw(p.counts)
	return md
}

var bounds = []float64{0.01, 0.1}

// point feeds n requests of 10 to 100 ms in all since the start, as of now.
func (b *bench) point(a attrs, n uint64) {
	b.now = b.now.Add(time.Millisecond)
	b.Metrics(point{attrs: a, start: epoch, at: b.now, counts: []uint64{0, n, 0}, bounds: bounds}.metrics(b.t), b.now)
}

// span feeds one SERVER span.
func (b *bench) span(a attrs) {
	td := ptrace.NewTraces()
	sp := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty()
	sp.SetKind(ptrace.SpanKindServer)
	sp.SetStartTimestamp(pcommon.NewTimestampFromTime(b.now))
	sp.SetEndTimestamp(pcommon.NewTimestampFromTime(b.now.Add(time.Millisecond)))
	require.NoError(b.t, sp.Attributes().FromRaw(a))
	b.Traces(td, b.now)
}

// record feeds one log record.
func (b *bench) record(event string, a attrs, at time.Time) {
	ld := plog.NewLogs()
	rec := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
	rec.SetEventName(event)
	rec.SetTimestamp(pcommon.NewTimestampFromTime(at))
	require.NoError(b.t, rec.Attributes().FromRaw(a))
	b.Logs(ld, b.now)
}

// exchange feeds a classified exchange with one finding.
func (b *bench) found(a attrs, dataType string, at time.Time) {
	b.record(exchange.EventName, a.with(attrs{"weir.findings": []any{
		map[string]any{"type": dataType, "sensitivity": "medium", "path": "body.x", "direction": "request"},
	}}), at)
}

// resource feeds one that nothing is measured of.
func (b *bench) resource(a attrs) {
	md := pmetric.NewMetrics()
	require.NoError(b.t, md.ResourceMetrics().AppendEmpty().Resource().Attributes().FromRaw(a))
	b.Metrics(md, b.now)
}
