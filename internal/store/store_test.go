package store

import (
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
	"github.com/weir-telemetry/weir/internal/fact"
)

func TestMigrateFromEmptyAndAgain(t *testing.T) {
	both(t, func(t *testing.T, o Options) {
		for range 3 {
			s, err := Open(t.Context(), o)
			require.NoError(t, err)
			var n int
			require.NoError(t, s.row(t.Context(), "SELECT COUNT(*) FROM schema_versions").Scan(&n))
			assert.Equal(t, 1, n)
			require.NoError(t, s.Close())
		}
		s, err := Open(t.Context(), o)
		require.NoError(t, err)
		require.NoError(t, s.inTx(t.Context(), func(t *tx) error {
			return t.exec("INSERT INTO schema_versions (version, applied) VALUES (2, 0)")
		}))
		require.NoError(t, s.Close())
		_, err = Open(t.Context(), o)
		assert.ErrorContains(t, err, "use a newer one")
	})
}

func TestFileIsPrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x", "weir.db")
	s, _, p := opened(t, Options{Driver: SQLite, Path: path})
	keep(t, s, p, report(1, 1, noon))
	for _, f := range []string{path, path + "-wal", path + "-shm"} {
		info, err := os.Stat(f)
		require.NoError(t, err)
		assert.EqualValues(t, 0o600, info.Mode().Perm(), f)
	}
}

func TestOpenFails(t *testing.T) {
	_, err := Open(t.Context(), Options{Driver: "mysql"})
	require.ErrorContains(t, err, "driver: must be sqlite or postgres")
	_, err = Open(t.Context(), Options{Driver: PostgreSQL, DSN: "postgres://weir:secret-value@127.0.0.1:1/x?connect_timeout=1"})
	require.Error(t, err)
	assert.NotContains(t, err.Error(), "secret-value")
	for _, dsn := range []string{"postgres://weir:secret-value@%%/x", "secret-value", "password=secret-value port=x"} {
		_, err = Open(t.Context(), Options{Driver: PostgreSQL, DSN: dsn})
		require.ErrorContains(t, err, "the DSN can't be read")
		assert.NotContains(t, err.Error(), "secret-value")
	}
}

func TestForeignKeysHold(t *testing.T) {
	both(t, func(t *testing.T, o Options) {
		s, _, p := opened(t, o)
		err := s.inTx(t.Context(), func(t *tx) error {
			return t.exec("INSERT INTO edges (project_id, source, destination, protocol, port, first_seen, last_seen) VALUES (?, 1, 2, 0, 0, 0, 0)", p.ID)
		})
		require.Error(t, err)
		assert.True(t, refusesValue(err), err)
	})
}

func TestReportsCountOnce(t *testing.T) {
	both(t, func(t *testing.T, o Options) {
		s, c, p := opened(t, o)
		other, err := s.CreateProject(t.Context(), "other", "staging")
		require.NoError(t, err)
		assert.Equal(t, Kept{Stored: 1, Facts: 6}, keep(t, s, p, report(1, 1, noon)))
		c.add(time.Minute)
		again := report(1, 1, noon)
		again.Origin.Session = 77 // in another envelope, as after a restart
		assert.Equal(t, Kept{Repeated: 1}, keep(t, s, p, again))
		// Budgets, throttles and mediators leave out other things than before.
		again = report(1, 1, noon)
		again.Edges, again.Flows, again.Entities, again.Coverage = nil, nil, nil, fact.Coverage{FactsLeftOut: 4}
		assert.Equal(t, Kept{Repeated: 1}, keep(t, s, p, again))

		forged := report(1, 1, noon)
		forged.Symptoms[0].Severity++
		broken := report(1, 3, noon)
		broken.Symptoms[0].Value = math.NaN()
		nul := report(1, 4, noon)
		nul.Flows[0].Route = "/a\x00b"
		latin := report(1, 5, noon)
		latin.Flows[0].Route = "/a\xffb"
		nobody := report(1, 6, noon)
		nobody.Edges[0].Source = fact.Ref{}
		k, err := s.Keep(t.Context(), Sender{Project: p.ID}, []*fact.Report{forged, report(1, 2, noon), broken, nul, latin, nobody})
		var refused *RefusedError
		require.ErrorAs(t, err, &refused)
		assert.True(t, IsPermanent(err))
		assert.Equal(t, map[string]int{RefusedConflict: 1, RefusedInvalid: 4}, refused.Reasons)
		assert.Equal(t, Kept{Stored: 1, Facts: 6}, k)

		// The same key in another project is another report.
		assert.Equal(t, 1, keep(t, s, other, report(1, 1, noon)).Stored)
		flows, err := s.Flows(t.Context(), p.ID)
		require.NoError(t, err)
		require.Len(t, flows, 1)
		assert.EqualValues(t, 82, flows[0].Seen)

		_, err = s.Keep(t.Context(), Sender{Project: "none"}, []*fact.Report{report(1, 9, noon)})
		require.ErrorIs(t, err, ErrNotFound)
		assert.True(t, IsPermanent(err))
		require.NoError(t, s.DeleteProject(t.Context(), other.ID))
		_, err = s.Keep(t.Context(), Sender{Project: other.ID}, []*fact.Report{report(1, 9, noon)})
		require.ErrorIs(t, err, ErrNotFound)
	})
}

