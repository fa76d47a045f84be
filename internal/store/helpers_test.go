package store

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
	"github.com/weir-telemetry/weir/internal/fact"
	"github.com/weir-telemetry/weir/test/servers"
)

var (
	noon  = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	web   = fact.Ref{ID: 0xa1, Type: uplinkv1.EntityType_ENTITY_TYPE_DEPLOYMENT, Namespace: "shop", Name: "web"}
	users = fact.Ref{ID: 0xf000000000000002, Type: uplinkv1.EntityType_ENTITY_TYPE_DEPLOYMENT, Namespace: "shop", Name: "users"}
	bank  = fact.Ref{ID: 0xa3, Type: uplinkv1.EntityType_ENTITY_TYPE_EXTERNAL, Name: "api.bank.example"}
	node1 = fact.Ref{ID: 0xa4, Type: uplinkv1.EntityType_ENTITY_TYPE_NODE, Name: "n1"}
)

// clock is a clock that tests move.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// both runs a test on SQLite and on PostgreSQL, each on an empty database.
func both(t *testing.T, fn func(t *testing.T, o Options)) {
	t.Helper()
	t.Run(SQLite, func(t *testing.T) {
		fn(t, Options{Driver: SQLite, Path: filepath.Join(t.TempDir(), "sub dir", "we?ir.db")})
	})
	t.Run(PostgreSQL, func(t *testing.T) {
		fn(t, Options{Driver: PostgreSQL, DSN: emptyDatabase(t)})
	})
}

// emptyDatabase makes a database of its own on the server that the package's
// tests share.
func emptyDatabase(t testing.TB) string {
	t.Helper()
	servers.Need(t, postgresErr)
	admin, err := sql.Open("pgx", servers.PostgresDSN(postgres, "postgres"))
	require.NoError(t, err)
	defer func() { require.NoError(t, admin.Close()) }()
	name := "t" + newID()
	_, err = admin.ExecContext(t.Context(), "CREATE DATABASE "+name)
	require.NoError(t, err)
	return servers.PostgresDSN(postgres, name)
}

// opened opens a store at noon, with a project.
func opened(t *testing.T, o Options) (*Store, *clock, Project) {
	t.Helper()
	c := &clock{t: noon}
	o.Now = c.now
	s, err := Open(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	p, err := s.CreateProject(t.Context(), "p", "production")
	require.NoError(t, err)
	return s, c, p
}

// report says one of everything, as if it came in an envelope of its own.
func report(agent, sequence uint64, at time.Time) *fact.Report {
	r := &fact.Report{
		Agent: agent, Epoch: 0xe000000000000001, Sequence: sequence, Start: at.Add(-time.Minute), Window: time.Minute, Snapshot: true,
		Origin: &fact.Origin{Sender: 9, Session: agent + 1000, Sequence: sequence, Digest: [32]byte{7}, Bytes: 300},
		Entities: []fact.Entity{
			{Ref: users, Op: uplinkv1.Op_OP_STATE, Image: "registry.example/users:1.4.2", Version: "1.4.2", Node: node1, Desired: 3, Ready: 2, ReportInterval: time.Hour},
		},
		Edges: []fact.Edge{
			{Source: web, Destination: users, Protocol: uplinkv1.Protocol_PROTOCOL_HTTP, Port: 8080,
				Side: uplinkv1.Side_SIDE_SERVER, Op: uplinkv1.Op_OP_STATE, HasRates: true, Requests: 600, Errors: 6},
			{Source: users, Destination: bank, Protocol: uplinkv1.Protocol_PROTOCOL_TCP, Port: 443,
				Side: uplinkv1.Side_SIDE_CLIENT, Op: uplinkv1.Op_OP_STATE},
		},
		Symptoms: []fact.Symptom{symptomAt(uplinkv1.Phase_PHASE_START, at)},
		Flows: []fact.Flow{{
			Source: web, Destination: users, Protocol: uplinkv1.Protocol_PROTOCOL_HTTP, Method: uplinkv1.Method_METHOD_POST,
			Route: "/users/{id}/cards", Direction: uplinkv1.Direction_DIRECTION_REQUEST, DataType: uplinkv1.DataType_DATA_TYPE_PAYMENT_CARD,
			Sensitivity: uplinkv1.Sensitivity_SENSITIVITY_CRITICAL, FieldPath: "body.cards[*].number", Seen: 41,
			First: at.Add(-time.Minute), Last: at, Encrypted: true,
		}},
		Changes:  []fact.Change{{Entity: users, Kind: uplinkv1.ChangeKind_CHANGE_KIND_SCALE, Time: at, From: 2, To: 3}},
		Coverage: fact.Coverage{ExchangesSeen: 641, ExchangesLost: 2, SamplingBasisPoints: 2500, BytesParsed: 123000, FactsLeftOut: 1, NamesPseudonymised: 2},
	}
	for i := range 600 {
		r.Edges[0].Durations.Add(time.Duration(i+1) * time.Millisecond)
	}
	return r
}

func symptomAt(phase fact.Phase, at time.Time) fact.Symptom {
	return fact.Symptom{
		ID: 0x51, Code: "svc.latency.shift", Entity: users, Peer: web, Phase: phase, Severity: uplinkv1.Severity_SEVERITY_WARNING,
		Onset: noon.Add(-time.Minute), Time: at, Value: 0.25, Baseline: 0.012, Threshold: 0.018,
		Unit: uplinkv1.Unit_UNIT_SECONDS, Samples: 120, Detector: uplinkv1.Detector_DETECTOR_BASELINE,
	}
}

func keep(t *testing.T, s *Store, p Project, reports ...*fact.Report) Kept {
	t.Helper()
	k, err := s.Keep(t.Context(), Sender{Project: p.ID}, reports)
	require.NoError(t, err)
	return k
}

var (
	postgres    *servers.Server
	postgresErr error
)

func TestMain(m *testing.M) {
	if spec := os.Getenv(writerEnv); spec != "" {
		fmt.Fprintln(os.Stderr, writeReports(spec))
		os.Exit(1)
	}
	postgres, postgresErr = servers.StartPostgres(context.Background(), servers.Options{})
	code := m.Run()
	if postgres != nil {
		_ = postgres.Close()
	}
	os.Exit(code)
}
