package fact

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
)

func sideReport(side Side, op Op, ports ...uint16) *Report {
	r := &Report{}
	for _, p := range ports {
		r.Edges = append(r.Edges, Edge{Source: web, Destination: users, Protocol: uplinkv1.Protocol_PROTOCOL_HTTP, Port: p, Side: side, Op: op})
	}
	return r
}

func TestSides(t *testing.T) {
	const server, client = uplinkv1.Side_SIDE_SERVER, uplinkv1.Side_SIDE_CLIENT
	const state, gone = uplinkv1.Op_OP_STATE, uplinkv1.Op_OP_DELETE
	s := NewSides(identity, 0, time.Hour)
	now := start

	r := sideReport(client, state, 80)
	assert.Zero(t, s.Filter(now, r), "nobody else reports it")
	assert.Len(t, r.Edges, 1)

	// The server's row may stand in a later report of the same batch.
	r, server80 := sideReport(client, state, 80, 81), sideReport(server, state, 80)
	assert.Equal(t, 1, s.Filter(now, r, server80))
	assert.Len(t, r.Edges, 1)
	assert.EqualValues(t, 81, r.Edges[0].Port)
	assert.Len(t, server80.Edges, 1)

	// Ids are what counts: the client's agent may not know the names.
	r = sideReport(client, state, 80)
	r.Edges[0].Source, r.Edges[0].Destination = Ref{ID: identity.ID(web)}, Ref{ID: identity.ID(users)}
	assert.Equal(t, 1, s.Filter(now.Add(59*time.Minute), r))

	// Without news of the server the client fills in again.
	assert.Equal(t, 1, s.Filter(now.Add(90*time.Minute), sideReport(client, state, 80)))
	assert.Zero(t, s.Filter(now.Add(3*time.Hour), sideReport(client, state, 80)))

	// So it does at once when the server says that the edge is gone.
	assert.Equal(t, 1, s.Filter(now.Add(3*time.Hour), sideReport(server, state, 80), sideReport(client, state, 80)))
	assert.Zero(t, s.Filter(now.Add(3*time.Hour), sideReport(server, gone, 80), sideReport(client, state, 80)))
}

func TestSidesAreBounded(t *testing.T) {
	s := NewSides(identity, 100, time.Hour)
	for i := range uint16(1000) {
		s.Filter(start, sideReport(uplinkv1.Side_SIDE_SERVER, uplinkv1.Op_OP_STATE, i+1))
		assert.LessOrEqual(t, len(s.young)+len(s.old), 100)
	}
	assert.Equal(t, 1, s.Filter(start, sideReport(uplinkv1.Side_SIDE_CLIENT, uplinkv1.Op_OP_STATE, 1000)))
}
