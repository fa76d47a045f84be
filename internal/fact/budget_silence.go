package fact

import (
	"math"
	"time"
)

// maxHeldFlows bounds what a Throttle holds of silent reports.
const maxHeldFlows = 1000

// held is what reports said that were not sent.
type held struct {
	spoke    time.Time // when a report was let through last
	flows    []Flow
	coverage Coverage
	last     *Report // the youngest that was left out
}

// Hold says, after Apply, whether a report without news can be left out: its
// flows and coverage then come with the next one that is not. An agent is heard
// of each Silence all the same. Whether a report leaves never depends on the
// flows in it. Numbers of reports that were left out are missing at the
// receiver. What is held is gone when the process is killed; Flush gives it back
// when it stops.
func (t *Throttle) Hold(now time.Time, r *Report) bool {
	if r.Origin != nil {
		return false
	}
	h := &t.held
	h.take(r)
	news := r.Snapshot || len(r.Entities)+len(r.Edges)+len(r.Symptoms)+len(r.Changes) > 0
	if !news && !h.spoke.IsZero() && now.Sub(h.spoke) < t.o.Silence {
		last := *r
		last.Flows, last.Coverage = nil, Coverage{}
		h.last = &last
		return true
	}
	r.Flows, r.Coverage = h.flows, h.coverage
	*h = held{spoke: now}
	return false
}

// Flush returns the youngest report that was left out, with all that is held; nil
// when nothing is.
func (t *Throttle) Flush() *Report {
	h := t.held
	t.held = held{spoke: h.spoke}
	if h.last == nil {
		return nil
	}
	h.last.Flows, h.last.Coverage = h.flows, h.coverage
	return h.last
}

func (h *held) take(r *Report) {
	flows := append(h.flows, r.Flows...)
	over := max(len(flows)-maxHeldFlows, 0)
	h.flows = flows[over:]
	c, n := &h.coverage, r.Coverage
	c.ExchangesSeen = add64(c.ExchangesSeen, n.ExchangesSeen)
	c.ExchangesLost = add64(c.ExchangesLost, n.ExchangesLost)
	c.BytesParsed = add64(c.BytesParsed, n.BytesParsed)
	if n != (Coverage{}) {
		c.SamplingBasisPoints = n.SamplingBasisPoints // the latest
	}
	c.FactsLeftOut = add32(c.FactsLeftOut, n.FactsLeftOut)
	c.NamesPseudonymised = add32(c.NamesPseudonymised, n.NamesPseudonymised)
	c.FlowsLeftOut = add32(add32(c.FlowsLeftOut, n.FlowsLeftOut), uint32(over))
	c.FlowNamesPseudonymised = add32(c.FlowNamesPseudonymised, n.FlowNamesPseudonymised)
}

func add64(a, b uint64) uint64 {
	return min(a, math.MaxInt64-min(b, math.MaxInt64)) + min(b, math.MaxInt64)
}

func add32(a, b uint32) uint32 { return clamp(uint64(a) + uint64(b)) }
