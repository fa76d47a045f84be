package victoriametricsexporter

import (
	"math"

	"go.opentelemetry.io/collector/pdata/pmetric"
)

// exponential encodes a point of an exponential histogram in the form that the
// configuration asks for.
func (e *encoder) exponential(name *metricName, p pmetric.ExponentialHistogramDataPoint) string {
	if p.Scale() > 20 || p.Scale() < -10 { // the range that the data model asks for
		return reasonScale
	}
	if !wellFormed(p) {
		return reasonMalformed
	}
	switch e.cfg.Histograms {
	case histogramsNative:
		return e.native(name, p)
	case histogramsExplicit:
		return e.toExplicit(name, p)
	default:
		return e.toVMRange(name, p)
	}
}

// wellFormed checks that the buckets hold no more than the point's count. They
// may hold less: a NaN that was observed is counted and is in no bucket.
func wellFormed(p pmetric.ExponentialHistogramDataPoint) bool {
	if p.Flags().NoRecordedValue() {
		return true
	}
	left := p.Count()
	take := func(n uint64) bool {
		if n > left {
			return false
		}
		left -= n
		return true
	}
	if !take(p.ZeroCount()) {
		return false
	}
	for _, side := range []pmetric.ExponentialHistogramDataPointBuckets{p.Positive(), p.Negative()} {
		for i := range side.BucketCounts().Len() {
			if !take(side.BucketCounts().At(i)) {
				return false
			}
		}
		if int64(side.Offset())+int64(side.BucketCounts().Len()) >= math.MaxInt32 {
			return false
		}
	}
	return true
}

func (e *encoder) sumAndCount(name *metricName, p pmetric.ExponentialHistogramDataPoint) {
	ts, flags := milliseconds(p.Timestamp()), p.Flags()
	if p.HasSum() || flags.NoRecordedValue() {
		e.sample(name, name.sum, nil, recorded(p.Sum(), flags), ts)
	}
	e.sample(name, name.count, nil, recorded(float64(p.Count()), flags), ts)
}
