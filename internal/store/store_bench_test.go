package store

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
	"github.com/weir-telemetry/weir/internal/fact"
	"github.com/weir-telemetry/weir/test/servers"
)

// cluster is a report of 300 services and 1,500 edges, with or without rates.
func cluster(sequence uint64, at time.Time, services, edges int, rates bool) *fact.Report {
	r := &fact.Report{Agent: 1, Epoch: 1, Sequence: sequence, Start: at.Add(-time.Minute), Window: time.Minute, Snapshot: true,
		Origin: &fact.Origin{Sender: 1, Session: 1, Sequence: sequence, Bytes: 9000}}
	ref := func(i int) fact.Ref {
		return fact.Ref{ID: uint64(1000 + i%services), Type: uplinkv1.EntityType_ENTITY_TYPE_DEPLOYMENT,
			Namespace: fmt.Sprintf("team-%d", i%services%20), Name: fmt.Sprintf("service-%d", i%services)}
	}
	for i := range services {
		r.Entities = append(r.Entities, fact.Entity{Ref: ref(i), Op: uplinkv1.Op_OP_STATE})
	}
	for i := range edges {
		e := fact.Edge{Source: ref(i), Destination: ref(i*7 + i/services + 1), Protocol: uplinkv1.Protocol_PROTOCOL_HTTP, Port: 8080,
			Side: uplinkv1.Side_SIDE_SERVER, Op: uplinkv1.Op_OP_STATE, HasRates: rates, Requests: uint64(600 + i), Errors: 3}
		if rates {
			for d := range 40 {
				e.Durations.AddSeconds(0.001*float64(d+1), 15)
			}
		}
		r.Edges = append(r.Edges, e)
	}
	return r
}

func benchBoth(b *testing.B, fn func(b *testing.B, s *Store, p Project)) {
	run := func(name string, o Options) {
		b.Run(name, func(b *testing.B) {
			s, err := Open(b.Context(), o)
			require.NoError(b, err)
			defer func() { require.NoError(b, s.Close()) }()
			p, err := s.CreateProject(b.Context(), "p", "production")
			require.NoError(b, err)
			fn(b, s, p)
		})
	}
	run(SQLite, Options{Driver: SQLite, Path: filepath.Join(b.TempDir(), "weir.db")})
	servers.Need(b, postgresErr)
	run(PostgreSQL, Options{Driver: PostgreSQL, DSN: emptyDatabase(b)})
}

// BenchmarkSnapshot stores a snapshot of the whole cluster, with all rates.
func BenchmarkSnapshot(b *testing.B) {
	benchBoth(b, func(b *testing.B, s *Store, p Project) {
		sequence := uint64(0)
		for b.Loop() {
			sequence++
			_, err := s.Keep(b.Context(), Sender{Project: p.ID}, []*fact.Report{cluster(sequence, time.Now(), 300, 1500, true)})
			require.NoError(b, err)
		}
	})
}

// BenchmarkDelta stores what an agent says in an ordinary minute.
func BenchmarkDelta(b *testing.B) {
	benchBoth(b, func(b *testing.B, s *Store, p Project) {
		sequence := uint64(0)
		for b.Loop() {
			sequence++
			_, err := s.Keep(b.Context(), Sender{Project: p.ID}, []*fact.Report{cluster(sequence, time.Now(), 3, 10, true)})
			require.NoError(b, err)
		}
	})
}

// BenchmarkMap reads the map of the whole cluster.
func BenchmarkMap(b *testing.B) {
	benchBoth(b, func(b *testing.B, s *Store, p Project) {
		_, err := s.Keep(b.Context(), Sender{Project: p.ID}, []*fact.Report{cluster(1, time.Now(), 300, 1500, true)})
		require.NoError(b, err)
		for b.Loop() {
			m, err := s.Map(b.Context(), p.ID)
			require.NoError(b, err)
			require.Len(b, m.Nodes, 300)
		}
	})
}