func TestRevokedKeyEndsStreams(t *testing.T) {
	both(t, func(t *testing.T, o Options) {
		s, _, p := opened(t, o)
		k, text, err := s.CreateKey(t.Context(), p.ID, "cluster a")
		require.NoError(t, err)
		assert.True(t, len(text) == 46 && text[:3] == "wk_" && k.Prefix == text[:9])
		id, project, err := s.CheckKey(t.Context(), text)
		require.NoError(t, err)
		assert.Equal(t, k.ID, id)
		assert.Equal(t, p, project)
		from := Sender{Project: p.ID, Key: k.ID}
		_, err = s.Keep(t.Context(), from, []*fact.Report{report(1, 1, noon)})
		require.NoError(t, err)

		fresh, freshText, err := s.RotateKey(t.Context(), p.ID, k.ID)
		require.NoError(t, err)
		assert.Equal(t, "cluster a", fresh.Description)
		_, err = s.Keep(t.Context(), from, []*fact.Report{report(1, 2, noon)})
		require.ErrorIs(t, err, ErrRevoked)
		assert.True(t, IsPermanent(err))
		_, _, err = s.CheckKey(t.Context(), text)
		require.ErrorIs(t, err, ErrRevoked)
		_, _, err = s.CheckKey(t.Context(), freshText)
		require.NoError(t, err)
		for _, bad := range []string{"", "wk_", freshText + "a", freshText[3:], "wk_" + NewSecret()} {
			_, _, err = s.CheckKey(t.Context(), bad)
			require.ErrorIs(t, err, ErrNotFound)
		}
		keys, err := s.Keys(t.Context(), p.ID)
		require.NoError(t, err)
		assert.Len(t, keys, 2)
		require.NoError(t, s.DeleteProject(t.Context(), p.ID))
		_, _, err = s.CheckKey(t.Context(), freshText)
		require.ErrorIs(t, err, ErrRevoked)
		var plain int
		require.NoError(t, s.row(t.Context(), "SELECT COUNT(*) FROM api_keys WHERE hash = ? OR hash = ?", text, freshText).Scan(&plain))
		assert.Zero(t, plain)
	})
}

func TestSymptomsLiveAndExpire(t *testing.T) {
	both(t, func(t *testing.T, o Options) {
		s, c, p := opened(t, o)
		at := func(sequence uint64, phase fact.Phase, when time.Time) {
			r := &fact.Report{Agent: 1, Epoch: 1, Sequence: sequence, Start: when, Window: time.Minute, Symptoms: []fact.Symptom{symptomAt(phase, when)}}
			keep(t, s, p, r)
		}
		state := func(all bool) Symptom {
			t.Helper()
			list, err := s.Symptoms(t.Context(), p.ID, all, noon.Add(-time.Hour))
			require.NoError(t, err)
			if len(list) == 0 {
				return Symptom{}
			}
			return list[0]
		}
		at(1, uplinkv1.Phase_PHASE_START, noon)
		v := state(false)
		assert.Equal(t, "start", v.Phase)
		assert.Equal(t, Ref{ID: "f000000000000002", Type: "deployment", Namespace: "shop", Name: "users"}, v.Entity)
		assert.Equal(t, "web", v.Peer.Name)
		assert.Equal(t, "s", v.Unit)
		assert.Equal(t, "baseline", v.Detector)

		sweep := func() int64 {
			n, err := s.Sweep(t.Context())
			require.NoError(t, err)
			return n.SymptomsExpired
		}
		c.add(5 * time.Minute)
		assert.Zero(t, sweep())
		c.add(11 * time.Minute)
		assert.EqualValues(t, 1, sweep())
		assert.Zero(t, sweep())
		assert.Empty(t, state(false).ID)
		assert.Equal(t, "expired", state(true).Phase)

		// It was inferred: the next word reopens, an end is final.
		at(2, uplinkv1.Phase_PHASE_UPDATE, noon.Add(10*time.Minute))
		v = state(false)
		assert.Equal(t, "update", v.Phase)
		assert.Nil(t, v.Ended)
		at(3, uplinkv1.Phase_PHASE_END, noon.Add(11*time.Minute))
		at(4, uplinkv1.Phase_PHASE_UPDATE, noon.Add(12*time.Minute))
		at(5, uplinkv1.Phase_PHASE_UPDATE, noon.Add(5*time.Minute))
		assert.Empty(t, state(false).ID)
		v = state(true)
		assert.Equal(t, "end", v.Phase)
		assert.Equal(t, noon.Add(11*time.Minute), *v.Ended)
		assert.Len(t, v.History, 5)
		assert.EqualValues(t, noon.Add(5*time.Minute).Unix(), v.History[1][0])
	})
}

