package piiredactionprocessor

import (
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/plog"
)

// One processor serves many goroutines, and each gets what it would get alone.
func TestConcurrentUse(t *testing.T) {
	p := redactorOf(t, "hash")
	m := plog.ProtoMarshaler{}
	alone := func(seed uint64) string {
		g := &garden{Rand: rand.New(rand.NewPCG(seed, 1))} // #nosec G404 -- a test's dice
		ld, td, md := g.logs(), g.traces(), g.metrics()
		_, _ = p.logs(t.Context(), ld)
		_, _ = p.traces(t.Context(), td)
		_, _ = p.metrics(t.Context(), md)
		b, _ := m.MarshalLogs(ld)
		return string(b)
	}
	var want [20]string
	for seed := range want {
		want[seed] = alone(uint64(seed)) // #nosec G115 -- an index
	}
	var wg sync.WaitGroup
	var got [8][len(want)]string
	for n := range got {
		wg.Go(func() {
			for seed := range want {
				got[n][seed] = alone(uint64(seed)) // #nosec G115 -- an index
			}
		})
	}
	wg.Wait()
	for n := range got {
		require.True(t, want == got[n], "goroutine %d", n)
	}
}
