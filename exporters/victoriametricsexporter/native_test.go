package victoriametricsexporter

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// TestSpansAndDeltasKeepEveryCount decodes what was written and compares it
// with each bucket moved on its own.
func TestSpansAndDeltasKeepEveryCount(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	e := newEncoder(testConfig("http://127.0.0.1:1"))
	for range 2000 {
		side := pmetric.NewExponentialHistogramDataPoint().Positive()
		offset, shift := int32(r.IntN(200)-100), int32(r.IntN(5))
		side.SetOffset(offset)
		want := map[int64]int64{}
		for i := range r.IntN(100) {
			n := max(0, r.IntN(20)-12) // more empty buckets than full ones
			side.BucketCounts().Append(uint64(n))
			if n > 0 {
				want[((int64(offset)+int64(i))>>shift)+1] += int64(n)
			}
		}
		e.spansAndDeltas(side, shift)
		got, index, at, count := map[int64]int64{}, int64(0), 0, int64(0)
		for _, s := range e.spans {
			index += s.offset
			for range s.length {
				count += e.deltas[at]
				at++
				if count != 0 {
					got[index] = count
				}
				index++
			}
		}
		require.Len(t, e.deltas, at)
		require.Equal(t, want, got)
	}
}
