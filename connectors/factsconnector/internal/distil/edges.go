package distil

import (
	"cmp"
	"slices"
	"time"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
	"github.com/weir-telemetry/weir/internal/fact"
)

// edgeKey is what tells one edge from another.
type edgeKey struct {
	source, destination fact.Ref
	protocol            fact.Protocol
	port                uint16
	side                fact.Side
}

// calls are requests of one edge or of one data point.
type calls struct {
	requests, errors uint64
	durations        fact.Histogram
}

func (c *calls) add(o calls) {
	c.requests += o.requests
	c.errors += o.errors
	c.durations.Merge(o.durations)
}

// edge is one edge in the present window.
type edge struct {
	calls
	seen   time.Time // when there was a request
	active bool      // the last report that told of it had requests
}

// pair is an edge as spans and metrics both know it: a span has a port more.
type pair struct{ source, destination fact.Ref }

// edgeTable adds up calls by edge. Metrics count every exchange and own the
// edges; spans are sampled and stand in where no metric reports the pair.
type edgeTable struct {
	max     int
	metrics map[edgeKey]*edge
	spans   map[edgeKey]*edge
	owned   map[pair]uint64 // the window in which a metric last reported it
	window  uint64
}

func newEdgeTable(limit int) edgeTable {
	return edgeTable{max: limit, metrics: map[edgeKey]*edge{}, spans: map[edgeKey]*edge{}, owned: map[pair]uint64{}}
}

// own notes that a metric reports the pair, also when nothing was called.
func (t *edgeTable) own(k edgeKey) {
	p := pair{k.source, k.destination}
	if _, ok := t.owned[p]; ok || len(t.owned) < t.max {
		t.owned[p] = t.window
	}
}

// isOwned reports whether a metric reports the pair, in this window or in the
// one before, as collection and window are not in step. When more pairs are
// reported than are remembered, any pair may be.
func (t *edgeTable) isOwned(k edgeKey) bool {
	last, ok := t.owned[pair{k.source, k.destination}]
	return (ok && t.window-last <= 1) || len(t.owned) >= t.max
}

// bucket returns k as the edge that its calls are added to, which is the other
// edge when k is not known and there is no room.
func (t *edgeTable) bucket(into map[edgeKey]*edge, k edgeKey) (edgeKey, bool) {
	if into[k] != nil || len(t.metrics)+len(t.spans) < t.max {
		return k, true
	}
	return k.others(), false
}

// others is the edge that stands for all that are not told apart.
func (k edgeKey) others() edgeKey {
	return edgeKey{source: other, destination: other, protocol: k.protocol, side: k.side}
}

func (t *edgeTable) add(into map[edgeKey]*edge, k edgeKey, c calls, now time.Time) {
	e := into[k]
	if e == nil {
		k.source, k.destination = keepRef(k.source), keepRef(k.destination)
		e = &edge{}
		into[k] = e
	}
	e.add(c)
	e.seen = now
}

// close tells the window's edges in a fixed order: those with requests, once
// those that had some in the report before, and in a snapshot all others that
// are known, without rates. The silent ones are forgotten after ttl, at once
// when there is no room for new ones. The last window of all may be too short
// to say that anybody is silent.
func (t *edgeTable) close(now time.Time, ttl time.Duration, snapshot, last bool) []fact.Edge {
	if len(t.metrics)+len(t.spans) >= t.max {
		ttl = 0
	}
	var out []fact.Edge
	for k, e := range t.metrics {
		if last {
			e.active = false
		}
		out = e.tell(out, k, snapshot)
		if !e.active && now.Sub(e.seen) > ttl {
			delete(t.metrics, k)
		}
	}
	for k, e := range t.spans {
		owned := t.isOwned(k)
		if owned {
			e.calls = calls{}
		}
		if last {
			e.active = false
		}
		out = e.tell(out, k, snapshot && !owned)
		if !e.active && (owned || now.Sub(e.seen) > ttl) {
			delete(t.spans, k)
		}
	}
	t.window++
	for p, last := range t.owned {
		if t.window-last > 1 {
			delete(t.owned, p)
		}
	}
	slices.SortFunc(out, compareEdges)
	return out
}

// tell appends what is to be said of the edge and begins it anew.
func (e *edge) tell(out []fact.Edge, k edgeKey, snapshot bool) []fact.Edge {
	rates := e.requests > 0 || e.active
	if rates || snapshot {
		out = append(out, fact.Edge{
			Source: k.source, Destination: k.destination, Protocol: k.protocol, Port: k.port, Side: k.side,
			Op: uplinkv1.Op_OP_STATE, HasRates: rates, Requests: e.requests, Errors: e.errors, Durations: e.durations,
		})
	}
	e.active = e.requests > 0
	e.calls = calls{}
	return out
}

func compareEdges(a, b fact.Edge) int {
	return cmp.Or(lessRef(a.Source, b.Source), lessRef(a.Destination, b.Destination),
		cmp.Compare(a.Protocol, b.Protocol), cmp.Compare(a.Port, b.Port), cmp.Compare(a.Side, b.Side))
}
