package fact

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
)

func newBudget(t testing.TB, perDay, nodes int) *Budget {
	t.Helper()
	b, err := NewBudget(perDay, nodes)
	require.NoError(t, err)
	return b
}

func TestBudgetIsBounded(t *testing.T) {
	for _, n := range []int{-1, MaxBytesPerNodeDay + 1} {
		_, err := NewBudget(n, 1)
		assert.ErrorContains(t, err, "want 1 to 262144")
	}
	assert.EqualValues(t, 2048, newBudget(t, 0, 1).Left(start), "three quarters of an hour's worth of 64 KB a day")
	b := newBudget(t, 32<<10, 1)
	b.SetNodes(100)
	b.Left(start)
	assert.EqualValues(t, 100*1024, b.Left(start.Add(100*time.Hour)), "a night's quiet is not saved up")
}

// pressing is a report with far more than any budget has.
func pressing(n uint64) *Report {
	r := fullReport()
	r.Sequence, r.Snapshot = n, false
	for i := range 300 {
		e := r.Edges[0]
		e.Port = uint16(i + 1)
		r.Edges = append(r.Edges, e)
		p := Entity{Ref: Ref{Type: pod1.Type, Namespace: "shop", Name: fmt.Sprintf("pod-%d", i)}, Op: uplinkv1.Op_OP_STATE}
		if i%10 == 0 {
			p.Op = uplinkv1.Op_OP_DELETE
		}
		r.Entities = append(r.Entities, p)
		f := r.Flows[0]
		f.FieldPath = "body.a" + string(rune('a'+i%26))
		r.Flows = append(r.Flows, f)
	}
	return r
}

func TestWhatIsDroppedFirst(t *testing.T) {
	count := func(r *Report) (rates, pods, deletions, flows, symptoms int) {
		for _, e := range r.Edges {
			if e.HasRates {
				rates++
			}
		}
		for i := range r.Entities {
			switch {
			case r.Entities[i].Op == uplinkv1.Op_OP_DELETE:
				deletions++
			case isPod(&r.Entities[i]):
				pods++
			}
		}
		return rates, pods, deletions, len(r.Flows), len(r.Symptoms)
	}
	for _, c := range []struct {
		nodes               int
		rates, pods, flows  string
		spentBefore, summed int
	}{
		{nodes: 1000, rates: "all", pods: "all", flows: "all"},
		{nodes: 20, rates: "some", pods: "all", flows: "some"},
		{nodes: 10, rates: "none", pods: "some", flows: "some"},
		{nodes: 1, rates: "none", pods: "none", flows: "none"},
	} {
		t.Run(fmt.Sprint(c.nodes), func(t *testing.T) {
			whole, r := pressing(1), pressing(1)
			b := newBudget(t, 0, c.nodes)
			out := b.Trim(start, r)
			allRates, allPods, allDeletions, allFlows, allSymptoms := count(whole)
			rates, pods, deletions, flows, symptoms := count(r)
			check := func(want string, left, all int) {
				got := "some"
				if left == all {
					got = "all"
				} else if left == 0 {
					got = "none"
				}
				assert.Equal(t, want, got, "%d of %d", left, all)
			}
			check(c.rates, rates, allRates)
			check(c.pods, pods, allPods)
			check(c.flows, flows, allFlows)
			assert.Equal(t, allDeletions, deletions)
			assert.Equal(t, allSymptoms, symptoms)
			assert.Equal(t, LeftOut{allRates - rates, allPods - pods, allFlows - flows}, out)
			assert.EqualValues(t, whole.Coverage.FactsLeftOut, r.Coverage.FactsLeftOut-uint32(out.Rates+out.Pods))
			assert.EqualValues(t, whole.Coverage.FlowsLeftOut, r.Coverage.FlowsLeftOut-uint32(out.Flows))
		})
	}
}

// Half a day of pressure keeps to the budget, but for what may never be dropped.
func TestDayKeepsToTheBudget(t *testing.T) {
	const nodes = 25
	heads := proto.Size(emptyEnvelope(t)) // which the budget is not for
	b := newBudget(t, 0, nodes)
	enc := newEncoder()
	total := 0
	for minute := range 12 * 60 {
		now := start.Add(time.Duration(minute) * time.Minute)
		r := pressing(uint64(minute + 1))
		var kept []Entity
		for _, e := range r.Entities { // no deletions, which are never dropped
			if e.Op != uplinkv1.Op_OP_DELETE {
				kept = append(kept, e)
			}
		}
		r.Entities, r.Edges = kept, r.Edges[:10]
		b.Trim(now, r)
		out, err := enc.Encode(now, b.Left(now), r)
		require.NoError(t, err)
		b.Spend(now, out.Envelope)
		total += proto.Size(out.Envelope) - heads
	}
	perDay := DefaultBytesPerNodeDay * nodes / 2 // half a day
	assert.Less(t, total, perDay+perDay/12)
	assert.Greater(t, total, perDay/2, "and it is used")
}

