package distil

import (
	"cmp"
	"slices"
	"time"

	"github.com/weir-telemetry/weir/internal/fact"
)

// flowKey is what tells one data observation from another.
type flowKey struct {
	source, destination fact.Ref
	protocol            fact.Protocol
	method              fact.Method
	route               string
	direction           fact.Direction
	dataType            fact.DataType
	sensitivity         fact.Sensitivity
	path                string
	encrypted, leaves   bool
}

// flow is one data observation.
type flow struct {
	times       uint64    // in the present window
	first, last time.Time // by the exchanges
	seen        time.Time // by the clock
}

// flowTable counts data observations.
type flowTable struct {
	max   int
	known map[flowKey]*flow
}

func newFlowTable(limit int) flowTable { return flowTable{max: limit, known: map[flowKey]*flow{}} }

// add counts an observation, false when there is no room for a new one.
func (t *flowTable) add(k flowKey, at, now time.Time) bool {
	f := t.known[k]
	if f == nil {
		if len(t.known) >= t.max {
			return false
		}
		k.source, k.destination = keepRef(k.source), keepRef(k.destination)
		k.route, k.path = keep(k.route), keep(k.path)
		f = &flow{first: at, last: at}
		t.known[k] = f
	}
	f.times++
	f.seen = now
	if at.Before(f.first) {
		f.first = at
	}
	if at.After(f.last) {
		f.last = at
	}
	return true
}

// close tells what was seen in the window, in a fixed order. What is silent is
// forgotten after ttl, at once when there is no room for new ones.
func (t *flowTable) close(now time.Time, ttl time.Duration) []fact.Flow {
	if len(t.known) >= t.max {
		ttl = 0
	}
	var out []fact.Flow
	for k, f := range t.known {
		if f.times > 0 {
			out = append(out, fact.Flow{
				Source: k.source, Destination: k.destination, Protocol: k.protocol, Method: k.method, Route: k.route,
				Direction: k.direction, DataType: k.dataType, Sensitivity: k.sensitivity, FieldPath: k.path,
				Seen: f.times, First: f.first, Last: f.last, Encrypted: k.encrypted, LeavesCluster: k.leaves,
			})
			f.times = 0
		} else if now.Sub(f.seen) > ttl {
			delete(t.known, k)
		}
	}
	slices.SortFunc(out, compareFlows)
	return out
}

func compareFlows(a, b fact.Flow) int {
	return cmp.Or(lessRef(a.Source, b.Source), lessRef(a.Destination, b.Destination), cmp.Compare(a.Protocol, b.Protocol),
		cmp.Compare(a.Route, b.Route), cmp.Compare(a.Method, b.Method), cmp.Compare(a.Direction, b.Direction),
		cmp.Compare(a.DataType, b.DataType), cmp.Compare(a.FieldPath, b.FieldPath), cmp.Compare(a.Sensitivity, b.Sensitivity),
		boolean(a.Encrypted)-boolean(b.Encrypted), boolean(a.LeavesCluster)-boolean(b.LeavesCluster))
}

func boolean(b bool) int {
	if b {
		return 1
	}
	return 0
}
