package piiredactionprocessor

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// checkTree: whatever the telemetry, no planted value is left in what is kept
// as protobuf or as JSON, no record is lost, and a second pass changes nothing.
func checkTree(t *testing.T, seed uint64) {
	g := &garden{Rand: rand.New(rand.NewPCG(seed, 1))} // #nosec G404 -- a test's dice
	p := redactorOf(t, actions[g.IntN(len(actions))])
	ld, td, md := g.logs(), g.traces(), g.metrics()
	size := ld.ResourceLogs().At(0).Resource().Attributes().Len()

	once := kept(t, p, ld, td, md)
	for _, form := range once {
		clearOf(t, form, secrets, p.cfg.DefaultAction)
	}
	require.Equal(t, []int{3, 1, 4}, []int{ld.LogRecordCount(), td.SpanCount(), md.DataPointCount()})
	require.Equal(t, size, ld.ResourceLogs().At(0).Resource().Attributes().Len())
	for i, form := range kept(t, p, ld, td, md) {
		require.True(t, string(once[i]) == string(form), "a second pass changes something: %s", p.cfg.DefaultAction)
	}
}

// kept redacts and returns what an exporter would keep: protobuf and JSON.
func kept(t *testing.T, p *redactor, ld plog.Logs, td ptrace.Traces, md pmetric.Metrics) [][]byte {
	var out [][]byte
	add := func(b []byte, err error) {
		require.NoError(t, err)
		out = append(out, b)
	}
	_, err := p.logs(t.Context(), ld)
	require.NoError(t, err)
	_, err = p.traces(t.Context(), td)
	require.NoError(t, err)
	_, err = p.metrics(t.Context(), md)
	require.NoError(t, err)
	add((&plog.JSONMarshaler{}).MarshalLogs(ld))
	add((&ptrace.JSONMarshaler{}).MarshalTraces(td))
	add((&pmetric.JSONMarshaler{}).MarshalMetrics(md))
	add((&plog.ProtoMarshaler{}).MarshalLogs(ld))
	add((&ptrace.ProtoMarshaler{}).MarshalTraces(td))
	add((&pmetric.ProtoMarshaler{}).MarshalMetrics(md))
	return out
}

func TestRandomTrees(t *testing.T) {
	for seed := range uint64(300) {
		checkTree(t, seed)
	}
}

// The search itself must find what is there.
func TestSearchFindsWhatIsThere(t *testing.T) {
	found := 0
	for seed := range uint64(20) {
		g := &garden{Rand: rand.New(rand.NewPCG(seed, 1))} // #nosec G404 -- a test's dice
		b, err := (&plog.JSONMarshaler{}).MarshalLogs(g.logs())
		require.NoError(t, err)
		if left(b, secrets) != "" {
			found++
		}
	}
	require.Equal(t, 20, found)
}

func FuzzTree(f *testing.F) {
	f.Add(uint64(1))
	f.Fuzz(checkTree)
}
