package clickhouseexporter

import (
	"math"

	"github.com/ClickHouse/ch-go/proto"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
)

// logBatch is the columns of otel_logs. Append order of all columns is the
// order of records in the batch.
type logBatch struct {
	time             *timestamp
	traceID, spanID  proto.ColStr
	flags            proto.ColUInt8
	severityText     lowCardinality
	severity         proto.ColUInt8
	service          lowCardinality
	body             proto.ColStr
	resourceURL      lowCardinality
	resourceAttrs    *attributes
	scopeURL         lowCardinality
	scopeName        proto.ColStr
	scopeVersion     lowCardinality
	scopeAttrs, attr *attributes
	eventName        proto.ColStr

	hasTime bool
	scratch []byte
}

func newLogBatch() *logBatch {
	return &logBatch{
		time:         newTimestamp(),
		severityText: newLowCardinality(), service: newLowCardinality(),
		resourceURL: newLowCardinality(), resourceAttrs: newAttributes(),
		scopeURL: newLowCardinality(), scopeVersion: newLowCardinality(),
		scopeAttrs: newAttributes(), attr: newAttributes(),
	}
}

func (b *logBatch) columns() []proto.InputColumn {
	return []proto.InputColumn{
		{Name: "Timestamp", Data: b.time},
		{Name: "TraceId", Data: &b.traceID},
		{Name: "SpanId", Data: &b.spanID},
		{Name: "TraceFlags", Data: &b.flags},
		{Name: "SeverityText", Data: b.severityText},
		{Name: "SeverityNumber", Data: &b.severity},
		{Name: "ServiceName", Data: b.service},
		{Name: "Body", Data: &b.body},
		{Name: "ResourceSchemaUrl", Data: b.resourceURL},
		{Name: "ResourceAttributes", Data: b.resourceAttrs.column()},
		{Name: "ScopeSchemaUrl", Data: b.scopeURL},
		{Name: "ScopeName", Data: &b.scopeName},
		{Name: "ScopeVersion", Data: b.scopeVersion},
		{Name: "ScopeAttributes", Data: b.scopeAttrs.column()},
		{Name: "LogAttributes", Data: b.attr.column()},
		{Name: "EventName", Data: &b.eventName},
	}
}

func (b *logBatch) rows() int   { return b.time.Rows() }
func (b *logBatch) timed() bool { return b.hasTime }

// append adds every record of ld, which must stay unchanged until reset.
func (b *logBatch) append(ld plog.Logs) {
	for _, rl := range ld.ResourceLogs().All() {
		service := serviceName(rl.Resource())
		for _, sl := range rl.ScopeLogs().All() {
			for _, rec := range sl.LogRecords().All() {
				b.service.Append(service)
				b.resourceURL.Append(rl.SchemaUrl())
				b.resourceAttrs.append(rl.Resource().Attributes())
				b.scopeURL.Append(sl.SchemaUrl())
				b.scopeName.Append(sl.Scope().Name())
				b.scopeVersion.Append(sl.Scope().Version())
				b.scopeAttrs.append(sl.Scope().Attributes())
				b.appendRecord(rec)
			}
		}
	}
}

func (b *logBatch) appendRecord(rec plog.LogRecord) {
	ts := rec.Timestamp()
	if ts == 0 {
		ts = rec.ObservedTimestamp()
	}
	b.hasTime = b.hasTime || ts != 0
	b.time.append(ts)
	traceID, spanID := rec.TraceID(), rec.SpanID()
	appendHex(&b.traceID, traceID[:])
	appendHex(&b.spanID, spanID[:])
	b.flags.Append(uint8(rec.Flags() & math.MaxUint8)) // the W3C flags are the low 8 bits
	b.severityText.Append(rec.SeverityText())
	b.severity.Append(uint8(min(max(rec.SeverityNumber(), 0), math.MaxUint8)))
	if v := rec.Body(); v.Type() == pcommon.ValueTypeStr {
		b.body.Append(v.Str())
	} else {
		b.scratch = appendText(b.scratch[:0], v)
		b.body.AppendBytes(b.scratch)
	}
	b.attr.append(rec.Attributes())
	b.eventName.Append(rec.EventName())
}

func (b *logBatch) reset() {
	b.time.Reset()
	for _, c := range []*proto.ColStr{&b.traceID, &b.spanID, &b.body, &b.scopeName, &b.eventName} {
		c.Reset()
	}
	b.flags.Reset()
	b.severity.Reset()
	for _, c := range []lowCardinality{b.severityText, b.service, b.resourceURL, b.scopeURL, b.scopeVersion} {
		resetLowCardinality(c)
	}
	for _, a := range []*attributes{b.resourceAttrs, b.scopeAttrs, b.attr} {
		a.reset()
	}
	b.hasTime = false
	b.scratch = shrink(b.scratch)
}

// serviceName is the resource's service.name as text, or empty.
func serviceName(r pcommon.Resource) string {
	v, ok := r.Attributes().Get("service.name")
	if !ok {
		return ""
	}
	if v.Type() == pcommon.ValueTypeStr {
		return v.Str()
	}
	return string(appendText(nil, v))
}
