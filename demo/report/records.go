package report

import (
	"fmt"
	"sort"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
)

// Edge is who called whom.
type Edge struct{ Source, Destination string }

// String names the edge as the summary does.
func (e Edge) String() string { return e.Source + " -> " + e.Destination }

// Endpoint is a method and a route on an edge.
type Endpoint struct {
	Edge
	Name string // "GET /customers/{id}"
}

// Traffic is what was seen on one endpoint.
type Traffic struct {
	Exchanges int
	Types     map[string]bool
}

// Records adds up kept exchanges. It is not safe for concurrent use.
type Records struct {
	namespace string
	Exchanges int // of the namespace's workloads
	Others    int // exchanges of anybody else, such as a scrape
	Traffic   map[Endpoint]*Traffic
}

// NewRecords counts exchanges whose destination is in a namespace.
func NewRecords(namespace string) *Records {
	return &Records{namespace: namespace, Traffic: map[Endpoint]*Traffic{}}
}

// Add takes one message of the file exporter, an OTLP protobuf logs request.
func (r *Records) Add(message []byte) error {
	logs, err := (&plog.ProtoUnmarshaler{}).UnmarshalLogs(message)
	if err != nil {
		return fmt.Errorf("decode log records: %w", err)
	}
	for _, rl := range logs.ResourceLogs().All() {
		for _, sl := range rl.ScopeLogs().All() {
			for _, rec := range sl.LogRecords().All() {
				r.record(rec)
			}
		}
	}
	return nil
}

func (r *Records) record(rec plog.LogRecord) {
	if rec.EventName() != "weir.exchange" {
		return
	}
	a := rec.Attributes()
	if text(a, "weir.destination.namespace") != r.namespace {
		r.Others++
		return
	}
	r.Exchanges++
	key := Endpoint{
		Edge: Edge{orUnknown(text(a, "weir.source.name")), text(a, "weir.destination.name")},
		Name: text(a, "http.request.method") + " " + text(a, "http.route"),
	}
	t := r.Traffic[key]
	if t == nil {
		t = &Traffic{Types: map[string]bool{}}
		r.Traffic[key] = t
	}
	t.Exchanges++
	types, ok := a.Get("weir.data_types")
	if !ok || types.Type() != pcommon.ValueTypeSlice {
		return
	}
	for _, v := range types.Slice().All() {
		t.Types[v.AsString()] = true
	}
}

// Edges adds up the endpoints of each edge.
func (r *Records) Edges() map[Edge]*Traffic {
	out := map[Edge]*Traffic{}
	for e, t := range r.Traffic {
		sum := out[e.Edge]
		if sum == nil {
			sum = &Traffic{Types: map[string]bool{}}
			out[e.Edge] = sum
		}
		sum.Exchanges += t.Exchanges
		for name := range t.Types {
			sum.Types[name] = true
		}
	}
	return out
}

// Names returns the data types in order.
func (t *Traffic) Names() []string {
	out := make([]string, 0, len(t.Types))
	for n := range t.Types {
		out = append(out, n)
	}
	sort.Strings(out)
	return out
}

func text(m pcommon.Map, key string) string {
	v, ok := m.Get(key)
	if !ok {
		return ""
	}
	return v.AsString()
}

func orUnknown(s string) string {
	if s == "" {
		return "unknown"
	}
	return s
}
