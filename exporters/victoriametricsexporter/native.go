package victoriametricsexporter

import (
	"encoding/binary"
	"math"

	"go.opentelemetry.io/collector/pdata/pmetric"
)

const (
	// The scales that Prometheus knows; finer ones are made coarser.
	nativeFinest   = 8
	nativeCoarsest = -4
	// A gap of that many empty buckets is cheaper as zeros than as a new span.
	nativeMaxGap = 2
	// Prometheus' own width of the zero bucket.
	nativeZeroThreshold = 1e-128
)

const (
	tagHistogramCount          = 1 << 3
	tagHistogramSum            = 3<<3 | 1
	tagHistogramSchema         = 4 << 3
	tagHistogramZeroThreshold  = 5<<3 | 1
	tagHistogramZeroCount      = 6 << 3
	tagHistogramNegativeSpans  = 8<<3 | 2
	tagHistogramNegativeDeltas = 9<<3 | 2
	tagHistogramPositiveSpans  = 11<<3 | 2
	tagHistogramPositiveDeltas = 12<<3 | 2
	tagHistogramTime           = 15 << 3

	tagSpanOffset = 1 << 3
	tagSpanLength = 2 << 3
)

// span is a run of buckets: offset from the end of the run before (the first:
// the index of its first bucket).
type span struct {
	offset int64
	length uint32
}

// native writes a point as a Prometheus native histogram.
func (e *encoder) native(name *metricName, p pmetric.ExponentialHistogramDataPoint) string {
	if p.Scale() < nativeCoarsest {
		return reasonScale
	}
	if reason := e.beginPoint(p.Attributes(), p.Timestamp(), ""); reason != "" {
		return reason
	}
	b := e.batch
	start, count, sum := len(b.blobs), p.Count(), p.Sum()
	if p.Flags().NoRecordedValue() {
		count, sum = math.Float64bits(staleMarker), staleMarker
	} else if math.IsNaN(sum) {
		sum = normalNaN
	}
	scale := min(p.Scale(), nativeFinest)
	threshold := p.ZeroThreshold()
	if threshold == 0 {
		threshold = nativeZeroThreshold
	}
	b.blobs = appendVarint(b.blobs, tagHistogramCount, count)
	b.blobs = appendFixed(b.blobs, tagHistogramSum, sum)
	b.blobs = appendZigzag(append(b.blobs, tagHistogramSchema), int64(scale))
	b.blobs = appendFixed(b.blobs, tagHistogramZeroThreshold, threshold)
	b.blobs = appendVarint(b.blobs, tagHistogramZeroCount, p.ZeroCount())
	if !p.Flags().NoRecordedValue() {
		e.nativeSide(p.Negative(), p.Scale()-scale, tagHistogramNegativeSpans, tagHistogramNegativeDeltas)
		e.nativeSide(p.Positive(), p.Scale()-scale, tagHistogramPositiveSpans, tagHistogramPositiveDeltas)
	}
	ts := milliseconds(p.Timestamp())
	b.blobs = appendVarint(b.blobs, tagHistogramTime, uint64(ts))
	id := e.put(name.origin+e.set.origin, name.base, nil, sample{ts: ts, start: start, end: len(b.blobs)})
	e.exemplarsWithin(id, p.Exemplars(), p.Timestamp(), math.Inf(-1), math.Inf(1))
	return ""
}

// nativeSide appends the spans and deltas of one side, shift scales coarser.
func (e *encoder) nativeSide(side pmetric.ExponentialHistogramDataPointBuckets, shift int32, spanTag, deltaTag byte) {
	e.spansAndDeltas(side, shift)
	if len(e.spans) == 0 {
		return
	}
	b := e.batch
	for _, s := range e.spans {
		e.scratch = appendZigzag(append(e.scratch[:0], tagSpanOffset), s.offset)
		e.scratch = appendVarint(e.scratch, tagSpanLength, uint64(s.length))
		b.blobs = appendVarint(b.blobs, spanTag, uint64(len(e.scratch)))
		b.blobs = append(b.blobs, e.scratch...)
	}
	e.scratch = e.scratch[:0]
	for _, d := range e.deltas {
		e.scratch = appendZigzag(e.scratch, d)
	}
	b.blobs = binary.AppendUvarint(append(b.blobs, deltaTag), uint64(len(e.scratch)))
	b.blobs = append(b.blobs, e.scratch...)
}

// spansAndDeltas fills e.spans and e.deltas. OpenTelemetry's bucket i is
// (base^i, base^(i+1)], Prometheus' is (base^(i-1), base^i].
func (e *encoder) spansAndDeltas(side pmetric.ExponentialHistogramDataPointBuckets, shift int32) {
	e.spans, e.deltas = e.spans[:0], e.deltas[:0]
	counts := side.BucketCounts()
	var before int64 // count of the bucket before
	next := int64(0) // index after the last bucket written
	for i := 0; i < counts.Len(); {
		index := (int64(side.Offset()) + int64(i)) >> shift
		var count uint64
		for ; i < counts.Len() && (int64(side.Offset())+int64(i))>>shift == index; i++ {
			count += counts.At(i)
		}
		if count == 0 {
			continue
		}
		index++
		gap := index - next
		if len(e.spans) == 0 || gap > nativeMaxGap {
			e.spans = append(e.spans, span{offset: gap})
			gap = 0
		}
		last := &e.spans[len(e.spans)-1]
		for ; gap > 0; gap-- {
			e.deltas = append(e.deltas, -before)
			before = 0
			last.length++
		}
		e.deltas = append(e.deltas, int64(count)-before)
		before = int64(count)
		last.length++
		next = index + 1
	}
}
