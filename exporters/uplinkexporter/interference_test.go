package uplinkexporter

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
	"github.com/weir-telemetry/weir/internal/fact"
)

// run sends hours of windows of one topology, each with the data observations
// that flows makes, and returns the envelopes as they were on the wire.
func run(t *testing.T, perDay int, flows func(window uint64) []fact.Flow) (envelopes []*uplinkv1.Envelope) {
	t.Helper()
	b := &backend{}
	target, _ := listen(t, b, nop(), nil)
	p := newProxy(t, target)
	e := sends(t, p.endpoint(), nop(), func(cfg *Config) { cfg.Budget.BytesPerNodeDay = perDay }).(*uplinkExporter)
	now := time.Unix(1_790_000_000, 0)
	e.now = func() time.Time { return now }
	e.link.newID = func() uint64 { return 4711 }
	for window := range uint64(180) {
		r := report(window + 1)
		r.Symptoms = nil
		for port := range uint16(5) {
			edge := r.Edges[0]
			edge.Port, edge.Requests, edge.Errors = port+1, (window%5+1)*500, 0
			r.Edges = append(r.Edges, edge)
		}
		r.Flows = flows(window)
		require.NoError(t, e.ConsumeLogs(t.Context(), facts(r)))
		now = now.Add(time.Minute)
	}
	require.NoError(t, e.Shutdown(t.Context()))
	for _, m := range takeApart(t, p.record()).messages {
		env := &uplinkv1.Envelope{}
		require.NoError(t, proto.Unmarshal(m, env))
		envelopes = append(envelopes, env)
	}
	require.Len(t, envelopes, 180)
	return envelopes
}

// withoutFlows takes out the rows of data observations: they and their names,
// which have even numbers, and the digests over all.
func withoutFlows(e *uplinkv1.Envelope) (flows int) {
	e.Previous, e.Digest = nil, nil
	var names []*uplinkv1.Name
	for _, n := range e.GetNames() {
		if n.GetId()%2 == 1 {
			names = append(names, n)
		}
	}
	e.Names = names
	for _, r := range e.GetReports() {
		flows += len(r.GetFlows())
		r.Flows = nil
		var entities []*uplinkv1.Entity
		for _, row := range r.GetEntities() {
			if row.GetName()%2 == 1 {
				entities = append(entities, row)
			}
		}
		r.Entities = entities
		if c := r.GetCoverage(); c != nil {
			c.FlowsLeftOut, c.FlowNamesPseudonymised = 0, 0
			if proto.Size(c) == 0 {
				r.Coverage = nil
			}
		}
	}
	return flows
}

// What payloads hold decides what the rows of data observations say, and not a
// byte of anything else: with the same topology and timing two runs with other
// data give the same envelopes but for these rows, also when the budget is short.
func TestDataDoesNotShowElsewhere(t *testing.T) {
	flow := report(1).Flows[0]
	told := 0
	for _, perDay := range []int{8 << 10, defaultBudget} {
		none := run(t, perDay, func(uint64) []fact.Flow { return nil })
		many := run(t, perDay, func(window uint64) (all []fact.Flow) {
			for i := range window % 9 {
				f := flow
				f.DataType = fact.DataType(1 + i)
				f.FieldPath = fmt.Sprintf("order.%s.john.doe%d@acme.com", noise(int(window), 8), i) // #nosec G115 -- small
				f.Destination = fact.Ref{Type: uplinkv1.EntityType_ENTITY_TYPE_EXTERNAL, Name: fmt.Sprintf("shop%d.example.com", window)}
				all = append(all, f)
			}
			return all
		})
		for i := range none {
			assert.Zero(t, withoutFlows(none[i]))
			told += withoutFlows(many[i])
			a, err := proto.MarshalOptions{Deterministic: true}.Marshal(none[i])
			require.NoError(t, err)
			b, err := proto.MarshalOptions{Deterministic: true}.Marshal(many[i])
			require.NoError(t, err)
			require.Equal(t, a, b, "window %d: %v and %v", i, none[i], many[i])
		}
	}
	assert.Greater(t, told, 20)
}
