package distil

import "github.com/weir-telemetry/weir/internal/fact"

// Kind says what was counted.
type Kind uint8

// The kinds of what comes in.
const (
	EdgePoint Kind = iota // data point of a duration metric
	Span
	Exchange // log record of an exchange
	SymptomPoint
	EntityEvent
	KindCount
)

// String is the value of an attribute.
func (k Kind) String() string {
	return [...]string{"edge_point", "span", "exchange", "symptom_point", "entity_event"}[k]
}

// Reason says why something that looked like a source of facts became none.
type Reason uint8

// The reasons.
const (
	Malformed Reason = iota // lacks what is needed, or holds what can't be
	Nameless                // neither end is known by name
	Baseline                // first sight of a series that is older than the memory of it
	Repeated                // seen before
	Limited                 // left out by a bound
	Owned                   // of an edge that metrics report
	ReasonCount
)

// String is the value of an attribute.
func (r Reason) String() string {
	return [...]string{"malformed", "nameless", "baseline", "repeated", "limited", "owned"}[r]
}

// Told are the kinds of facts in reports.
type Told uint8

// The kinds of facts.
const (
	Entities Told = iota
	Edges
	Symptoms
	Flows
	ToldCount
)

// String is the value of an attribute.
func (t Told) String() string { return [...]string{"entity", "edge", "symptom", "flow"}[t] }

// Counts is what happened since they were last taken.
type Counts struct {
	Accepted [KindCount]int64
	Ignored  [KindCount][ReasonCount]int64
	Told     [ToldCount]int64
}

// TakeCounts returns the counts and begins anew.
func (d *Distiller) TakeCounts() Counts {
	d.mu.Lock()
	defer d.mu.Unlock()
	c := d.counts
	d.counts = Counts{}
	return c
}

func (c *Counts) told(r *fact.Report) {
	c.Told[Entities] += int64(len(r.Entities))
	c.Told[Edges] += int64(len(r.Edges))
	c.Told[Symptoms] += int64(len(r.Symptoms))
	c.Told[Flows] += int64(len(r.Flows))
}