func emptyEnvelope(t *testing.T) *uplinkv1.Envelope {
	t.Helper()
	r := fullReport()
	r.Entities, r.Edges, r.Symptoms, r.Flows, r.Changes = nil, nil, nil, nil, nil
	enc := newEncoder()
	_, err := enc.Encode(start, 1<<20, r)
	require.NoError(t, err)
	out, err := enc.Encode(start, 1<<20, r) // has a digest before it
	require.NoError(t, err)
	return out.Envelope
}

func TestSymptomsOverdraw(t *testing.T) {
	b := newBudget(t, 24, 1) // a byte an hour
	r := fullReport()
	b.Trim(start, r)
	assert.Len(t, r.Symptoms, 1)
	out, err := newEncoder().Encode(start, b.Left(start), r)
	require.NoError(t, err)
	b.Spend(start, out.Envelope)
	assert.Zero(t, b.Left(start))
	assert.Zero(t, b.RatesAllowance(start))
	assert.Zero(t, b.Left(start.Add(20*time.Hour)), "the debt is paid back first")
	assert.Zero(t, b.Left(start.Add(-time.Hour)), "a clock that goes back gives nothing")
}

func edgeReport(requests, errors uint64, d time.Duration) *Report {
	e := Edge{Source: web, Destination: users, Protocol: uplinkv1.Protocol_PROTOCOL_HTTP, Port: 80,
		Side: uplinkv1.Side_SIDE_SERVER, Op: uplinkv1.Op_OP_STATE, HasRates: true, Requests: requests, Errors: errors}
	e.Durations.AddSeconds(d.Seconds(), requests)
	return &Report{Start: start, Window: time.Minute, Edges: []Edge{e}}
}

func TestThrottle(t *testing.T) {
	const plenty = 1 << 20
	what := func(r *Report) string {
		switch {
		case len(r.Edges) == 0:
			return "nothing"
		case r.Edges[0].HasRates:
			return "rates"
		}
		return "edge"
	}
	th := NewThrottle(identity, ThrottleOptions{})
	now := start
	step := func(want string, pause time.Duration, allowance int, r *Report) {
		t.Helper()
		now = now.Add(pause)
		th.Apply(now, allowance, r)
		assert.Equal(t, want, what(r))
		if want != "rates" && len(r.Edges) > 0 {
			assert.Zero(t, r.Edges[0].Requests)
			assert.Empty(t, r.Edges[0].Durations.Buckets)
		}
	}
	ms := time.Millisecond
	step("edge", 0, 10, edgeReport(600, 6, 10*ms)) // no room
	step("rates", time.Minute, plenty, edgeReport(600, 6, 10*ms))
	step("nothing", time.Minute, plenty, edgeReport(600, 6, 10*ms))
	step("nothing", 10*time.Minute, plenty, edgeReport(650, 7, 11*ms)) // not by much
	step("rates", time.Minute, plenty, edgeReport(1500, 15, 10*ms))    // more requests
	step("nothing", time.Minute, plenty, edgeReport(600, 6, 10*ms))    // too soon
	step("rates", 10*time.Minute, plenty, edgeReport(1500, 90, 10*ms)) // more errors
	step("rates", 10*time.Minute, plenty, edgeReport(1500, 90, 30*ms)) // slower
	step("nothing", 10*time.Minute, 0, edgeReport(600, 6, 10*ms))      // no room
	step("rates", 0, plenty, edgeReport(600, 6, 10*ms))                // still news
	step("edge", 6*time.Hour, plenty, edgeReport(600, 6, 10*ms))       // told again

	r := edgeReport(4, 0, 10*ms) // chance does that to small numbers
	th = NewThrottle(identity, ThrottleOptions{})
	th.Apply(now, plenty, r)
	step("nothing", 10*time.Minute, plenty, edgeReport(9, 1, 15*ms))

	// A symptom is open at one end: smaller changes, each window.
	r = edgeReport(600, 6, 10*ms)
	r.Symptoms = []Symptom{{ID: 1, Entity: users, Phase: uplinkv1.Phase_PHASE_START}}
	th = NewThrottle(identity, ThrottleOptions{})
	step("rates", 0, plenty, r)
	step("rates", time.Minute, plenty, edgeReport(800, 6, 10*ms))
	step("nothing", time.Minute, plenty, edgeReport(800, 6, 10*ms))
	r = edgeReport(600, 6, 10*ms)
	r.Symptoms = []Symptom{{ID: 1, Entity: users, Phase: uplinkv1.Phase_PHASE_END}}
	step("nothing", time.Minute, plenty, r)

	r = edgeReport(600, 6, 10*ms)
	r.Edges[0].Op = uplinkv1.Op_OP_DELETE
	step("edge", time.Minute, 0, r)
	assert.Empty(t, th.edges)

	// What came over an uplink was decided about already.
	r = edgeReport(1, 0, ms)
	r.Origin = &Origin{}
	step("rates", 0, 0, r)
}

