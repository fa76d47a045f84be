package exchange

import (
	"strconv"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/weir-telemetry/weir/internal/entity"
)

// Traces collects exchanges as spans, those of one workload under one
// resource. It is not safe for concurrent use. Make one with NewTraces.
type Traces struct {
	scope Scope
	out   ptrace.Traces
	spans map[entity.Workload]ptrace.SpanSlice
	names map[spanName]string
	n     int
}

type spanName struct{ method, route string }

// maxNames bounds the span names that are kept ready; beyond, they are built
// anew each time.
const maxNames = 4096

// NewTraces returns an empty batch.
func NewTraces(scope Scope) *Traces {
	return &Traces{scope: scope, out: ptrace.NewTraces(),
		spans: map[entity.Workload]ptrace.SpanSlice{}, names: map[spanName]string{}}
}

// Len is the number of spans since the last Take.
func (t *Traces) Len() int { return t.n }

// Take hands the batch over and begins a new one.
func (t *Traces) Take() ptrace.Traces {
	out := t.out
	t.out, t.n = ptrace.NewTraces(), 0
	clear(t.spans)
	return out
}

// Add appends e as a span of kind SERVER, or CLIENT when observed there;
// nothing of e is referred to afterwards.
//
// A span carries no header, no body and no query: the log record has them.
// url.path stands as sent, for redaction to see. This leaves out url.query of
// server spans and url.full of client spans, which would only repeat values.
func (t *Traces) Add(e *Exchange, tc TraceContext) {
	sp := t.slice(e.observer()).AppendEmpty()
	sp.SetTraceID(tc.TraceID)
	sp.SetSpanID(tc.SpanID)
	sp.SetParentSpanID(tc.Parent)
	sp.TraceState().FromRaw(tc.State)
	sp.SetFlags(tc.Flags)
	sp.SetName(t.name(e))
	sp.SetStartTimestamp(pcommon.NewTimestampFromTime(e.Start))
	sp.SetEndTimestamp(pcommon.NewTimestampFromTime(e.Start.Add(max(e.Duration, 0))))
	failed := e.Status >= 500
	sp.SetKind(ptrace.SpanKindServer)
	if e.Side == ClientSide {
		sp.SetKind(ptrace.SpanKindClient)
		failed = e.Status >= 400
	}
	e.putSpanAttributes(sp.Attributes())
	if failed {
		sp.Status().SetCode(ptrace.StatusCodeError)
		sp.Attributes().PutStr(keyErrorType, strconv.Itoa(e.Status))
	}
	t.n++
}

func (t *Traces) slice(w entity.Workload) ptrace.SpanSlice {
	s, ok := t.spans[w]
	if !ok {
		rs := t.out.ResourceSpans().AppendEmpty()
		putResource(rs.Resource().Attributes(), w)
		ss := rs.ScopeSpans().AppendEmpty()
		t.scope.put(ss.Scope())
		s = ss.Spans()
		t.spans[w] = s
	}
	return s
}

// name is "METHOD route", "METHOD" without a route, and "HTTP" in place of a
// method that is not known.
func (t *Traces) name(e *Exchange) string {
	method, ok := knownMethod(e.Method)
	if !ok {
		method = "HTTP"
	}
	if e.Route == "" {
		return method
	}
	key := spanName{method, e.Route}
	name, ok := t.names[key]
	if !ok {
		name = method + " " + e.Route
		if len(t.names) < maxNames {
			t.names[key] = name
		}
	}
	return name
}

func (e *Exchange) putSpanAttributes(m pcommon.Map) {
	m.EnsureCapacity(18)
	e.putMethod(m)
	if len(e.Path) > 0 {
		m.PutStr(keyURLPath, string(appendURL(nil, e.Path)))
	}
	if e.Protocol == HTTP {
		m.PutStr(keyURLScheme, "http")
	}
	putKnown(m, keyRoute, e.Route)
	if e.Status != 0 {
		m.PutInt(keyStatus, int64(e.Status))
	}
	putAddress(m, keyClientAddress, keyClientPort, e.Client)
	putAddress(m, keyServerAddress, keyServerPort, e.Server)
	e.putProtocol(m)
	putEnds(m, e.Source, e.Destination)
}
