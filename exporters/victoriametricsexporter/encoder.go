package victoriametricsexporter

import (
	"math"
	"slices"

	"github.com/prometheus/otlptranslator"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// Reasons for drops, as they stand in the exporter's own metrics.
const (
	reasonTemporality = "temporality"
	reasonEmpty       = "empty"
	reasonMalformed   = "malformed"
	reasonNoTimestamp = "no_timestamp"
	reasonScale       = "scale"
	reasonInvalidUTF8 = "invalid_utf8"
	reasonMetricName  = "metric_name"
	reasonLabelName   = "label_name"
	reasonTooMany     = "too_many_labels"
	reasonDuplicate   = "duplicate"
	reasonCollision   = "collision"
)

// staleMarker is the NaN that ends a series; every other NaN becomes normalNaN.
var (
	staleMarker = math.Float64frombits(0x7ff0000000000002)
	normalNaN   = math.Float64frombits(0x7ff8000000000001)
)

// encoder turns metrics into requests:
//
//	walk: resource → scope → metric → point
//	labelSet: labels of the point, sorted, in wire form
//	batch: series by labels, samples by series
//	appendTo: WriteRequest
//
// Requests are cut between points, so that a request which fails says exactly
// which points have yet to be sent. An encoder is not safe for concurrent use
// and keeps nothing of a message after run, save cached copies of names.
type encoder struct {
	cfg     *Config
	names   *nameCache
	set     labelSet
	batch   *batch
	promote map[string]bool
	all     bool
	// external labels, sorted by name so that output is stable.
	external []string

	grid     gridCounts
	explicit explicitCounts
	scratch  []byte
	spans    []span
	deltas   []int64
	raw      []byte

	baseDrop string
	// points walked so far, and at the start of the open request.
	points, requestStart int
	// The points [from, to) are encoded, the others passed by.
	from, to int
	infos    int
	// What the open request dropped, points and samples by reason.
	pointDrops, sampleDrops map[string]int64
}

// request is a WriteRequest that is ready to send. Its bytes are valid until
// the send function returns.
type request struct {
	body    []byte
	samples int
	// The points [firstPoint, endPoint) of the message are in this request.
	firstPoint, endPoint int
	// infos of the samples are target_info.
	infos int
	// Drops of this request by reason.
	pointDrops, sampleDrops map[string]int64
}

func newEncoder(cfg *Config) *encoder {
	e := &encoder{
		cfg: cfg, names: newNameCache(cfg), batch: newBatch(),
		promote: map[string]bool{}, pointDrops: map[string]int64{}, sampleDrops: map[string]int64{},
	}
	e.set.names = e.names
	for _, key := range cfg.PromoteResourceAttributes {
		e.promote[key] = true
		e.all = e.all || key == "*"
	}
	for name := range cfg.ExternalLabels {
		e.external = append(e.external, name)
	}
	slices.Sort(e.external)
	e.explicit.init(cfg.ExplicitBounds)
	return e
}

// run calls send for each request that the points [from, to) of md make, with
// target_info when info is set; an error of send ends it.
func (e *encoder) run(md pmetric.Metrics, from, to int, info bool, send func(request) error) error {
	e.points, e.from, e.to = 0, from, to
	e.begin()
	for i := range md.ResourceMetrics().Len() {
		rm := md.ResourceMetrics().At(i)
		if info {
			e.targetInfo(rm)
		}
		for j := range rm.ScopeMetrics().Len() {
			sm := rm.ScopeMetrics().At(j)
			e.beginScope(rm.Resource(), sm.Scope())
			for k := range sm.Metrics().Len() {
				if err := e.metric(sm.Metrics().At(k), send); err != nil {
					return err
				}
			}
		}
	}
	return e.flush(send)
}

func (e *encoder) begin() {
	e.batch.reset()
	clear(e.pointDrops)
	clear(e.sampleDrops)
	e.requestStart, e.infos = max(e.points, e.from), 0
}

// full reports whether the open request has reached its limit.
func (e *encoder) full() bool {
	return e.batch.size() >= e.cfg.MaxRequestBytes || len(e.batch.samples) >= e.cfg.MaxRequestSamples
}

func (e *encoder) flush(send func(request) error) error {
	end := min(e.points, e.to)
	if end <= e.requestStart {
		return nil
	}
	var duplicates int
	e.raw, duplicates = e.batch.appendTo(e.raw[:0])
	if duplicates > 0 {
		e.sampleDrops[reasonDuplicate] += int64(duplicates)
	}
	err := send(request{
		body: e.raw, samples: len(e.batch.samples) - duplicates, firstPoint: e.requestStart, endPoint: end,
		infos: e.infos, pointDrops: e.pointDrops, sampleDrops: e.sampleDrops,
	})
	e.begin()
	return err
}

// metric encodes the points of one metric, closing requests that are full.
func (e *encoder) metric(m pmetric.Metric, send func(request) error) error {
	one, n, kind := e.pointsOf(m)
	if e.points+n <= e.from || e.points >= e.to { // none, or none of the range
		e.points += n
		return nil
	}
	name := e.names.metric(m.Name(), m.Unit(), kind)
	for i := range n {
		if e.points < e.from || e.points >= e.to {
			e.points++
			continue
		}
		if e.full() {
			if err := e.flush(send); err != nil {
				return err
			}
		}
		e.points++
		reason := name.drop
		if reason == "" {
			reason = one(name, i)
		}
		if reason != "" {
			e.pointDrops[reason]++
		}
	}
	return nil
}

// pointsOf returns the function that encodes point i of a metric, the number
// of points and the kind that decides the name. The function returns the reason
// of a drop or "".
func (e *encoder) pointsOf(m pmetric.Metric) (one func(*metricName, int) string, n int, kind otlptranslator.MetricType) {
	switch m.Type() {
	case pmetric.MetricTypeGauge:
		points := m.Gauge().DataPoints()
		return func(name *metricName, i int) string { return e.number(name, points.At(i), false) },
			points.Len(), otlptranslator.MetricTypeGauge
	case pmetric.MetricTypeSum:
		sum := m.Sum()
		points, kind := sum.DataPoints(), otlptranslator.MetricType(otlptranslator.MetricTypeNonMonotonicCounter)
		if sum.IsMonotonic() {
			kind = otlptranslator.MetricTypeMonotonicCounter
		}
		return cumulative(sum.AggregationTemporality(), func(name *metricName, i int) string {
			return e.number(name, points.At(i), sum.IsMonotonic())
		}), points.Len(), kind
	case pmetric.MetricTypeHistogram:
		points := m.Histogram().DataPoints()
		return cumulative(m.Histogram().AggregationTemporality(), func(name *metricName, i int) string {
			return e.histogram(name, points.At(i))
		}), points.Len(), otlptranslator.MetricTypeHistogram
	case pmetric.MetricTypeExponentialHistogram:
		points := m.ExponentialHistogram().DataPoints()
		return cumulative(m.ExponentialHistogram().AggregationTemporality(), func(name *metricName, i int) string {
			return e.exponential(name, points.At(i))
		}), points.Len(), otlptranslator.MetricTypeExponentialHistogram
	case pmetric.MetricTypeSummary:
		points := m.Summary().DataPoints()
		return func(name *metricName, i int) string { return e.summary(name, points.At(i)) },
			points.Len(), otlptranslator.MetricTypeSummary
	case pmetric.MetricTypeEmpty:
	}
	return nil, 0, otlptranslator.MetricTypeUnknown
}

// cumulative lets only cumulative points through: the stores can't add deltas.
func cumulative(t pmetric.AggregationTemporality, one func(*metricName, int) string) func(*metricName, int) string {
	if t == pmetric.AggregationTemporalityCumulative {
		return one
	}
	return func(*metricName, int) string { return reasonTemporality }
}

// beginPoint gathers the labels of a point. It returns the reason of a drop.
func (e *encoder) beginPoint(attrs pcommon.Map, ts pcommon.Timestamp, extra string) string {
	if ts == 0 {
		return reasonNoTimestamp
	}
	e.set.beginPoint(extra, e.baseDrop)
	e.set.addAll(attrs)
	if e.set.drop != "" {
		return e.set.drop
	}
	e.set.finish()
	count := len(e.set.sorted) + 1
	if extra != "" {
		count++
	}
	if e.cfg.MaxLabels > 0 && count > e.cfg.MaxLabels {
		return reasonTooMany
	}
	return ""
}

// sample adds a sample of the point's series with that name and extra label
// (both in wire form) and returns the series.
func (e *encoder) sample(name *metricName, full, extra []byte, value float64, ts int64) int32 {
	return e.put(name.origin+e.set.origin, full, extra, sample{value: value, ts: ts})
}

func (e *encoder) put(origin uint64, full, extra []byte, sm sample) int32 {
	id := e.batch.seriesFor(&e.set, origin, full, extra)
	if reason := e.batch.add(id, origin, sm); reason != "" {
		e.sampleDrops[reason]++
	}
	return id
}

func milliseconds(ts pcommon.Timestamp) int64 {
	return int64(ts / 1e6)
}

// recorded returns the value to write: v, or the marker of a series that ended.
func recorded(v float64, flags pmetric.DataPointFlags) float64 {
	switch {
	case flags.NoRecordedValue():
		return staleMarker
	case math.IsNaN(v):
		return normalNaN
	}
	return v
}
