package exchange

import (
	"time"
	"unsafe"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/weir-telemetry/weir/internal/entity"
)

// Scope names the instrumentation scope of what is translated.
type Scope struct{ Name, Version string }

func (s Scope) put(to pcommon.InstrumentationScope) {
	to.SetName(s.Name)
	to.SetVersion(s.Version)
}

// Logs collects exchanges as log records, those of one workload under one
// resource. It is not safe for concurrent use. Make one with NewLogs.
type Logs struct {
	scope   Scope
	out     plog.Logs
	records map[entity.Workload]plog.LogRecordSlice
	n, size int
}

// NewLogs returns an empty batch.
func NewLogs(scope Scope) *Logs {
	return &Logs{scope: scope, out: plog.NewLogs(), records: map[entity.Workload]plog.LogRecordSlice{}}
}

// Len is the number of records since the last Take.
func (l *Logs) Len() int { return l.n }

// Size is roughly the number of payload bytes copied since the last Take.
func (l *Logs) Size() int { return l.size }

// Take hands the batch over and begins a new one.
func (l *Logs) Take() plog.Logs {
	out := l.out
	l.out, l.n, l.size = plog.NewLogs(), 0, 0
	clear(l.records)
	return out
}

// Add appends e as a record with event name weir.exchange; nothing of e is
// referred to afterwards. The record's timestamp is the start of the request.
// Severity is ERROR for a status of 500 and above, else INFO. The record
// carries the ids of the exchange's span.
func (l *Logs) Add(e *Exchange, tc TraceContext, observed time.Time) {
	rec := l.slice(e.observer()).AppendEmpty()
	rec.SetEventName(EventName)
	rec.SetTimestamp(pcommon.NewTimestampFromTime(e.Start))
	rec.SetObservedTimestamp(pcommon.NewTimestampFromTime(observed))
	rec.SetSeverityNumber(plog.SeverityNumberInfo)
	if e.Status >= 500 {
		rec.SetSeverityNumber(plog.SeverityNumberError)
	}
	rec.SetTraceID(tc.TraceID)
	rec.SetSpanID(tc.SpanID)

	a := arena{buf: make([]byte, 0, smallBytes(e))}
	e.putLogAttributes(rec.Attributes(), &a)
	body := rec.Body().SetEmptyMap()
	body.EnsureCapacity(2)
	putMessage(body.PutEmptyMap("request"), &e.Request, &a)
	putMessage(body.PutEmptyMap("response"), &e.Response, &a)
	l.n++
	l.size += cap(a.buf) + len(e.Request.Body) + len(e.Response.Body)
}

func (l *Logs) slice(w entity.Workload) plog.LogRecordSlice {
	s, ok := l.records[w]
	if !ok {
		rl := l.out.ResourceLogs().AppendEmpty()
		putResource(rl.Resource().Attributes(), w)
		sl := rl.ScopeLogs().AppendEmpty()
		l.scope.put(sl.Scope())
		s = sl.LogRecords()
		l.records[w] = s
	}
	return s
}

func (e *Exchange) putLogAttributes(m pcommon.Map, a *arena) {
	m.EnsureCapacity(22)
	e.putMethod(m)
	if len(e.Path) > 0 {
		m.PutStr(keyURLPath, a.add(appendURL, e.Path))
	}
	if len(e.Query) > 0 {
		m.PutStr(keyURLQuery, a.add(appendURL, e.Query))
	}
	putKnown(m, keyRoute, e.Route)
	if e.Status != 0 {
		m.PutInt(keyStatus, int64(e.Status))
	}
	m.PutInt(keyRequestSize, e.Request.BodySize)
	m.PutInt(keyResponseSize, e.Response.BodySize)
	putAddress(m, keyClientAddress, keyClientPort, e.Client)
	putAddress(m, keyServerAddress, keyServerPort, e.Server)
	e.putProtocol(m)
	m.PutDouble(AttrDuration, e.seconds())
	if e.partial() {
		m.PutBool(AttrPartial, true)
	}
	putEnds(m, e.Source, e.Destination)
}

// putMessage writes {headers: {name: [values]}, body}. The key body is there
// only when bytes of it were kept.
func putMessage(m pcommon.Map, msg *Message, a *arena) {
	m.EnsureCapacity(2)
	putHeaders(m.PutEmptyMap("headers"), msg.Headers, a)
	if len(msg.Body) == 0 {
		return
	}
	if end, ok := isText(msg.Body, msg.Truncated); ok {
		m.PutStr("body", string(msg.Body[:end]))
		return
	}
	m.PutEmptyBytes("body").FromRaw(append([]byte(nil), msg.Body...))
}

// fewHeaders is up to where a linear search for a repeated name is cheaper
// than a map.
const fewHeaders = 32

func putHeaders(m pcommon.Map, headers []Header, a *arena) {
	m.EnsureCapacity(len(headers))
	var seen map[string]pcommon.Slice
	if len(headers) > fewHeaders {
		seen = make(map[string]pcommon.Slice, len(headers))
	}
	for _, h := range headers {
		name := a.add(appendLower, h.Name)
		headerValues(m, seen, name).AppendEmpty().SetStr(a.add(appendLatin1, h.Value))
	}
}

func headerValues(m pcommon.Map, seen map[string]pcommon.Slice, name string) pcommon.Slice {
	if seen != nil {
		s, ok := seen[name]
		if !ok {
			s = m.PutEmptySlice(name)
			seen[name] = s
		}
		return s
	}
	if v, ok := m.Get(name); ok {
		return v.Slice()
	}
	return m.PutEmptySlice(name)
}

// smallBytes is how much room the strings of a record but its bodies take.
func smallBytes(e *Exchange) int {
	n := len(e.Path) + len(e.Query)
	for _, msg := range [2]*Message{&e.Request, &e.Response} {
		for _, h := range msg.Headers {
			n += len(h.Name) + len(h.Value)
		}
	}
	return n
}

// add copies b through one of the append functions and returns it as a string.
// The string shares the arena's memory, which is never written twice.
func (a *arena) add(how func(dst, b []byte) []byte, b []byte) string {
	from := len(a.buf)
	a.buf = how(a.buf, b)
	s := a.buf[from:]
	return unsafe.String(unsafe.SliceData(s), len(s)) // #nosec G103 -- read only while the bytes live
}

func (e *Exchange) seconds() float64 { return max(e.Duration, 0).Seconds() }
