package walk

import (
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
)

// Logs walks every resource, scope and record of ld.
func (w *Walker) Logs(ld plog.Logs) {
	ld.ResourceLogs().RemoveIf(func(rl plog.ResourceLogs) bool {
		if w.guarded(func() { rl.SetSchemaUrl(w.resource(rl.Resource(), rl.SchemaUrl())) }) {
			return true
		}
		rl.ScopeLogs().RemoveIf(func(sl plog.ScopeLogs) bool {
			if w.guarded(func() { sl.SetSchemaUrl(w.scope(sl.Scope(), sl.SchemaUrl())) }) {
				return true
			}
			var lr plog.LogRecord
			one := func() { w.logRecord(lr) }
			sl.LogRecords().RemoveIf(func(r plog.LogRecord) bool {
				lr = r
				return w.guarded(one)
			})
			return false
		})
		return false
	})
}

func (w *Walker) resource(r pcommon.Resource, schema string) string {
	w.enter(Resource, r.Attributes())
	w.attributes(Attributes, r.Attributes())
	schema, _ = w.text(SchemaURL, schema)
	w.leave()
	return schema
}

func (w *Walker) scope(s pcommon.InstrumentationScope, schema string) string {
	w.enter(ScopeUnit, s.Attributes())
	if n, ok := w.text(Name, s.Name()); ok {
		s.SetName(n)
	}
	if n, ok := w.text(Version, s.Version()); ok {
		s.SetVersion(n)
	}
	w.attributes(Attributes, s.Attributes())
	schema, _ = w.text(SchemaURL, schema)
	w.leave()
	return schema
}

func (w *Walker) logRecord(lr plog.LogRecord) {
	w.place.Record = Record{Kind: LogRecord, Attributes: lr.Attributes(), EventName: lr.EventName(), Body: lr.Body()}
	w.place.Part = Attributes
	w.place.steps = w.place.steps[:0]
	w.v.Enter(&w.place)
	if n, ok := w.text(EventName, lr.EventName()); ok {
		lr.SetEventName(n)
	}
	if n, ok := w.text(Severity, lr.SeverityText()); ok {
		lr.SetSeverityText(n)
	}
	w.attributes(Attributes, lr.Attributes())
	w.body(lr.Body())
	w.leave()
}
