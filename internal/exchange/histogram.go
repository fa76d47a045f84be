package exchange

import (
	"math"

	"go.opentelemetry.io/collector/pdata/pmetric"
)

const (
	maxBuckets = 160
	maxScale   = 20
	minScale   = -10
)

// expHistogram is a base-2 exponential histogram of constant size: when values
// spread over more than maxBuckets, neighbours are merged and the scale falls.
// Only values of zero and more occur.
type expHistogram struct {
	count, zero   uint64
	sum, min, max float64
	scale         int32
	first         int32 // index of counts[0]
	used          int32 // buckets in use; 0 when only zeros were seen
	counts        [maxBuckets]uint64
}

// record adds one value. Negative, infinite and undefined ones count as zero.
func (h *expHistogram) record(v float64) {
	if !(v > 0) || math.IsInf(v, 0) {
		v = 0
	}
	if h.count == 0 {
		h.min, h.max, h.scale = v, v, maxScale
	}
	h.count++
	h.sum += v
	h.min, h.max = min(h.min, v), max(h.max, v)
	if v == 0 {
		h.zero++
		return
	}
	i := bucketIndex(v, h.scale)
	if h.used == 0 {
		h.first, h.used, h.counts[0] = i, 1, 1
		return
	}
	for {
		low, high := min(h.first, i), max(h.first+h.used-1, i)
		if int64(high)-int64(low) < maxBuckets || h.scale == minScale {
			break
		}
		h.halve()
		i >>= 1
	}
	h.grow(i)
	h.counts[i-h.first]++
}

// grow makes the buckets reach i, which fits.
func (h *expHistogram) grow(i int32) {
	if i < h.first {
		shift := h.first - i
		copy(h.counts[shift:shift+h.used], h.counts[:h.used])
		clear(h.counts[:shift])
		h.first, h.used = i, h.used+shift
		return
	}
	h.used = max(h.used, i-h.first+1)
}

// halve lowers the scale by one: two neighbours become one bucket.
func (h *expHistogram) halve() {
	first := h.first >> 1
	var merged [maxBuckets]uint64
	last := int32(0)
	for k := range h.used {
		last = (h.first+k)>>1 - first
		merged[last] += h.counts[k]
	}
	h.counts, h.first, h.used = merged, first, last+1
	h.scale--
}

// bucketIndex is the index i with base^i < v <= base^(i+1), base = 2^(2^-scale).
func bucketIndex(v float64, scale int32) int32 {
	frac, exp := math.Frexp(v) // v = frac * 2^exp, 0.5 <= frac < 1
	if frac == 0.5 {           // a power of two belongs to the bucket below
		exp--
		if scale <= 0 {
			return int32(exp-1) >> -scale
		}
		return int32(exp)<<scale - 1
	}
	if scale <= 0 {
		return int32(exp-1) >> -scale
	}
	return int32(math.Ceil(math.Ldexp(math.Log2(frac)+float64(exp), int(scale)))) - 1
}

// fill writes the histogram to a data point.
func (h *expHistogram) fill(dp pmetric.ExponentialHistogramDataPoint) {
	dp.SetCount(h.count)
	dp.SetSum(h.sum)
	dp.SetMin(h.min)
	dp.SetMax(h.max)
	dp.SetZeroCount(h.zero)
	dp.SetScale(h.scale)
	dp.Positive().SetOffset(h.first)
	dp.Positive().BucketCounts().FromRaw(h.counts[:h.used])
}