func TestViews(t *testing.T) {
	both(t, func(t *testing.T, o Options) {
		s, c, p := opened(t, o)
		keep(t, s, p, report(1, 1, noon), report(2, 1, noon))
		c.add(time.Minute)
		r := report(1, 2, noon.Add(time.Minute))
		r.Edges[0].Requests, r.Edges[0].Errors = 1200, 60
		keep(t, s, p, r)

		m, err := s.Map(t.Context(), p.ID)
		require.NoError(t, err)
		require.Len(t, m.Edges, 2)
		require.Len(t, m.Nodes, 3)
		assert.Equal(t, noon.Add(time.Minute), m.AsOf)
		e := m.Edges[0]
		assert.InDelta(t, 30, e.Rate, 0.001) // 20 of agent 1, 10 of agent 2
		assert.InDelta(t, 1.1/30, e.ErrorRatio, 0.001)
		assert.InDelta(t, 0.57, *e.P95, 0.03)
		assert.Equal(t, []string{"PAYMENT_CARD"}, e.DataTypes)
		assert.False(t, e.LeavesCluster)
		assert.True(t, m.Edges[1].LeavesCluster)
		assert.Nil(t, m.Edges[1].P95)
		assert.EqualValues(t, 1, m.Nodes[2].OpenSymptoms)
		assert.Equal(t, "warning", m.Nodes[2].Severity)

		// The client's end tells of the same requests.
		r = report(3, 1, noon)
		r.Edges = r.Edges[:1]
		r.Edges[0].Side, r.Edges[0].Requests = uplinkv1.Side_SIDE_CLIENT, 60_000
		keep(t, s, p, r)
		m, err = s.Map(t.Context(), p.ID)
		require.NoError(t, err)
		assert.InDelta(t, 30, m.Edges[0].Rate, 0.001)

		page, err := s.Entity(t.Context(), p.ID, users.ID)
		require.NoError(t, err)
		assert.Len(t, page.EdgesIn, 1)
		assert.Len(t, page.EdgesOut, 1)
		assert.Len(t, page.Symptoms, 1)
		assert.Equal(t, "n1", page.Entity.Node.Name)
		assert.Nil(t, page.Entity.Owner)
		require.NotEmpty(t, page.Series.Rate)
		assert.InDelta(t, 20, page.Series.Rate[0][1], 0.001)
		assert.InDelta(t, 30, page.Series.Rate[len(page.Series.Rate)-1][1], 0.001)
		_, err = s.Entity(t.Context(), p.ID, 0xdead)
		require.ErrorIs(t, err, ErrNotFound)

		for query, want := range map[string]int{"": 4, "USE": 1, "shop": 2, "%": 0, "api.": 1, "'": 0} {
			found, err := s.Entities(t.Context(), p.ID, query)
			require.NoError(t, err)
			assert.Len(t, found, want, query)
		}
		agents, err := s.Coverage(t.Context(), p.ID)
		require.NoError(t, err)
		require.Len(t, agents, 3)
		assert.Equal(t, Agent{"0000000000000001", noon.Add(time.Minute), 1282, 4, 0.25, 246000, 2, 4}, agents[1])

		// One agent falls silent: its share no longer counts.
		c.add(20 * time.Minute)
		keep(t, s, p, report(2, 2, noon.Add(20*time.Minute)))
		m, err = s.Map(t.Context(), p.ID)
		require.NoError(t, err)
		assert.InDelta(t, 10, m.Edges[0].Rate, 0.001)

		other, err := s.CreateProject(t.Context(), "other", "staging")
		require.NoError(t, err)
		m, err = s.Map(t.Context(), other.ID)
		require.NoError(t, err)
		assert.Empty(t, m.Nodes)
		assert.Empty(t, m.Edges)
	})
}

