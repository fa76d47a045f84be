package distil

import (
	"time"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/pdatautil"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
	"github.com/weir-telemetry/weir/internal/fact"
)

const attrOverflow = "otel.metric.overflow"

// duration says what a duration metric of the semantic conventions measures.
type duration struct {
	side     fact.Side
	protocol fact.Protocol // when no attribute says more
}

var durations = map[string]duration{
	"http.server.request.duration": {uplinkv1.Side_SIDE_SERVER, uplinkv1.Protocol_PROTOCOL_HTTP},
	"http.client.request.duration": {uplinkv1.Side_SIDE_CLIENT, uplinkv1.Protocol_PROTOCOL_HTTP},
	"rpc.server.duration":          {uplinkv1.Side_SIDE_SERVER, uplinkv1.Protocol_PROTOCOL_GRPC},
	"rpc.client.duration":          {uplinkv1.Side_SIDE_CLIENT, uplinkv1.Protocol_PROTOCOL_GRPC},
	"rpc.server.call.duration":     {uplinkv1.Side_SIDE_SERVER, uplinkv1.Protocol_PROTOCOL_GRPC},
	"rpc.client.call.duration":     {uplinkv1.Side_SIDE_CLIENT, uplinkv1.Protocol_PROTOCOL_GRPC},
	"db.client.operation.duration": {uplinkv1.Side_SIDE_CLIENT, uplinkv1.Protocol_PROTOCOL_TCP},
}

// units are those that durations come in, in seconds.
var units = map[string]float64{"": 1, "s": 1, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}

// Metrics takes in edges from duration metrics, symptoms from the points of
// the symptom detection, and entities from resources.
func (d *Distiller) Metrics(md pmetric.Metrics, now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, rm := range md.ResourceMetrics().All() {
		d.resource(rm.Resource().Attributes(), now)
		hash, hashed := [16]byte{}, false
		for _, sm := range rm.ScopeMetrics().All() {
			if sm.Scope().Name() == symptomScope {
				d.symptomPoints(sm.Metrics(), now)
				continue
			}
			for _, m := range sm.Metrics().All() {
				kind, ok := durations[m.Name()]
				if !ok {
					continue
				}
				if !hashed {
					hash, hashed = pdatautil.MapHash(rm.Resource().Attributes()), true
				}
				d.durationMetric(hash, sm.Scope().Name(), m, kind, now)
			}
		}
	}
}

func (d *Distiller) durationMetric(resource [16]byte, scope string, m pmetric.Metric, kind duration, now time.Time) {
	unit, ok := units[m.Unit()]
	if !ok {
		d.counts.Ignored[EdgePoint][Malformed]++
		return
	}
	one := func(attributes pcommon.Map, v value, good bool, temporality pmetric.AggregationTemporality, start, at pcommon.Timestamp) {
		if !good || temporality == pmetric.AggregationTemporalityUnspecified {
			d.counts.Ignored[EdgePoint][Malformed]++
			return
		}
		k := d.series.key(resource, scope, m.Name(), attributes)
		d.durationPoint(k, attributes, v, temporality, start, at, kind, unit, now)
	}
	switch m.Type() {
	case pmetric.MetricTypeHistogram:
		for _, dp := range m.Histogram().DataPoints().All() {
			if !dp.Flags().NoRecordedValue() {
				v, good := explicit(dp)
				one(dp.Attributes(), v, good, m.Histogram().AggregationTemporality(), dp.StartTimestamp(), dp.Timestamp())
			}
		}
	case pmetric.MetricTypeExponentialHistogram:
		for _, dp := range m.ExponentialHistogram().DataPoints().All() {
			if !dp.Flags().NoRecordedValue() {
				v, good := exponential(dp)
				one(dp.Attributes(), v, good, m.ExponentialHistogram().AggregationTemporality(), dp.StartTimestamp(), dp.Timestamp())
			}
		}
	default:
		d.counts.Ignored[EdgePoint][Malformed]++
	}
}

func (d *Distiller) durationPoint(series seriesKey, m pcommon.Map, v value, temporality pmetric.AggregationTemporality,
	start, at pcommon.Timestamp, kind duration, unit float64, now time.Time,
) {
	k := edgeKey{side: kind.side, protocol: protocolOf(m, kind.protocol), port: portOf(m)}
	isOverflow := flag(m, attrOverflow)
	if isOverflow {
		k = k.others()
	} else {
		var ok bool
		if k.source, k.destination, ok = ends(m); !ok {
			d.counts.Ignored[EdgePoint][Nameless]++
			return
		}
	}
	delta, reason := d.series.add(series, v, temporality, start, at, now)
	if reason == Limited {
		d.counts.Ignored[EdgePoint][Limited]++
		omit(&d.coverage.facts, series)
		return
	}
	d.edges.own(k)
	if reason != ReasonCount {
		d.counts.Ignored[EdgePoint][reason]++
		return
	}
	d.counts.Accepted[EdgePoint]++
	if delta.count == 0 {
		return
	}
	d.coverage.requests += delta.count
	c := calls{requests: delta.count, durations: delta.durations(unit)}
	if failed(m) {
		c.errors = delta.count
	}
	if isOverflow {
		omit(&d.coverage.facts, series)
	}
	d.call(d.edges.metrics, k, c, now)
}

// call adds calls to an edge whose ends are entities, or to the other edge.
func (d *Distiller) call(into map[edgeKey]*edge, k edgeKey, c calls, now time.Time) {
	to, room := d.edges.bucket(into, k)
	if room && !d.entities.ends(k.source, k.destination, now) {
		to, room = k.others(), false
	}
	if !room {
		omit(&d.coverage.facts, k)
	}
	if to.source == other {
		d.entities.must(other, now)
	}
	d.edges.add(into, to, c, now)
}
