package uplinkexporter

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"google.golang.org/protobuf/proto"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
	"github.com/weir-telemetry/weir/internal/fact"
)

func testMeter(t *testing.T, perDay int) *meter {
	t.Helper()
	m, err := newMeter(BudgetConfig{BytesPerNodeDay: perDay}, fact.NewIdentity([]byte(testSalt)), defaultMaxEnvelope)
	require.NoError(t, err)
	return m
}

// aDay lets a day of reports in and returns the bytes of names and facts that
// they came to, and how many flows they held.
func aDay(t *testing.T, m *meter, next func(minute uint64) *fact.Report) (bytes, flows int) {
	t.Helper()
	now := time.Unix(1_790_000_000, 0)
	price, heads := m.newPrice(), m.newPrice()
	for minute := range uint64(24 * 60) {
		r := next(minute)
		kept, _ := m.trim(now, []*fact.Report{r})
		now = now.Add(time.Minute)
		if len(kept) == 0 {
			continue
		}
		e, err := price.Encode(now, 0, r)
		require.NoError(t, err)
		for _, row := range e.Envelope.GetReports() {
			flows += len(row.GetFlows())
		}
		// The heads are not of the budget.
		head, err := heads.Encode(now, 0, &fact.Report{
			Agent: r.Agent, Epoch: r.Epoch, Sequence: r.Sequence, Start: r.Start, Window: r.Window, Coverage: r.Coverage,
		})
		require.NoError(t, err)
		bytes += proto.Size(e.Envelope) - proto.Size(head.Envelope)
	}
	return bytes, flows
}

// What waits in the queue is paid for: a day of reports keeps to the day's
// budget, whether or not anybody takes them.
func TestBudgetHoldsWithoutAReceiver(t *testing.T) {
	const perDay = 32 << 10
	bytes, flows := aDay(t, testMeter(t, perDay), func(minute uint64) *fact.Report {
		r := report(minute + 1)
		r.Symptoms, r.Entities = nil, nil
		for port := range uint16(20) { // much that changes all the time
			e := r.Edges[0]
			e.Port, e.Requests, e.Errors = port+1, (minute%7+1)*1000, 0
			r.Edges = append(r.Edges, e)
			f := r.Flows[0]
			f.DataType = fact.DataType(1 + port%12)
			r.Flows = append(r.Flows, f)
		}
		return r
	})
	t.Logf("%d bytes, %d flows", bytes, flows)
	assert.Less(t, bytes, perDay+perDay/24, "the day's and one full bucket")
	assert.Greater(t, bytes, perDay/4, "it is made use of")
	assert.Positive(t, flows)
}

// A quiet node's facts are never left out with the default budget.
func TestBudgetOfAQuietNode(t *testing.T) {
	bytes, flows := aDay(t, testMeter(t, defaultBudget), func(minute uint64) *fact.Report {
		r := report(minute + 1)
		r.Symptoms, r.Entities = nil, nil
		r.Coverage = fact.Coverage{ExchangesSeen: 1000, SamplingBasisPoints: 10000}
		if minute%10 != 0 {
			r.Flows = nil
		}
		return r
	})
	assert.Equal(t, 144, flows)
	assert.Less(t, bytes, defaultBudget/2)
}

func TestSymptomsAreNeverLeftOut(t *testing.T) {
	m := testMeter(t, 1)
	now := time.Unix(1_790_000_000, 0)
	for i := range uint64(10) {
		r := report(i + 1)
		r.Entities = append(r.Entities, fact.Entity{
			Ref: fact.Ref{Type: uplinkv1.EntityType_ENTITY_TYPE_POD, Namespace: "shop", Name: "cart-1"}, Op: uplinkv1.Op_OP_DELETE,
		})
		kept, out := m.trim(now, []*fact.Report{r})
		require.Len(t, kept, 1)
		assert.Len(t, r.Symptoms, 1)
		assert.Len(t, r.Entities, 2, "nor are deletions")
		assert.Empty(t, r.Flows)
		assert.Equal(t, 1, out["flows"])
		assert.Positive(t, r.Coverage.FlowsLeftOut)
	}
	assert.Zero(t, m.left(now))
}

// Reports of others are left as they are; they raise what the sender may send.
func TestRelayedReports(t *testing.T) {
	m := testMeter(t, 24)
	now := time.Unix(1_790_000_000, 0)
	for agent := range uint64(50) {
		r := report(1)
		r.Agent = agent + 1
		r.Origin = &fact.Origin{Sender: agent + 1, Session: 1, Sequence: 1}
		kept, out := m.trim(now, []*fact.Report{r})
		require.Len(t, kept, 1)
		assert.Len(t, r.Flows, 1)
		for _, n := range out {
			assert.Zero(t, n)
		}
	}
	assert.Len(t, m.agents, 50)
	m.saw(now.Add(agentHold+time.Hour), 1000)
	assert.Len(t, m.agents, 1, "those long gone don't count")
}

// A report without news waits; what it observed comes with the next one.
func TestReportWithoutNewsIsHeld(t *testing.T) {
	m := testMeter(t, defaultBudget)
	now := time.Unix(1_790_000_000, 0)
	silent := func(sequence uint64) *fact.Report {
		r := report(sequence)
		r.Entities, r.Edges, r.Symptoms = nil, nil, nil
		r.Coverage.ExchangesSeen = 10
		return r
	}
	let := func(r *fact.Report) []*fact.Report {
		kept, _ := m.trim(now, []*fact.Report{r})
		now = now.Add(time.Minute)
		return kept
	}
	assert.Len(t, let(silent(1)), 1, "the first is news")
	assert.Empty(t, let(silent(2)))
	assert.Empty(t, let(silent(3)))
	kept := let(report(4))
	require.Len(t, kept, 1)
	assert.Len(t, kept[0].Flows, 3)
	assert.Equal(t, uint64(20), kept[0].Coverage.ExchangesSeen)
	assert.Empty(t, m.flush(now))
	assert.Empty(t, let(silent(5)))
	last := m.flush(now)
	require.Len(t, last, 1, "a stop loses nothing")
	assert.Equal(t, uint64(10), last[0].Coverage.ExchangesSeen)
}