func TestThrottlePrefersSymptomsThenLargeChanges(t *testing.T) {
	th := NewThrottle(identity, ThrottleOptions{})
	report := func(small, large, troubled uint64) *Report {
		r := &Report{Window: time.Minute}
		for port, n := range map[uint16]uint64{1: small, 2: large, 3: troubled} {
			e := edgeReport(n, 0, time.Millisecond).Edges[0]
			e.Port = port
			if port == 3 {
				e.Destination = bank
			}
			r.Edges = append(r.Edges, e)
		}
		return r
	}
	th.Apply(start, 1<<20, report(600, 600, 600))
	r := report(1500, 9000, 1000)
	r.Symptoms = []Symptom{{ID: 1, Entity: bank, Phase: uplinkv1.Phase_PHASE_START}}
	left := th.Apply(start.Add(10*time.Minute), 2*(costEdge+costRates), r)
	assert.Equal(t, 1, left)
	var ports []int
	for _, e := range r.Edges {
		if e.HasRates {
			ports = append(ports, int(e.Port))
		}
	}
	assert.ElementsMatch(t, []int{2, 3}, ports)
}

func TestThrottleIsBounded(t *testing.T) {
	th := NewThrottle(identity, ThrottleOptions{MaxEdges: 10})
	for i := range 100 {
		r := edgeReport(600, 0, time.Millisecond)
		r.Edges[0].Port = uint16(i + 1)
		r.Symptoms = []Symptom{{ID: uint64(i + 1), Entity: users, Phase: uplinkv1.Phase_PHASE_START}}
		th.Apply(start, 1<<20, r)
		assert.Len(t, r.Edges, 1)
	}
	assert.Len(t, th.edges, 10)
	assert.Len(t, th.open, 10)
	th.Apply(start.Add(19*time.Hour), 0, &Report{})
	assert.Empty(t, th.edges)
	assert.Empty(t, th.open)
}

func TestSilence(t *testing.T) {
	th := NewThrottle(identity, ThrottleOptions{})
	report := func(seen uint64, flows int) *Report {
		r := &Report{Coverage: Coverage{ExchangesSeen: seen, SamplingBasisPoints: uint32(seen)}}
		for range flows {
			r.Flows = append(r.Flows, fullReport().Flows[0])
		}
		return r
	}
	hold := func(want bool, at time.Duration, r *Report) *Report {
		t.Helper()
		assert.Equal(t, want, th.Hold(start.Add(at), r))
		return r
	}
	hold(false, 0, report(1, 0)) // the first is news
	hold(true, time.Minute, report(10, 1))
	hold(true, 2*time.Minute, report(20, 0))
	r := hold(false, 10*time.Minute, report(30, 1))
	assert.Equal(t, Coverage{ExchangesSeen: 60, SamplingBasisPoints: 30}, r.Coverage, "nothing is forgotten")
	assert.Len(t, r.Flows, 2)
	hold(true, 11*time.Minute, report(5, 2*maxHeldFlows))
	r = report(1, 1)
	r.Symptoms = fullReport().Symptoms
	hold(false, 12*time.Minute, r)
	assert.EqualValues(t, 6, r.Coverage.ExchangesSeen)
	assert.Len(t, r.Flows, maxHeldFlows)
	assert.EqualValues(t, maxHeldFlows+1, r.Coverage.FlowsLeftOut)
	assert.Nil(t, th.Flush(), "nothing is held")
	hold(true, 12*time.Minute+time.Second, report(3, 1))
	r = report(4, 1)
	r.Sequence = 44
	hold(true, 12*time.Minute+2*time.Second, r)
	last := th.Flush()
	assert.EqualValues(t, 44, last.Sequence)
	assert.EqualValues(t, 7, last.Coverage.ExchangesSeen)
	assert.Len(t, last.Flows, 2)
	assert.Nil(t, th.Flush())
	r = report(1, 0)
	r.Snapshot = true
	hold(false, 13*time.Minute, r)
	assert.EqualValues(t, 1, r.Coverage.ExchangesSeen)
	r = report(7, 7)
	r.Origin = &Origin{}
	assert.Len(t, hold(false, 14*time.Minute, r).Flows, 7, "another's report is left as it is")
}
