package victoriametricsexporter

import (
	"encoding/hex"
	"unicode/utf8"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// maxExemplarRunes is the limit that OpenMetrics sets for the names and values
// of an exemplar's labels together.
const maxExemplarRunes = 128

// exemplarsWithin adds those exemplars whose value v is low < v ≤ high to a
// series.
func (e *encoder) exemplarsWithin(id int32, exemplars pmetric.ExemplarSlice, pointTime pcommon.Timestamp, low, high float64) {
	if !e.cfg.Exemplars {
		return
	}
	for i := range exemplars.Len() {
		ex := exemplars.At(i)
		v := ex.DoubleValue()
		if ex.ValueType() == pmetric.ExemplarValueTypeInt {
			v = float64(ex.IntValue())
		}
		if v > low && v <= high {
			e.exemplar(id, ex, v, pointTime)
		}
	}
}

func (e *encoder) exemplar(id int32, ex pmetric.Exemplar, v float64, pointTime pcommon.Timestamp) {
	b := e.batch
	start := len(b.blobs)
	runes := 0
	if trace := ex.TraceID(); !trace.IsEmpty() {
		var text [32]byte
		b.blobs = appendLabel(b.blobs, "trace_id", hex.AppendEncode(text[:0], trace[:]))
		runes += len("trace_id") + len(text)
	}
	if span := ex.SpanID(); !span.IsEmpty() {
		var text [16]byte
		b.blobs = appendLabel(b.blobs, "span_id", hex.AppendEncode(text[:0], span[:]))
		runes += len("span_id") + len(text)
	}
	e.exemplarAttributes(ex.FilteredAttributes(), runes)
	b.blobs = appendFixed(b.blobs, tagExemplarValue, v)
	ts := ex.Timestamp()
	if ts == 0 {
		ts = pointTime
	}
	b.blobs = appendVarint(b.blobs, tagExemplarTime, uint64(milliseconds(ts)))
	b.addExemplar(id, start)
}

// exemplarAttributes adds all attributes or, when they are too long, not text
// or not distinct by name, none.
func (e *encoder) exemplarAttributes(attrs pcommon.Map, runes int) {
	if attrs.Len() == 0 {
		return
	}
	b := e.batch
	start, good := len(b.blobs), true
	seen := map[string]bool{"trace_id": true, "span_id": true}
	attrs.Range(func(k string, v pcommon.Value) bool {
		name, value := e.names.label(k), v.AsString()
		runes += utf8.RuneCountInString(name.name) + utf8.RuneCountInString(value)
		good = name.drop == "" && utf8.ValidString(value) && runes <= maxExemplarRunes && !seen[name.name]
		seen[name.name] = true
		if good {
			b.blobs = appendLabel(b.blobs, name.name, value)
		}
		return good
	})
	if !good {
		b.blobs = b.blobs[:start]
	}
}
