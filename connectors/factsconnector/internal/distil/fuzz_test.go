package distil

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/golden"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/weir-telemetry/weir/internal/fact"
)

var small = Limits{Edges: 2, Flows: 3, Entities: 4, Symptoms: 2, Series: 5}

// Whatever comes in, what comes out is well-formed, and memory is bounded.
func FuzzDistiller(f *testing.F) {
	files, err := filepath.Glob("../../testdata/golden/*_in.yaml")
	require.NoError(f, err)
	require.NotEmpty(f, files)
	for _, file := range files {
		if md, err := golden.ReadMetrics(file); err == nil && md.DataPointCount() > 0 {
			b, err := (&pmetric.ProtoMarshaler{}).MarshalMetrics(md)
			require.NoError(f, err)
			f.Add(byte(0), b)
		}
		if td, err := golden.ReadTraces(file); err == nil && td.SpanCount() > 0 {
			b, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(td)
			require.NoError(f, err)
			f.Add(byte(1), b)
		}
		if ld, err := golden.ReadLogs(file); err == nil && ld.LogRecordCount() > 0 {
			b, err := (&plog.ProtoMarshaler{}).MarshalLogs(ld)
			require.NoError(f, err)
			f.Add(byte(2), b)
		}
	}
	f.Fuzz(func(t *testing.T, signal byte, data []byte) {
		b := newBench(t, func(o *Options) { o.Limits = small })
		feed := func() {
			switch signal % 3 {
			case 0:
				if md, err := (&pmetric.ProtoUnmarshaler{}).UnmarshalMetrics(data); err == nil {
					b.Metrics(md, b.now)
				}
			case 1:
				if td, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(data); err == nil {
					b.Traces(td, b.now)
				}
			default:
				if ld, err := (&plog.ProtoUnmarshaler{}).UnmarshalLogs(data); err == nil {
					b.Logs(ld, b.now)
				}
			}
		}
		for range 3 {
			feed()
			b.bounded()
			b.now = b.now.Add(time.Minute)
			if r := b.Close(b.now, time.Minute, true); r != nil {
				r.Agent, r.Epoch, r.Sequence = 1, 1, 1
				ld := plog.NewLogs()
				fact.AppendLogs(ld, r)
				back, refusals, err := fact.FromLogs(ld.ResourceLogs().At(0))
				require.NoError(t, err)
				require.Empty(t, refusals)
				require.Equal(t, r.Facts(), back.Facts())
			}
		}
	})
}

// bounded fails when a table has outgrown its limit.
func (b *bench) bounded() {
	b.t.Helper()
	l := b.opt.Limits
	require.LessOrEqual(b.t, len(b.edges.metrics)+len(b.edges.spans), l.Edges+2*2*11) // the others of two tables, by side and protocol
	require.LessOrEqual(b.t, len(b.edges.owned), l.Edges)
	require.LessOrEqual(b.t, len(b.flows.known), l.Flows)
	require.LessOrEqual(b.t, len(b.entities.known), l.Entities+2+2*l.Symptoms) // unknown, other, those of symptoms
	require.LessOrEqual(b.t, len(b.entities.deleted), l.Entities)
	require.LessOrEqual(b.t, len(b.symptoms.known), l.Symptoms)
	require.LessOrEqual(b.t, len(b.symptoms.pending), 3*l.Symptoms)
	require.LessOrEqual(b.t, len(b.series.known), l.Series)
	require.LessOrEqual(b.t, len(b.series.gone), l.Series)
}