func TestEntitiesAreMarkedNotDeleted(t *testing.T) {
	both(t, func(t *testing.T, o Options) {
		s, c, p := opened(t, o)
		keep(t, s, p, report(1, 1, noon))
		deleted := func() bool {
			page, err := s.Entity(t.Context(), p.ID, users.ID)
			require.NoError(t, err)
			return page.Deleted
		}
		assert.False(t, deleted())
		c.add(time.Minute)
		say := func(sequence uint64, op fact.Op) {
			keep(t, s, p, &fact.Report{Agent: 1, Epoch: 1, Sequence: sequence, Start: c.now(), Window: time.Second,
				Entities: []fact.Entity{{Ref: users, Op: op, ReportInterval: time.Hour}}})
		}
		say(1, uplinkv1.Op_OP_DELETE)
		assert.True(t, deleted())
		c.add(time.Minute)
		say(2, uplinkv1.Op_OP_STATE)
		assert.False(t, deleted())
		c.add(2 * time.Hour)
		_, err := s.Sweep(t.Context())
		require.NoError(t, err)
		assert.False(t, deleted())
		c.add(2 * time.Hour)
		_, err = s.Sweep(t.Context())
		require.NoError(t, err)
		assert.True(t, deleted()) // silent for three intervals
	})
}

func TestEnvelopesAreChained(t *testing.T) {
	both(t, func(t *testing.T, o Options) {
		s, c, p := opened(t, o)
		for i := range uint64(120) {
			keep(t, s, p, report(1, i+1, c.now()))
			c.add(time.Hour)
		}
		keep(t, s, p, report(1, 120, c.now().Add(-time.Hour))) // comes again: one envelope still
		v, err := s.Verify(t.Context(), p.ID)
		require.NoError(t, err)
		assert.Equal(t, Verdict{OK: true, Envelopes: 120}, v)

		first, next, err := s.Envelopes(t.Context(), p.ID, "")
		require.NoError(t, err)
		require.Len(t, first, envelopePage)
		assert.EqualValues(t, 120, first[0].Sequence)
		assert.EqualValues(t, 300, first[0].Bytes)
		assert.Equal(t, FactCounts{1, 2, 1, 1, 1}, first[0].Facts)
		assert.Contains(t, string(first[0].Reports), `"field_path":"body.cards[*].number"`)
		second, _, err := s.Envelopes(t.Context(), p.ID, next)
		require.NoError(t, err)
		assert.EqualValues(t, 70, second[0].Sequence)
		_, _, err = s.Envelopes(t.Context(), p.ID, "x")
		require.Error(t, err)

		days, err := s.EgressDays(t.Context(), p.ID)
		require.NoError(t, err)
		require.Len(t, days, 6)
		assert.Equal(t, EgressDay{"2026-11-25", 7200, 24, 1}, days[1])

		// Retention takes the oldest away and leaves the chain whole.
		require.NoError(t, s.Trim(t.Context(), 48*time.Hour))
		v, err = s.Verify(t.Context(), p.ID)
		require.NoError(t, err)
		assert.Equal(t, Verdict{OK: true, Envelopes: 48}, v)
		assert.Equal(t, Kept{Repeated: 1}, keep(t, s, p, report(1, 3, noon.Add(2*time.Hour)))) // its digest is gone, that it came is known
		flows, err := s.Flows(t.Context(), p.ID)
		require.NoError(t, err)
		assert.EqualValues(t, 120*41, flows[0].Seen)

		tamper := func(statement string) Verdict {
			require.NoError(t, s.inTx(t.Context(), func(t *tx) error { return t.exec(statement) }))
			v, err := s.Verify(t.Context(), p.ID)
			require.NoError(t, err)
			return v
		}
		assert.Equal(t, "the newest envelopes were taken out", tamper("DELETE FROM envelopes WHERE sequence = 3 OR sequence = 120").Problem)
		v = tamper("UPDATE envelopes SET reports = REPLACE(reports, 'PAYMENT_CARD', 'EMAIL') WHERE sequence = 100")
		assert.False(t, v.OK)
		assert.Contains(t, v.Problem, "with sequence 100")
		v = tamper("DELETE FROM envelopes WHERE sequence = 90")
		assert.Contains(t, v.Problem, "with sequence 91")
	})
}

func TestAccessLogIsAppendOnly(t *testing.T) {
	both(t, func(t *testing.T, o Options) {
		s, _, p := opened(t, o)
		for range accessPage + 1 {
			require.NoError(t, s.LogAccess(t.Context(), Access{User: "ann", Action: "login", Project: p.ID, Address: "127.0.0.1"}))
		}
		for _, statement := range []string{"UPDATE access_log SET user_name = 'bob'", "DELETE FROM access_log"} {
			err := s.inTx(t.Context(), func(t *tx) error { return t.exec(statement) })
			require.ErrorContains(t, err, "append-only")
		}
		list, next, err := s.AccessLog(t.Context(), "")
		require.NoError(t, err)
		require.Len(t, list, accessPage)
		assert.Equal(t, Access{noon, "ann", "login", p.ID, "", "127.0.0.1"}, list[0])
		list, next, err = s.AccessLog(t.Context(), next)
		require.NoError(t, err)
		assert.Len(t, list, 1)
		assert.Empty(t, next)
	})
}
