package walk

import (
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// Traces walks every resource, scope and span of td, with events and links.
func (w *Walker) Traces(td ptrace.Traces) {
	td.ResourceSpans().RemoveIf(func(rs ptrace.ResourceSpans) bool {
		if w.guarded(func() { rs.SetSchemaUrl(w.resource(rs.Resource(), rs.SchemaUrl())) }) {
			return true
		}
		rs.ScopeSpans().RemoveIf(func(ss ptrace.ScopeSpans) bool {
			if w.guarded(func() { ss.SetSchemaUrl(w.scope(ss.Scope(), ss.SchemaUrl())) }) {
				return true
			}
			var sp ptrace.Span
			one := func() { w.span(sp) }
			ss.Spans().RemoveIf(func(s ptrace.Span) bool {
				sp = s
				return w.guarded(one)
			})
			return false
		})
		return false
	})
}

func (w *Walker) span(s ptrace.Span) {
	w.enter(Span, s.Attributes())
	if n, ok := w.text(Name, s.Name()); ok {
		s.SetName(n)
	}
	if n, ok := w.text(Status, s.Status().Message()); ok {
		s.Status().SetMessage(n)
	}
	w.traceState(s.TraceState())
	w.attributes(Attributes, s.Attributes())
	w.leave()
	for i := range s.Events().Len() {
		e := s.Events().At(i)
		w.enter(SpanEvent, e.Attributes())
		if n, ok := w.text(Name, e.Name()); ok {
			e.SetName(n)
		}
		w.attributes(Attributes, e.Attributes())
		w.leave()
	}
	for i := range s.Links().Len() {
		l := s.Links().At(i)
		w.enter(SpanLink, l.Attributes())
		w.traceState(l.TraceState())
		w.attributes(Attributes, l.Attributes())
		w.leave()
	}
}

func (w *Walker) traceState(ts pcommon.TraceState) {
	if n, ok := w.text(TraceState, ts.AsRaw()); ok {
		ts.FromRaw(n)
	}
}
