package victoriametricsexporter

import (
	"math"

	"go.opentelemetry.io/collector/pdata/pmetric"
)

// explicitCounts distributes an exponential histogram over fixed bounds.
type explicitCounts struct {
	bounds []float64
	// counts[i] belongs to (bounds[i-1], bounds[i]], the last to what is above.
	counts []float64
}

func (x *explicitCounts) init(bounds []float64) {
	x.bounds, x.counts = bounds, make([]float64, len(bounds)+1)
}

func (x *explicitCounts) reset() { clear(x.counts) }

// add distributes the buckets of one side; sign is 1 or -1. A bucket with
// bounds inside is divided by its share of each part on a logarithmic scale.
func (x *explicitCounts) add(b pmetric.ExponentialHistogramDataPointBuckets, scale int32, sign float64) {
	step := math.Ldexp(1, -int(scale)) // log2 of the base
	for i := range b.BucketCounts().Len() {
		if count := b.BucketCounts().At(i); count > 0 {
			index := float64(int64(b.Offset()) + int64(i))
			x.spread(index*step, (index+1)*step, float64(count), sign)
		}
	}
}

// spread divides count over the bounds between ±2^low and ±2^high.
func (x *explicitCounts) spread(low, high, count, sign float64) {
	taken := 0.0 // share of the bucket at or below the bounds so far
	for i, bound := range x.bounds {
		share := shareBelow(bound, low, high, sign)
		if share > taken {
			x.counts[i] += count * (share - taken)
			taken = share
		}
		if taken >= 1 {
			return
		}
	}
	x.counts[len(x.bounds)] += count * (1 - taken)
}

// shareBelow returns how much of the bucket (±2^low, ±2^high] is at most bound.
func shareBelow(bound, low, high, sign float64) float64 {
	if sign < 0 {
		if bound >= 0 {
			return 1
		}
		return 1 - clamp((math.Log2(-bound)-low)/(high-low))
	}
	if bound <= 0 {
		return 0
	}
	return clamp((math.Log2(bound) - low) / (high - low))
}

func clamp(v float64) float64 { return min(max(v, 0), 1) }

// addZeros puts the zero bucket below the first bound that is not negative.
func (x *explicitCounts) addZeros(n uint64) {
	for i, bound := range x.bounds {
		if bound >= 0 {
			x.counts[i] += float64(n)
			return
		}
	}
	x.counts[len(x.bounds)] += float64(n)
}

// toExplicit writes a point as classic buckets with the configured bounds.
func (e *encoder) toExplicit(name *metricName, p pmetric.ExponentialHistogramDataPoint) string {
	if reason := e.beginPoint(p.Attributes(), p.Timestamp(), labelLE); reason != "" {
		return reason
	}
	e.sumAndCount(name, p)
	x := &e.explicit
	x.reset()
	x.add(p.Negative(), p.Scale(), -1)
	x.addZeros(p.ZeroCount())
	x.add(p.Positive(), p.Scale(), 1)
	ts, total, low := milliseconds(p.Timestamp()), 0.0, math.Inf(-1)
	for i, bound := range x.bounds {
		total += x.counts[i]
		// Sums of shares may exceed the whole by a rounding error.
		value := min(total, float64(p.Count()))
		id := e.sample(name, name.bucket, e.numberLabel(labelLE, bound), recorded(value, p.Flags()), ts)
		e.exemplarsWithin(id, p.Exemplars(), p.Timestamp(), low, bound)
		low = bound
	}
	id := e.sample(name, name.bucket, lastBucket, recorded(float64(p.Count()), p.Flags()), ts)
	e.exemplarsWithin(id, p.Exemplars(), p.Timestamp(), low, math.Inf(1))
	return ""
}
