package uplinkexporter

import (
	"errors"
	"sync"
	"time"

	"github.com/weir-telemetry/weir/internal/fact"
)

const (
	// agentHold is how long an agent whose reports came through here counts as
	// a node of the budget.
	agentHold = 24 * time.Hour
	maxAgents = 100_000
)

// meter keeps the budget: it decides before the queue what a report may still
// say, so that a report that is sent again says the same, and so that what waits
// in the queue is paid for. Reports of others, which came over an uplink, have
// been through their own sender's meter: they are counted and left as they are.
// Safe for concurrent use.
type meter struct {
	mu       sync.Mutex
	budget   *fact.Budget
	throttle *fact.Throttle
	agents   map[uint64]time.Time // when a report of theirs was here last

	// price encodes what is let in as a session does, to know what it costs. A
	// new session tells all names again, so it is replaced with each.
	price    *fact.Encoder
	newPrice func() *fact.Encoder
}

func newMeter(cfg BudgetConfig, identity *fact.Identity, maxEnvelope int) (*meter, error) {
	budget, err := fact.NewBudget(cfg.BytesPerNodeDay, 1)
	if err != nil {
		return nil, err
	}
	m := &meter{
		budget: budget, throttle: fact.NewThrottle(identity, fact.ThrottleOptions{}),
		agents: map[uint64]time.Time{},
		newPrice: func() *fact.Encoder {
			return fact.NewEncoder(fact.EncoderOptions{Identity: identity, Sender: 1, Session: 1, MaxBytes: maxEnvelope})
		},
	}
	m.price = m.newPrice()
	return m, nil
}

// leftOut counts what the budget had no room for, by class.
type leftOut map[string]int

// trim returns the reports that go on, changed to what may be said, and pays for
// them. A report without news is held back; what it observed comes with the next.
func (m *meter) trim(now time.Time, reports []*fact.Report) ([]*fact.Report, leftOut) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var own, all []*fact.Report
	deferred := 0
	for _, r := range reports {
		if r.Origin != nil {
			m.saw(now, r.Agent)
			all = append(all, r)
			continue
		}
		deferred += m.throttle.Apply(now, m.budget.RatesAllowance(now), r)
		if m.throttle.Hold(now, r) {
			continue
		}
		own, all = append(own, r), append(all, r)
	}
	out := m.budget.Trim(now, own...)
	m.pay(now, all)
	return all, leftOut{"rates_deferred": deferred, "rates": out.Rates, "pods": out.Pods, "flows": out.Flows}
}

// flush returns what trim has held back, as one report, or none.
func (m *meter) flush(now time.Time) []*fact.Report {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.throttle.Flush()
	if r == nil {
		return nil
	}
	m.budget.Trim(now, r)
	m.pay(now, []*fact.Report{r})
	return []*fact.Report{r}
}

func (m *meter) pay(now time.Time, reports []*fact.Report) {
	again := false
	for len(reports) > 0 {
		e, err := m.price.Encode(now, 0, reports...)
		switch {
		case err == nil:
			again = false
			m.budget.Spend(now, e.Envelope)
			reports = reports[e.Reports:]
		case errors.Is(err, fact.ErrSessionFull):
			m.price = m.newPrice()
			if again { // it alone fills a dictionary
				reports = reports[1:]
			}
			again = !again
		default: // it will not be sent either
			reports = reports[1:]
		}
	}
}

// saw keeps the number of nodes that the budget is for.
func (m *meter) saw(now time.Time, agent uint64) {
	before := len(m.agents)
	if _, known := m.agents[agent]; known || before < maxAgents {
		m.agents[agent] = now
	}
	if len(m.agents) == before {
		return
	}
	for a, last := range m.agents {
		if now.Sub(last) > agentHold {
			delete(m.agents, a)
		}
	}
	m.budget.SetNodes(len(m.agents))
}

// session notes that a new session begins.
func (m *meter) session() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.price = m.newPrice()
}

// left is what remains of the hour in bytes.
func (m *meter) left(now time.Time) uint32 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.budget.Left(now)
}
