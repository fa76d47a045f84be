package walk

import (
	"fmt"
	"strconv"
	"testing"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// The time per entry does not grow with the map.
func BenchmarkRename(b *testing.B) {
	for _, n := range []int{10, 1_000, 100_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			keys := make([]string, n)
			in := make(map[string]any, n)
			for i := range n {
				keys[i], in[strconv.Itoa(i)] = "k", int64(i)
			}
			m := pcommon.NewMap()
			if err := m.FromRaw(in); err != nil {
				b.Fatal(fmt.Errorf("fill the map: %w", err))
			}
			for b.Loop() {
				rename(m, keys)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/entry")
		})
	}
}
