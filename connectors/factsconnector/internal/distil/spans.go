package distil

import (
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
	"github.com/weir-telemetry/weir/internal/fact"
)

// Traces takes in entities from resources, and edges from spans of the kinds
// SERVER and CLIENT whose ends no metric reports.
func (d *Distiller) Traces(td ptrace.Traces, now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, rs := range td.ResourceSpans().All() {
		d.resource(rs.Resource().Attributes(), now)
		for _, ss := range rs.ScopeSpans().All() {
			for _, sp := range ss.Spans().All() {
				switch sp.Kind() {
				case ptrace.SpanKindServer:
					d.span(sp, uplinkv1.Side_SIDE_SERVER, now)
				case ptrace.SpanKindClient:
					d.span(sp, uplinkv1.Side_SIDE_CLIENT, now)
				}
			}
		}
	}
}

func (d *Distiller) span(sp ptrace.Span, side fact.Side, now time.Time) {
	m := sp.Attributes()
	source, destination, ok := ends(m)
	if !ok {
		d.counts.Ignored[Span][Nameless]++
		return
	}
	d.coverage.spans++
	k := edgeKey{source: source, destination: destination, protocol: spanProtocol(m), port: portOf(m), side: side}
	if d.edges.isOwned(k) {
		d.counts.Ignored[Span][Owned]++
		return
	}
	d.counts.Accepted[Span]++
	c := calls{requests: 1}
	if failed(m) || (sp.Status().Code() == ptrace.StatusCodeError && !hasStatus(m)) {
		c.errors = 1
	}
	c.durations.Add(max(sp.EndTimestamp().AsTime().Sub(sp.StartTimestamp().AsTime()), 0))
	d.call(d.edges.spans, k, c, now)
}

func spanProtocol(m pcommon.Map) fact.Protocol {
	usual := uplinkv1.Protocol_PROTOCOL_TCP
	if _, ok := m.Get(string(semconv.HTTPRequestMethodKey)); ok {
		usual = uplinkv1.Protocol_PROTOCOL_HTTP
	}
	return protocolOf(m, usual)
}

// hasStatus reports whether a protocol's state says how the request went.
func hasStatus(m pcommon.Map) bool {
	for _, key := range statusKeys {
		if _, ok := m.Get(key); ok {
			return true
		}
	}
	return false
}
