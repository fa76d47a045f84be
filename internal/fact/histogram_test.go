package fact

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestBucketOf(t *testing.T) {
	for _, s := range []float64{-1, 0, 9e-6, math.NaN(), math.Inf(-1)} {
		assert.EqualValues(t, 0, BucketOf(s), "%v", s)
	}
	for _, s := range []float64{61, 1e9, math.Inf(1)} {
		assert.EqualValues(t, HistogramBuckets-1, BucketOf(s), "%v", s)
	}
	for i := range uint16(HistogramBuckets) {
		lower, upper := BucketBounds(i)
		assert.Equal(t, i, BucketOf(lower))
		assert.Equal(t, i, BucketOf(math.Sqrt(lower*upper)))
		assert.Equal(t, i, BucketOf(math.Nextafter(upper, 0)))
	}
	_, last := BucketBounds(HistogramBuckets - 1)
	assert.InDelta(t, 60, last, 1)
}

func TestQuantile(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var h Histogram
	_, ok := h.Quantile(0.5)
	assert.False(t, ok)
	var all []float64
	for range 20000 {
		d := time.Duration(math.Exp(rng.NormFloat64()-3) * float64(time.Second))
		h.Add(d)
		all = append(all, d.Seconds())
	}
	slices.Sort(all)
	for _, q := range []float64{0, .01, .1, .5, .9, .95, .99, 1} {
		got, ok := h.Quantile(q)
		require.True(t, ok)
		want := all[max(int(math.Ceil(q*float64(len(all))))-1, 0)]
		assert.InEpsilon(t, want, got, 0.026, "quantile %v", q)
	}
	assert.EqualValues(t, 20000, h.Count())
}

func TestMergeIsAsOne(t *testing.T) {
	var a, b, both Histogram
	for i := range 1000 {
		d := time.Duration(i*i) * time.Microsecond
		both.Add(d)
		if i%3 == 0 {
			a.Add(d)
		} else {
			b.Add(d)
		}
	}
	a.Merge(b)
	assert.Equal(t, both, a)
	a.Merge(Histogram{Buckets: map[uint16]uint64{9999: 1}})
	assert.Positive(t, a.Buckets[HistogramBuckets-1])
}

func TestAddRange(t *testing.T) {
	for _, n := range []uint64{1, 7, 1000, math.MaxUint64 / 2} {
		var h Histogram
		h.AddRange(0.1, 0.25, n)
		assert.Equal(t, n, h.Count())
		for i := range h.Buckets {
			lower, upper := BucketBounds(i)
			assert.True(t, upper > 0.1 && lower < 0.25, "bucket %d", i)
		}
	}
	var h Histogram
	h.AddRange(10, math.Inf(1), 3)
	h.AddRange(2, 1, 2)
	h.AddRange(1, 2, 0)
	assert.Equal(t, map[uint16]uint64{BucketOf(10): 3, BucketOf(2): 2}, h.Buckets)
}

func TestQuantise(t *testing.T) {
	assert.Empty(t, Histogram{}.Quantise())
	rng := rand.New(rand.NewPCG(3, 4))
	for round := range 200 {
		var h Histogram
		for range 1 + rng.IntN(3000) {
			h.AddSeconds(math.Exp(rng.NormFloat64()*float64(round)/50-3), 1+uint64(rng.IntN(3)))
		}
		shares := h.Quantise()
		require.LessOrEqual(t, len(shares), len(wireQuantiles))
		sum := uint32(0)
		for i, s := range shares {
			sum += s.BasisPoints
			require.Positive(t, s.BasisPoints)
			require.True(t, i == 0 || shares[i-1].Bucket < s.Bucket)
		}
		require.EqualValues(t, 10000, sum)
		back := FromShares(shares, 10000)
		for _, q := range wireQuantiles {
			want, _ := h.Quantile(q)
			got, _ := back.Quantile(q)
			require.InDelta(t, want, got, 0, "quantile %v", q)
		}
		require.Equal(t, shares, back.Quantise(), "once more changes nothing")
	}
}

func TestFromSharesAddsUp(t *testing.T) {
	for count := range uint64(200) {
		h := FromShares([]Share{{1, 3333}, {2, 3333}, {9, 3334}}, count)
		assert.Equal(t, count, h.Count())
	}
}
