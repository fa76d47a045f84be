package distil

import (
	"strings"
	"sync"
	"time"

	"github.com/weir-telemetry/weir/internal/fact"
)

// Limits bound what is remembered at once. All must be above 0.
type Limits struct {
	Edges    int // told apart; beyond, calls are added up in the edge from other to other
	Flows    int // data observations told apart; beyond, they are left out
	Entities int // seen in resources and events, beside the ends of edges and of symptoms
	Symptoms int // occurrences, open or just ended
	Series   int // of duration metrics whose last value is kept
}

// Options of a Distiller.
type Options struct {
	Limits Limits
	// Snapshot is the time between two full statements of all entities. What
	// was silent for as long is forgotten.
	Snapshot time.Duration
	// Since is when the process began. A cumulative series that is older is
	// counted from its second point on.
	Since time.Time
	// Identity makes the ids of occurrences of symptoms.
	Identity *fact.Identity
}

// Distiller adds up one window at a time. It is safe for concurrent use. What
// it is given is only read, and nothing of it is kept but copies of names.
type Distiller struct {
	opt Options

	mu       sync.Mutex
	opened   time.Time // the present window
	snapshot time.Time // when the last full statement was made
	spoken   time.Time // when the last report was made
	coverage coverage
	series   seriesTable
	edges    edgeTable
	flows    flowTable
	entities entityTable
	symptoms symptomTable
	counts   Counts
}

// New returns a Distiller whose first window opens at now.
func New(opt Options, now time.Time) *Distiller {
	return &Distiller{
		opt: opt, opened: now, snapshot: now, spoken: now,
		coverage: newCoverage(),
		series:   newSeriesTable(opt.Limits.Series, opt.Since),
		edges:    newEdgeTable(opt.Limits.Edges),
		flows:    newFlowTable(opt.Limits.Flows),
		entities: newEntityTable(opt.Limits.Entities, opt.Snapshot),
		symptoms: newSymptomTable(opt.Limits.Symptoms),
	}
}

// coverageEvery is after how many windows without a fact a report is made that
// says no more than that the agent lives.
const coverageEvery = 5

// maxWindow is the longest that a report can speak of.
const maxWindow = 24 * time.Hour

// Close ends the window and returns what it holds, nil when that is nothing
// and it has not been nothing for long. Agent, epoch and sequence are the
// caller's to set. window is the intended length; the window may have taken
// longer. last is set for the last window, which is always told when anything
// at all was seen.
func (d *Distiller) Close(now time.Time, window time.Duration, last bool) *fact.Report {
	d.mu.Lock()
	defer d.mu.Unlock()
	r := &fact.Report{Start: d.opened.Truncate(time.Second), Window: min(max(now.Sub(d.opened).Round(time.Second), time.Second), maxWindow)}
	opened := d.opened
	d.opened = now
	if now.Sub(d.snapshot) >= d.opt.Snapshot {
		r.Snapshot, d.snapshot = true, now
	}
	r.Edges = d.edges.close(now, d.opt.Snapshot, r.Snapshot, last)
	r.Symptoms = d.symptoms.close(opened, now, d.opt.Snapshot)
	r.Entities = d.entities.close(opened, now, r.Snapshot)
	d.series.forget(now, d.opt.Snapshot)
	// Whether there is a report must not depend on what data was seen: data
	// observations wait for one.
	silent := r.Facts() == 0 && !r.Snapshot
	if silent && now.Sub(d.spoken) < coverageEvery*window && (!last || d.coverage.empty()) {
		return nil
	}
	r.Flows = d.flows.close(now, d.opt.Snapshot)
	d.spoken = now
	r.Coverage = d.coverage.take()
	d.counts.told(r)
	return r
}

// keep copies a name, so that it doesn't hold on to the memory of a batch.
func keep(s string) string { return strings.Clone(s) }

// maxText bounds what is kept of one name, in bytes. Longer ones are no names.
const maxText = 512
