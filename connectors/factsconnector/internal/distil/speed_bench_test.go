package distil

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weir-telemetry/weir/internal/entity"
	"github.com/weir-telemetry/weir/internal/exchange"
	"github.com/weir-telemetry/weir/internal/fact"
)

// BenchmarkMetrics takes in the points of 2,000 series, as the capture
// receivers send them each 15 s by default.
func BenchmarkMetrics(b *testing.B) {
	m := exchange.NewMetrics(exchange.Scope{}, epoch, 2000)
	for i := range 2000 {
		for k := range 20 {
			m.Add(&exchange.Exchange{
				Protocol: exchange.HTTP, Method: []byte("GET"), Route: fmt.Sprint("/", i%20), Status: 200, Duration: time.Duration(k*k) * time.Millisecond,
				Source:      entity.Workload{Kind: "Deployment", Namespace: "shop", Name: fmt.Sprint("client", i/20)},
				Destination: entity.Workload{Kind: "Deployment", Namespace: "shop", Name: "server", Pod: "server-0", Node: "n1"},
			})
		}
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	d := New(Options{
		Limits: Limits{Edges: 4096, Flows: 4096, Entities: 4096, Symptoms: 1024, Series: 10_000}, Snapshot: time.Hour, Since: epoch,
		Identity: fact.NewIdentity([]byte("0123456789abcdef")),
	}, epoch)
	points := 0
	for i := 0; b.Loop(); i++ {
		b.StopTimer()
		md := m.Collect(at(i + 1))
		b.StartTimer()
		d.Metrics(md, at(i+1))
		points += md.DataPointCount()
	}
	b.ReportMetric(float64(points)/b.Elapsed().Seconds(), "points/s")
	d.Close(at(60), time.Minute, false)
	require.Len(b, d.series.known, 2000)
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric((float64(after.HeapAlloc)-float64(before.HeapAlloc))/2000, "B/series")
	runtime.KeepAlive(d)
	runtime.KeepAlive(m)
}
