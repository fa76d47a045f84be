package clickhouseexporter

import (
	"github.com/ClickHouse/ch-go/proto"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// spanBatch is the columns of otel_traces. Events and links are Nested, so
// each of their fields is an array column; the arrays of one Nested share
// their offsets.
type spanBatch struct {
	time                              *timestamp
	traceID, spanID, parentID, state  proto.ColStr
	name, kind, service               lowCardinality
	resourceAttrs                     *attributes
	scopeName, scopeVersion           proto.ColStr
	attr                              *attributes
	duration                          proto.ColUInt64
	status                            lowCardinality
	statusMessage                     proto.ColStr
	eventOffsets                      proto.ColUInt64
	eventTime                         *timestamp
	eventName                         lowCardinality
	eventAttrs                        *attributes
	linkOffsets                       proto.ColUInt64
	linkTraceID, linkSpanID, linkStat proto.ColStr
	linkAttrs                         *attributes

	hasTime bool
}

func newSpanBatch() *spanBatch {
	return &spanBatch{
		time: newTimestamp(),
		name: newLowCardinality(), kind: newLowCardinality(), service: newLowCardinality(),
		resourceAttrs: newAttributes(), attr: newAttributes(), status: newLowCardinality(),
		eventTime: newTimestamp(), eventName: newLowCardinality(), eventAttrs: newAttributes(),
		linkAttrs: newAttributes(),
	}
}

func (b *spanBatch) columns() []proto.InputColumn {
	return []proto.InputColumn{
		{Name: "Timestamp", Data: b.time},
		{Name: "TraceId", Data: &b.traceID},
		{Name: "SpanId", Data: &b.spanID},
		{Name: "ParentSpanId", Data: &b.parentID},
		{Name: "TraceState", Data: &b.state},
		{Name: "SpanName", Data: b.name},
		{Name: "SpanKind", Data: b.kind},
		{Name: "ServiceName", Data: b.service},
		{Name: "ResourceAttributes", Data: b.resourceAttrs.column()},
		{Name: "ScopeName", Data: &b.scopeName},
		{Name: "ScopeVersion", Data: &b.scopeVersion},
		{Name: "SpanAttributes", Data: b.attr.column()},
		{Name: "Duration", Data: &b.duration},
		{Name: "StatusCode", Data: b.status},
		{Name: "StatusMessage", Data: &b.statusMessage},
		{Name: "Events.Timestamp", Data: array{b.eventOffsets, b.eventTime}},
		{Name: "Events.Name", Data: array{b.eventOffsets, b.eventName}},
		{Name: "Events.Attributes", Data: array{b.eventOffsets, b.eventAttrs.column()}},
		{Name: "Links.TraceId", Data: array{b.linkOffsets, &b.linkTraceID}},
		{Name: "Links.SpanId", Data: array{b.linkOffsets, &b.linkSpanID}},
		{Name: "Links.TraceState", Data: array{b.linkOffsets, &b.linkStat}},
		{Name: "Links.Attributes", Data: array{b.linkOffsets, b.linkAttrs.column()}},
	}
}

func (b *spanBatch) rows() int   { return b.time.Rows() }
func (b *spanBatch) timed() bool { return b.hasTime }

// append adds every span of td, which must stay unchanged until reset.
func (b *spanBatch) append(td ptrace.Traces) {
	for _, rs := range td.ResourceSpans().All() {
		service := serviceName(rs.Resource())
		for _, ss := range rs.ScopeSpans().All() {
			for _, span := range ss.Spans().All() {
				b.service.Append(service)
				b.resourceAttrs.append(rs.Resource().Attributes())
				b.scopeName.Append(ss.Scope().Name())
				b.scopeVersion.Append(ss.Scope().Version())
				b.appendSpan(span)
			}
		}
	}
}

func (b *spanBatch) appendSpan(s ptrace.Span) {
	start, end := s.StartTimestamp(), s.EndTimestamp()
	b.hasTime = b.hasTime || start != 0
	b.time.append(start)
	traceID, spanID, parentID := s.TraceID(), s.SpanID(), s.ParentSpanID()
	appendHex(&b.traceID, traceID[:])
	appendHex(&b.spanID, spanID[:])
	appendHex(&b.parentID, parentID[:])
	b.state.Append(s.TraceState().AsRaw())
	b.name.Append(s.Name())
	b.kind.Append(s.Kind().String())
	b.attr.append(s.Attributes())
	b.duration.Append(uint64(max(end, start) - start)) // a span that ends before it starts has none
	b.status.Append(s.Status().Code().String())
	b.statusMessage.Append(s.Status().Message())
	b.appendEvents(s.Events())
	b.appendLinks(s.Links())
}

func (b *spanBatch) appendEvents(events ptrace.SpanEventSlice) {
	for _, ev := range events.All() {
		b.eventTime.append(ev.Timestamp())
		b.eventName.Append(ev.Name())
		b.eventAttrs.append(ev.Attributes())
	}
	b.eventOffsets.Append(uint64(b.eventTime.Rows()))
}

func (b *spanBatch) appendLinks(links ptrace.SpanLinkSlice) {
	for _, l := range links.All() {
		traceID, spanID := l.TraceID(), l.SpanID()
		appendHex(&b.linkTraceID, traceID[:])
		appendHex(&b.linkSpanID, spanID[:])
		b.linkStat.Append(l.TraceState().AsRaw())
		b.linkAttrs.append(l.Attributes())
	}
	b.linkOffsets.Append(uint64(b.linkTraceID.Rows()))
}

func (b *spanBatch) reset() {
	b.time.Reset()
	b.eventTime.Reset()
	for _, c := range []*proto.ColStr{
		&b.traceID, &b.spanID, &b.parentID, &b.state, &b.scopeName, &b.scopeVersion,
		&b.statusMessage, &b.linkTraceID, &b.linkSpanID, &b.linkStat,
	} {
		c.Reset()
	}
	for _, c := range []lowCardinality{b.name, b.kind, b.service, b.status, b.eventName} {
		resetLowCardinality(c)
	}
	for _, a := range []*attributes{b.resourceAttrs, b.attr, b.eventAttrs, b.linkAttrs} {
		a.reset()
	}
	b.duration.Reset()
	b.eventOffsets.Reset()
	b.linkOffsets.Reset()
	b.hasTime = false
}

// array is a column Array(T) over offsets that several columns share.
type array struct {
	offsets proto.ColUInt64
	data    proto.ColInput
}

func (a array) Type() proto.ColumnType { return proto.ColumnTypeArray.Sub(a.data.Type()) }
func (a array) Rows() int              { return a.offsets.Rows() }

func (a array) Prepare() error {
	if p, ok := a.data.(proto.Preparable); ok {
		return p.Prepare()
	}
	return nil
}

func (a array) EncodeState(b *proto.Buffer) {
	if s, ok := a.data.(proto.StateEncoder); ok {
		s.EncodeState(b)
	}
}

func (a array) EncodeColumn(b *proto.Buffer) {
	a.offsets.EncodeColumn(b)
	a.data.EncodeColumn(b)
}

func (a array) WriteColumn(w *proto.Writer) {
	a.offsets.WriteColumn(w)
	a.data.WriteColumn(w)
}
