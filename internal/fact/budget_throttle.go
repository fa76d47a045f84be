package fact

import (
	"cmp"
	"math"
	"slices"
	"time"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
)

// Throttle decides which edges a report still tells of, and which of them carry
// rates: those that changed materially since they were last sent, and those
// where a symptom is open, as many as an allowance of bytes has room for. An
// edge without news is told again after Refresh. It is not safe for concurrent
// use.
type Throttle struct {
	identity *Identity
	o        ThrottleOptions
	edges    map[edgeKey]*edgeState
	open     map[uint64]openSymptom // by occurrence
	swept    time.Time
	held     held
}

// ThrottleOptions bound a Throttle; zeros mean the defaults.
type ThrottleOptions struct {
	Refresh  time.Duration // default 6 h
	Silence  time.Duration // an agent without news is heard of so often at least; default 10 min
	Pause    time.Duration // least time between two rate summaries of an edge that has no symptom; default 10 min
	MaxEdges int           // remembered; default 50,000
}

type edgeKey struct {
	sideKey
	side Side
}

// edgeState is what was last sent of an edge.
type edgeState struct {
	told, rated time.Time
	rates       summary
}

// summary is what a comparison of two windows needs.
type summary struct {
	requests, errors uint64 // in a window
	seconds          float64
	p95              int // bucket
}

type openSymptom struct {
	entity, peer uint64
	last         time.Time
}

// symptomHold is how long a symptom counts as open after its last news.
const symptomHold = time.Hour

// NewThrottle remembers nothing yet: everything is news.
func NewThrottle(identity *Identity, o ThrottleOptions) *Throttle {
	o.Refresh = cmp.Or(max(o.Refresh, 0), 6*time.Hour)
	o.Silence = cmp.Or(max(o.Silence, 0), 10*time.Minute)
	o.Pause = cmp.Or(max(o.Pause, 0), 10*time.Minute)
	o.MaxEdges = cmp.Or(max(o.MaxEdges, 0), 50_000)
	return &Throttle{identity: identity, o: o, edges: map[edgeKey]*edgeState{}, open: map[uint64]openSymptom{}}
}

// candidate is an edge whose rates are worth sending.
type candidate struct {
	index   int
	state   *edgeState
	now     summary
	symptom bool
	score   float64
}

// Apply takes out of r the edges that are no news, and the rates that are none
// or that the allowance in bytes (see Budget.RatesAllowance) has no room for;
// these come when there is room and they are still news. Reports that came over
// an uplink are left as they are. It returns how many rates had no room.
func (t *Throttle) Apply(now time.Time, allowance int, r *Report) (noRoom int) {
	if r.Origin != nil {
		return 0
	}
	t.sweep(now)
	t.symptoms(now, r.Symptoms)
	touched := map[uint64]bool{}
	for _, s := range t.open {
		touched[s.entity], touched[s.peer] = true, true
	}
	delete(touched, 0) // no peer

	states := make([]*edgeState, len(r.Edges))
	var wanted []candidate
	for i := range r.Edges {
		e := &r.Edges[i]
		states[i] = t.state(e)
		if e.HasRates {
			if c, ok := t.candidate(now, r.Window, e, states[i], touched); ok {
				c.index = i
				wanted = append(wanted, c)
			}
		}
	}
	slices.SortStableFunc(wanted, func(a, b candidate) int {
		return cmp.Or(-compareBool(a.symptom, b.symptom), -cmp.Compare(a.score, b.score))
	})
	send := make([]bool, len(r.Edges))
	for _, c := range wanted {
		if allowance -= costEdge + costRates; allowance < 0 {
			noRoom++
			continue
		}
		send[c.index] = true
		c.state.rated, c.state.rates = now, c.now
	}
	t.keep(now, r, states, send)
	return noRoom
}

// keep drops the rows that say nothing new.
func (t *Throttle) keep(now time.Time, r *Report, states []*edgeState, send []bool) {
	kept := make([]Edge, 0, len(r.Edges))
	for i := range r.Edges {
		e, s := r.Edges[i], states[i]
		deleted := e.Op == uplinkv1.Op_OP_DELETE
		if !send[i] && !deleted && !s.told.IsZero() && now.Sub(s.told) < t.due(&e) {
			continue
		}
		if !send[i] {
			e.HasRates, e.Requests, e.Errors, e.Durations = false, 0, 0, Histogram{}
		}
		s.told = now
		kept = append(kept, e)
		if deleted {
			delete(t.edges, t.key(&e))
		}
	}
	r.Edges = kept
}

