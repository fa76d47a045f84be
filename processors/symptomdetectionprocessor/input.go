package symptomdetectionprocessor

import (
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/pdatautil"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/weir-telemetry/weir/internal/symptom"
)

// labels are the attributes of a data point, then those of its resource.
type labels struct{ resource, point pcommon.Map }

func (l labels) Get(key string) (string, bool) {
	v, ok := l.point.Get(key)
	if !ok {
		if v, ok = l.resource.Get(key); !ok {
			return "", false
		}
	}
	return v.AsString(), true
}

// reader gives the points of one metric to the engine.
type reader struct {
	engine   *symptom.Engine
	resource pcommon.Map
	identity string // of the resource
	metric   string
	buckets  symptom.Buckets
	observed int64
}

// observe gives all that the catalogue reads to the engine. It only reads md.
func (d *detection) observe(md pmetric.Metrics) int64 {
	r := &reader{engine: d.engine}
	for _, rm := range md.ResourceMetrics().All() {
		r.resource, r.identity = rm.Resource().Attributes(), ""
		for _, sm := range rm.ScopeMetrics().All() {
			for _, m := range sm.Metrics().All() {
				if d.engine.Wants(m.Name()) {
					r.read(m)
				}
			}
		}
	}
	return r.observed
}

func (r *reader) read(m pmetric.Metric) {
	if r.identity == "" {
		h := pdatautil.MapHash(r.resource)
		r.identity = string(h[:])
	}
	r.metric = m.Name()
	switch m.Type() {
	case pmetric.MetricTypeGauge:
		r.numbers(m.Gauge().DataPoints(), false)
	case pmetric.MetricTypeSum:
		r.numbers(m.Sum().DataPoints(), m.Sum().AggregationTemporality() == pmetric.AggregationTemporalityDelta)
	case pmetric.MetricTypeHistogram:
		r.histograms(m.Histogram())
	case pmetric.MetricTypeExponentialHistogram:
		r.exponential(m.ExponentialHistogram())
	}
}

// series finds the series of a point, or makes it; nil beyond the bound.
func (r *reader) series(attributes pcommon.Map) *symptom.Series {
	key := pdatautil.Hash64(pdatautil.WithString(r.identity), pdatautil.WithString(r.metric), pdatautil.WithMap(attributes))
	if s := r.engine.Series(key); s != nil {
		return s
	}
	return r.engine.Register(key, r.metric, labels{r.resource, attributes})
}

func seconds(t pcommon.Timestamp) int64 { return int64(t / 1e9) } // #nosec G115 -- fits

func (r *reader) numbers(points pmetric.NumberDataPointSlice, delta bool) {
	for _, dp := range points.All() {
		if dp.Flags().NoRecordedValue() {
			continue
		}
		p := symptom.Point{Time: seconds(dp.Timestamp()), Start: seconds(dp.StartTimestamp()), Delta: delta}
		switch dp.ValueType() {
		case pmetric.NumberDataPointValueTypeInt:
			p.Value = float64(dp.IntValue())
		case pmetric.NumberDataPointValueTypeDouble:
			p.Value = dp.DoubleValue()
		default:
			continue
		}
		if s := r.series(dp.Attributes()); s != nil {
			r.engine.Observe(s, p)
			r.observed++
		}
	}
}

func (r *reader) histograms(h pmetric.Histogram) {
	delta := h.AggregationTemporality() == pmetric.AggregationTemporalityDelta
	for _, dp := range h.DataPoints().All() {
		if dp.Flags().NoRecordedValue() {
			continue
		}
		s := r.series(dp.Attributes())
		if s == nil {
			continue
		}
		r.observed++
		p := symptom.Point{Time: seconds(dp.Timestamp()), Start: seconds(dp.StartTimestamp()), Value: float64(dp.Count()), Delta: delta}
		bounds, counts := dp.ExplicitBounds().AsRaw(), dp.BucketCounts().AsRaw()
		if !s.WantsHistogram() || len(bounds) == 0 || len(counts) != len(bounds)+1 {
			r.engine.Observe(s, p)
			continue
		}
		r.buckets = symptom.Buckets{Bounds: bounds, Counts: counts}
		r.engine.ObserveHistogram(s, p, &r.buckets)
	}
}

func (r *reader) exponential(h pmetric.ExponentialHistogram) {
	delta := h.AggregationTemporality() == pmetric.AggregationTemporalityDelta
	for _, dp := range h.DataPoints().All() {
		if dp.Flags().NoRecordedValue() {
			continue
		}
		s := r.series(dp.Attributes())
		if s == nil {
			continue
		}
		r.observed++
		p := symptom.Point{Time: seconds(dp.Timestamp()), Start: seconds(dp.StartTimestamp()), Value: float64(dp.Count()), Delta: delta}
		if !s.WantsHistogram() {
			r.engine.Observe(s, p)
			continue
		}
		// A duration is never below 0; should one be, it is as good as 0.
		zero := dp.ZeroCount()
		for _, n := range dp.Negative().BucketCounts().All() {
			zero += n
		}
		r.buckets = symptom.Buckets{Counts: dp.Positive().BucketCounts().AsRaw(), Scale: dp.Scale(), Offset: dp.Positive().Offset(), Zero: zero}
		r.engine.ObserveHistogram(s, p, &r.buckets)
	}
}
