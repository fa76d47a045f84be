package distil

import (
	"math"
	"slices"

	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/weir-telemetry/weir/internal/fact"
)

// maxBuckets bounds the buckets of a point that are remembered; the
// specification's exponential histograms have 160, Prometheus' a few dozen.
const maxBuckets = 1024

// maxCount bounds what one point can count, so that sums of them never
// overflow.
const maxCount = 1 << 40

// value is what a point of either kind of histogram says. bounds are set for
// explicit ones only.
type value struct {
	count, zero   uint64
	sum           float64
	scale, offset int32
	counts        []uint64
	bounds        []float64
}

// explicit reads a histogram with explicit bounds. Its slices are the value's own.
func explicit(dp pmetric.HistogramDataPoint) (value, bool) {
	n, b := dp.BucketCounts().Len(), dp.ExplicitBounds().Len()
	if n > maxBuckets || (n > 0 && n != b+1) {
		return value{}, false
	}
	v := value{count: dp.Count(), sum: dp.Sum(), counts: dp.BucketCounts().AsRaw(), bounds: dp.ExplicitBounds().AsRaw()}
	if v.bounds == nil {
		v.bounds = []float64{}
	}
	return v, v.sane() && slices.IsSorted(v.bounds) && !slices.ContainsFunc(v.bounds, math.IsNaN)
}

// sane reports whether the counts are such as occur.
func (v value) sane() bool {
	sum := uint64(0)
	for _, n := range v.counts {
		sum += min(n, maxCount+1)
	}
	return v.count <= maxCount && v.zero <= maxCount && sum <= maxCount
}

// exponential reads an exponential histogram. A negative duration counts as none.
func exponential(dp pmetric.ExponentialHistogramDataPoint) (value, bool) {
	if dp.Positive().BucketCounts().Len() > maxBuckets || dp.Negative().BucketCounts().Len() > maxBuckets ||
		dp.Scale() < -10 || dp.Scale() > 20 {
		return value{}, false
	}
	v := value{
		count: dp.Count(), zero: dp.ZeroCount(), sum: dp.Sum(), scale: dp.Scale(),
		offset: dp.Positive().Offset(), counts: dp.Positive().BucketCounts().AsRaw(),
	}
	for _, n := range dp.Negative().BucketCounts().All() {
		v.zero += min(n, maxCount)
	}
	return v, v.sane() && int64(v.offset)+int64(len(v.counts)) < math.MaxInt32
}

// at merges neighbours until the exponential histogram has the scale, which is
// not above its own.
func (v value) at(scale int32) value {
	shift := v.scale - scale
	if shift == 0 {
		return v
	}
	out := v
	out.scale, out.offset, out.counts = scale, v.offset>>shift, nil
	for i, n := range v.counts {
		to := (v.offset+int32(i))>>shift - out.offset // #nosec G115 -- bounded
		for int(to) >= len(out.counts) {
			out.counts = append(out.counts, 0)
		}
		out.counts[to] += n
	}
	return out
}

// minus is what came since old, false when the series began anew.
func (v value) minus(old value) (value, bool) {
	if v.count < old.count || v.zero < old.zero || (v.bounds == nil) != (old.bounds == nil) || !slices.Equal(v.bounds, old.bounds) {
		return value{}, false
	}
	if v.bounds == nil {
		scale := min(v.scale, old.scale)
		v, old = v.at(scale), old.at(scale)
	} else if len(v.counts) != len(old.counts) {
		return value{}, false
	}
	out := v
	out.count, out.zero, out.sum = v.count-old.count, v.zero-old.zero, v.sum-old.sum
	out.counts = slices.Clone(v.counts)
	for i, n := range old.counts {
		if n == 0 {
			continue
		}
		at := int64(i) + int64(old.offset) - int64(v.offset)
		if at < 0 || at >= int64(len(out.counts)) || out.counts[at] < n {
			return value{}, false
		}
		out.counts[at] -= n
	}
	return out, true
}

// durations puts the counts into the buckets of facts. unit is the value's unit
// in seconds.
func (v value) durations(unit float64) (h fact.Histogram) {
	h.AddSeconds(0, v.zero)
	if len(v.counts) == 0 && v.count > v.zero { // no more is known than the mean
		rest := v.count - v.zero
		h.AddSeconds(v.sum/float64(rest)*unit, rest)
	}
	for i, n := range v.counts {
		if n > 0 {
			low, high := v.reach(i)
			h.AddRange(low*unit, high*unit, n)
		}
	}
	return h
}

// reach is from where to where a bucket goes.
func (v value) reach(i int) (low, high float64) {
	if v.bounds == nil {
		width := math.Ldexp(1, -int(v.scale))
		at := float64(int64(v.offset) + int64(i))
		return math.Exp2(at * width), math.Exp2((at + 1) * width)
	}
	switch last := len(v.bounds); {
	case last == 0: // one bucket: no more is known than the mean
		mean := v.sum / float64(max(v.count, 1))
		return mean, mean
	case i == last:
		return v.bounds[last-1], math.Inf(1)
	case i == 0: // open below: the lower half of it is hardly ever used
		return v.bounds[0] / 2, v.bounds[0]
	default:
		return v.bounds[i-1], v.bounds[i]
	}
}
