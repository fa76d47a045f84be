package fact

import (
	"fmt"
	"math"
	"time"

	"google.golang.org/protobuf/proto"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
)

// The bytes that a node may cause to leave in a day.
const (
	DefaultBytesPerNodeDay = 64 << 10
	MaxBytesPerNodeDay     = 256 << 10
)

// Budget is the bytes that may leave, spent through a bucket that holds an
// hour's worth and fills all the time. A quarter of it is for flows, apart, so
// that the data seen never decides what is said about the topology. Bytes are
// counted before compression, so that contents don't show in what is left, and
// without the heads of envelopes and reports, which come whatever is in them (a
// node's reports share an envelope with others' behind the mediator). It is not
// safe for concurrent use.
type Budget struct {
	perNodeDay, nodes int
	filled            time.Time
	main, flows       float64 // left; below zero when symptoms overdrew it
}

// LeftOut is what Trim took out.
type LeftOut struct{ Rates, Pods, Flows int }

// NewBudget makes a full bucket. perNodeDay is in bytes, 0 means the default.
func NewBudget(perNodeDay, nodes int) (*Budget, error) {
	if perNodeDay == 0 {
		perNodeDay = DefaultBytesPerNodeDay
	}
	if perNodeDay < 0 || perNodeDay > MaxBytesPerNodeDay {
		return nil, fmt.Errorf("bytes per node and day: %d is out of range, want 1 to %d", perNodeDay, MaxBytesPerNodeDay)
	}
	b := &Budget{perNodeDay: perNodeDay, nodes: max(nodes, 1)}
	b.main, b.flows = b.capacity()
	return b, nil
}

// SetNodes tells for how many nodes the sender speaks.
func (b *Budget) SetNodes(n int) { b.nodes = max(n, 1) }

// capacity of the two buckets.
func (b *Budget) capacity() (main, flows float64) {
	hour := float64(b.perNodeDay) * float64(b.nodes) / 24
	return hour * 3 / 4, hour / 4
}

func (b *Budget) fill(now time.Time) {
	mainFull, flowsFull := b.capacity()
	if passed := now.Sub(b.filled); !b.filled.IsZero() && passed > 0 {
		hours := passed.Hours()
		b.main += hours * mainFull
		b.flows += hours * flowsFull
	}
	b.main, b.flows = min(b.main, mainFull), min(b.flows, flowsFull)
	if now.After(b.filled) {
		b.filled = now
	}
}

// Left is what remains of the hour in bytes, flows apart.
func (b *Budget) Left(now time.Time) uint32 {
	b.fill(now)
	return uint32(min(max(b.main, 0), math.MaxUint32))
}

// RatesAllowance is how many bytes of rate summaries may leave now, so that
// something is left for the windows to come and for what matters more.
func (b *Budget) RatesAllowance(now time.Time) int {
	b.fill(now)
	return int(max(b.main, 0) / 4)
}

// Spend takes an envelope out of the buckets. What may never be dropped can
// overdraw them.
func (b *Budget) Spend(now time.Time, env *uplinkv1.Envelope) {
	b.fill(now)
	main, flows := cost(env)
	b.main -= float64(main)
	b.flows -= float64(flows)
}

// cost is the size of an envelope's names and rows in two parts. The first does
// not depend on flows in any way, not by the length of a length.
func cost(env *uplinkv1.Envelope) (main, flows int) {
	for _, n := range env.Names {
		if n.Id%2 == 0 {
			flows += listed(proto.Size(n))
		} else {
			main += listed(proto.Size(n))
		}
	}
	for _, r := range env.Reports {
		for _, e := range r.Entities {
			if e.Op == uplinkv1.Op_OP_FLOW_REFERENCE {
				flows += row(e)
			} else {
				main += row(e)
			}
		}
		for _, e := range r.Edges {
			main += row(e)
		}
		for _, s := range r.Symptoms {
			main += row(s)
		}
		for _, c := range r.Changes {
			main += row(c)
		}
		for _, f := range r.Flows {
			flows += row(f)
		}
	}
	return main, flows
}

// row is the size of a message of less than 128 bytes within a list.
func row(m proto.Message) int { return proto.Size(m) + 2 }

// Upper estimates of rows in bytes, with their share of new names.
const (
	costEntity  = 70
	costPod     = 90
	costEdge    = 30
	costRates   = 40
	costSymptom = 75
	costChange  = 40
	costFlow    = 110
)

// Trim takes out of the reports what the budget has no room for: rates of
// edges, then pods, then flows. Symptoms and deletions always stay. What is
// left out is counted in the reports' coverage.
func (b *Budget) Trim(now time.Time, reports ...*Report) (out LeftOut) {
	b.fill(now)
	over := -b.main
	for _, r := range reports {
		over += float64(mainCost(r))
	}
	for i := len(reports) - 1; i >= 0 && over > 0; i-- {
		n := trimRates(reports[i], &over)
		reports[i].Coverage.FactsLeftOut += uint32(n)
		out.Rates += n
	}
	for i := len(reports) - 1; i >= 0 && over > 0; i-- {
		n := trimPods(reports[i], &over)
		reports[i].Coverage.FactsLeftOut += uint32(n)
		out.Pods += n
	}
	room := max(b.flows, 0)
	if over > 0 {
		room = 0
	}
	for _, r := range reports {
		keep := min(len(r.Flows), int(room/costFlow))
		room -= float64(keep * costFlow)
		n := len(r.Flows) - keep
		r.Flows = r.Flows[:keep]
		r.Coverage.FlowsLeftOut += uint32(n)
		out.Flows += n
	}
	return out
}

func mainCost(r *Report) int {
	n := len(r.Edges)*costEdge + len(r.Symptoms)*costSymptom + len(r.Changes)*costChange
	for i := range r.Edges {
		if r.Edges[i].HasRates {
			n += costRates
		}
	}
	for i := range r.Entities {
		if isPod(&r.Entities[i]) {
			n += costPod
		} else {
			n += costEntity
		}
	}
	return n
}

func trimRates(r *Report, over *float64) (n int) {
	for i := len(r.Edges) - 1; i >= 0 && *over > 0; i-- {
		if e := &r.Edges[i]; e.HasRates {
			e.HasRates, e.Requests, e.Errors, e.Durations = false, 0, 0, Histogram{}
			*over -= costRates
			n++
		}
	}
	return n
}

func isPod(e *Entity) bool {
	return e.Type == uplinkv1.EntityType_ENTITY_TYPE_POD || e.Type == uplinkv1.EntityType_ENTITY_TYPE_CONTAINER
}

func trimPods(r *Report, over *float64) (n int) {
	kept := make([]Entity, 0, len(r.Entities))
	for i := range r.Entities {
		e := &r.Entities[i]
		if *over > 0 && isPod(e) && e.Op != uplinkv1.Op_OP_DELETE {
			*over -= costPod
			n++
			continue
		}
		kept = append(kept, *e)
	}
	r.Entities = kept
	return n
}