// due is after what time an edge is told again: within the last quarter of
// Refresh, each at its own moment.
func (t *Throttle) due(e *Edge) time.Duration {
	spread := (t.identity.Of(e.Source)*31 + t.identity.Of(e.Destination)) % 64
	return t.o.Refresh*3/4 + t.o.Refresh/4*time.Duration(spread)/64
}

func (t *Throttle) key(e *Edge) edgeKey {
	return edgeKey{sideKey{t.identity.Of(e.Source), t.identity.Of(e.Destination), e.Protocol, e.Port}, e.Side}
}

// state returns what is remembered of e. Beyond the bound nothing is
// remembered, so those edges are always news.
func (t *Throttle) state(e *Edge) *edgeState {
	k := t.key(e)
	if s := t.edges[k]; s != nil {
		return s
	}
	s := &edgeState{}
	if len(t.edges) < t.o.MaxEdges {
		t.edges[k] = s
	}
	return s
}

func (t *Throttle) candidate(now time.Time, window time.Duration, e *Edge, s *edgeState, touched map[uint64]bool) (candidate, bool) {
	c := candidate{state: s, now: summarize(e, window)}
	if s.rated.IsZero() {
		c.score = math.MaxFloat64
		return c, true
	}
	c.score = change(s.rates, c.now)
	if touched[t.identity.Of(e.Source)] || touched[t.identity.Of(e.Destination)] {
		c.symptom = true
		return c, c.score >= troubled
	}
	return c, c.score >= 1 && now.Sub(s.rated) >= t.o.Pause
}

func summarize(e *Edge, window time.Duration) summary {
	s := summary{requests: e.Requests, errors: e.Errors, seconds: max(window.Seconds(), 1), p95: -1}
	if i, ok := e.Durations.dense().quantile(0.95); ok {
		s.p95 = int(i)
	}
	return s
}

// What counts as material, beyond what chance does to small numbers.
const (
	materialRate   = 0.5  // relative change of the request rate
	materialErrors = 0.01 // change of the share of errors
	materialP95    = 8    // buckets: half as long again
	chance         = 3.0  // standard deviations
	troubled       = 0.5  // of these is enough where a symptom is open
)

// change says by how much two windows differ; from 1 on it is material.
func change(a, b summary) float64 {
	// Rates as requests in b's window.
	before, after := float64(a.requests)*b.seconds/a.seconds, float64(b.requests)
	most := max(before, after)
	if most == 0 {
		return 0
	}
	score := min(math.Abs(after-before)/(materialRate*most), math.Abs(after-before)/(chance*math.Sqrt(most)))
	if a.requests > 0 && b.requests > 0 {
		pa, pb := float64(a.errors)/float64(a.requests), float64(b.errors)/float64(b.requests)
		p := max(pa, pb)
		deviation := math.Sqrt(max(p*(1-p), 1/most) / min(before, after))
		diff := math.Abs(pa - pb)
		score = max(score, min(diff/materialErrors, diff/(chance*deviation)))
	}
	if a.p95 >= 0 && b.p95 >= 0 {
		// The tail of few durations says little.
		score = max(score, math.Abs(float64(a.p95-b.p95))/(materialP95*max(1, 16/math.Sqrt(min(before, after)))))
	}
	return score
}

func (t *Throttle) symptoms(now time.Time, list []Symptom) {
	for i := range list {
		s := &list[i]
		id := s.ID
		if id == 0 {
			id = t.identity.Symptom(s.Code, s.Entity, s.Peer, s.Onset.Unix())
		}
		switch s.Phase {
		case uplinkv1.Phase_PHASE_START, uplinkv1.Phase_PHASE_UPDATE:
			if _, known := t.open[id]; known || len(t.open) < t.o.MaxEdges {
				t.open[id] = openSymptom{t.identity.Of(s.Entity), t.identity.Of(s.Peer), now}
			}
		default:
			delete(t.open, id)
		}
	}
}

// sweep forgets what was not heard of for long.
func (t *Throttle) sweep(now time.Time) {
	if now.Sub(t.swept) < time.Minute {
		return
	}
	t.swept = now
	for id, s := range t.open {
		if now.Sub(s.last) > symptomHold {
			delete(t.open, id)
		}
	}
	for k, s := range t.edges {
		if !s.told.IsZero() && now.Sub(s.told) > 3*t.o.Refresh {
			delete(t.edges, k)
		}
	}
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}
