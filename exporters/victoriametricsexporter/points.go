package victoriametricsexporter

import (
	"math"
	"strconv"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

const (
	labelLE       = "le"
	labelQuantile = "quantile"
	labelVMRange  = "vmrange"
)

// number encodes a point of a gauge or a sum.
func (e *encoder) number(name *metricName, p pmetric.NumberDataPoint, exemplars bool) string {
	var v float64
	switch p.ValueType() {
	case pmetric.NumberDataPointValueTypeInt:
		v = float64(p.IntValue())
	case pmetric.NumberDataPointValueTypeDouble:
		v = p.DoubleValue()
	case pmetric.NumberDataPointValueTypeEmpty:
		if !p.Flags().NoRecordedValue() {
			return reasonEmpty
		}
	}
	if reason := e.beginPoint(p.Attributes(), p.Timestamp(), ""); reason != "" {
		return reason
	}
	id := e.sample(name, name.base, nil, recorded(v, p.Flags()), milliseconds(p.Timestamp()))
	if exemplars {
		e.exemplarsWithin(id, p.Exemplars(), p.Timestamp(), math.Inf(-1), math.Inf(1))
	}
	return ""
}

// summary encodes a point of a summary: its sum, its count and its quantiles.
func (e *encoder) summary(name *metricName, p pmetric.SummaryDataPoint) string {
	if reason := e.beginPoint(p.Attributes(), p.Timestamp(), labelQuantile); reason != "" {
		return reason
	}
	ts, flags := milliseconds(p.Timestamp()), p.Flags()
	e.sample(name, name.sum, nil, recorded(p.Sum(), flags), ts)
	e.sample(name, name.count, nil, recorded(float64(p.Count()), flags), ts)
	for i := range p.QuantileValues().Len() {
		q := p.QuantileValues().At(i)
		e.sample(name, name.base, e.numberLabel(labelQuantile, q.Quantile()), recorded(q.Value(), flags), ts)
	}
	return ""
}

// histogram encodes a point of a histogram with explicit bounds as classic
// buckets, which all the stores know.
func (e *encoder) histogram(name *metricName, p pmetric.HistogramDataPoint) string {
	bounds, counts := p.ExplicitBounds(), p.BucketCounts()
	if counts.Len() != 0 && counts.Len() != bounds.Len()+1 || !rising(bounds) {
		return reasonMalformed
	}
	if reason := e.beginPoint(p.Attributes(), p.Timestamp(), labelLE); reason != "" {
		return reason
	}
	ts, flags := milliseconds(p.Timestamp()), p.Flags()
	if p.HasSum() || flags.NoRecordedValue() {
		e.sample(name, name.sum, nil, recorded(p.Sum(), flags), ts)
	}
	e.sample(name, name.count, nil, recorded(float64(p.Count()), flags), ts)
	var total uint64
	low := math.Inf(-1)
	if counts.Len() > 0 || flags.NoRecordedValue() {
		for i := range bounds.Len() {
			if counts.Len() > 0 {
				total += counts.At(i)
			}
			bound := bounds.At(i)
			if math.IsInf(bound, 1) {
				break // the last bucket below says it
			}
			id := e.sample(name, name.bucket, e.numberLabel(labelLE, bound), recorded(float64(total), flags), ts)
			e.exemplarsWithin(id, p.Exemplars(), p.Timestamp(), low, bound)
			low = bound
		}
	}
	id := e.sample(name, name.bucket, lastBucket, recorded(float64(p.Count()), flags), ts)
	e.exemplarsWithin(id, p.Exemplars(), p.Timestamp(), low, math.Inf(1))
	return ""
}

var lastBucket = appendLabel(nil, labelLE, "+Inf")

func rising(bounds pcommon.Float64Slice) bool {
	for i := range bounds.Len() {
		b := bounds.At(i)
		if math.IsNaN(b) || i > 0 && b <= bounds.At(i-1) {
			return false
		}
	}
	return true
}

// numberLabel returns the wire form of a label; it is valid until the next call.
func (e *encoder) numberLabel(name string, v float64) []byte {
	var number [32]byte
	text := strconv.AppendFloat(number[:0], v, 'f', -1, 64)
	e.scratch = appendLabel(e.scratch[:0], name, text)
	return e.scratch
}
