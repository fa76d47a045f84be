package victoriametricsexporter

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// Tags of remote write 1.0, field number << 3 | wire type:
//
//	WriteRequest  1 timeseries
//	TimeSeries    1 labels, 2 samples, 3 exemplars, 4 histograms
//	Label         1 name, 2 value
//	Sample        1 value (fixed64), 2 timestamp in ms
//	Exemplar      1 labels, 2 value (fixed64), 3 timestamp in ms
//	Histogram     1 count, 3 sum, 4 schema, 5 zero threshold, 6 zero count,
//	              8 negative spans, 9 negative deltas, 11 positive spans,
//	              12 positive deltas, 15 timestamp in ms
//	BucketSpan    1 offset, 2 length
const (
	tagTimeSeries = 1<<3 | 2

	tagLabels     = 1<<3 | 2
	tagSamples    = 2<<3 | 2
	tagExemplars  = 3<<3 | 2
	tagHistograms = 4<<3 | 2

	tagLabelName  = 1<<3 | 2
	tagLabelValue = 2<<3 | 2

	tagSampleValue = 1<<3 | 1
	tagSampleTime  = 2 << 3

	tagExemplarValue = 2<<3 | 1
	tagExemplarTime  = 3 << 3
)

func varintLen(v uint64) int { return (bits.Len64(v|1) + 6) / 7 }

func appendFixed(dst []byte, tag byte, v float64) []byte {
	return binary.LittleEndian.AppendUint64(append(dst, tag), math.Float64bits(v))
}

func appendVarint(dst []byte, tag byte, v uint64) []byte {
	return binary.AppendUvarint(append(dst, tag), v)
}

func appendZigzag(dst []byte, v int64) []byte { return binary.AppendVarint(dst, v) }

// appendLabel appends a Label as field 1 of the message around it; exemplars
// and series have it at the same number.
func appendLabel[V string | []byte](dst []byte, name string, value V) []byte {
	size := 1 + varintLen(uint64(len(name))) + len(name) + 1 + varintLen(uint64(len(value))) + len(value)
	dst = appendVarint(dst, tagLabels, uint64(size))
	dst = appendVarint(dst, tagLabelName, uint64(len(name)))
	dst = append(dst, name...)
	dst = appendVarint(dst, tagLabelValue, uint64(len(value)))
	return append(dst, value...)
}

// sampleSize is the length of a Sample message without its tag and length.
func sampleSize(ts int64) int { return 1 + 8 + 1 + varintLen(uint64(ts)) }

func appendSample(dst []byte, value float64, ts int64) []byte {
	dst = append(dst, tagSamples, byte(sampleSize(ts))) // at most 20
	dst = appendFixed(dst, tagSampleValue, value)
	return appendVarint(dst, tagSampleTime, uint64(ts))
}
