package fact

import (
	"math"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/plog"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
)

var (
	start    = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	web      = Ref{Type: uplinkv1.EntityType_ENTITY_TYPE_DEPLOYMENT, Namespace: "shop", Name: "web"}
	users    = Ref{Type: uplinkv1.EntityType_ENTITY_TYPE_DEPLOYMENT, Namespace: "shop", Name: "users"}
	node1    = Ref{Type: uplinkv1.EntityType_ENTITY_TYPE_NODE, Name: "n1"}
	pod1     = Ref{Type: uplinkv1.EntityType_ENTITY_TYPE_POD, Namespace: "shop", Name: "users-7d9f8b6c5d-x2x7k", UID: "6ba7b810-9dad-11d1-80b4-00c04fd430c8"}
	bank     = Ref{Type: uplinkv1.EntityType_ENTITY_TYPE_EXTERNAL, Name: "api.bank.example"}
	identity = NewIdentity([]byte("0123456789abcdef"))
)

// fullReport says one of everything that can be said.
func fullReport() *Report {
	r := &Report{
		Agent: identity.Agent("n1"), Epoch: 0xe0c4, Sequence: 7, Start: start, Window: time.Minute, Snapshot: true,
		Entities: []Entity{
			{Ref: users, Op: uplinkv1.Op_OP_STATE, Image: "registry.example/shop/users:1.4.2", Version: "1.4.2",
				Desired: 3, Ready: 2, ReportInterval: 5 * time.Minute},
			{Ref: pod1, Op: uplinkv1.Op_OP_STATE, Zone: "eu-north-1a", Owner: users, Node: node1},
			{Ref: web, Op: uplinkv1.Op_OP_DELETE},
		},
		Edges: []Edge{
			{Source: web, Destination: users, Protocol: uplinkv1.Protocol_PROTOCOL_HTTP, Port: 8080,
				Side: uplinkv1.Side_SIDE_SERVER, Op: uplinkv1.Op_OP_STATE, HasRates: true, Requests: 600, Errors: 6},
			{Source: users, Destination: bank, Protocol: uplinkv1.Protocol_PROTOCOL_TCP, Port: 443,
				Side: uplinkv1.Side_SIDE_CLIENT, Op: uplinkv1.Op_OP_STATE},
		},
		Symptoms: []Symptom{{
			ID: 0x51, Code: "svc.latency.shift", Entity: users, Peer: web, Phase: uplinkv1.Phase_PHASE_START,
			Severity: uplinkv1.Severity_SEVERITY_WARNING, Onset: start.Add(-time.Minute), Time: start.Add(30 * time.Second),
			Value: 0.25, Baseline: 0.012, Threshold: 0.018, Unit: uplinkv1.Unit_UNIT_SECONDS, Samples: 120,
			Detector: uplinkv1.Detector_DETECTOR_BASELINE,
		}},
		Flows: []Flow{{
			Source: web, Destination: users, Protocol: uplinkv1.Protocol_PROTOCOL_HTTP, Method: uplinkv1.Method_METHOD_POST,
			Route: "/users/{id}/cards", Direction: uplinkv1.Direction_DIRECTION_REQUEST,
			DataType:    uplinkv1.DataType_DATA_TYPE_PAYMENT_CARD,
			Sensitivity: uplinkv1.Sensitivity_SENSITIVITY_CRITICAL, FieldPath: "body.cards[*].number", Seen: 41,
			First: start, Last: start.Add(59 * time.Second), Encrypted: true, LeavesCluster: true,
		}},
		Changes: []Change{
			{Entity: users, Kind: uplinkv1.ChangeKind_CHANGE_KIND_SCALE, Time: start, From: 2, To: 3},
			{Entity: users, Kind: uplinkv1.ChangeKind_CHANGE_KIND_ROLLOUT, Time: start, FromName: "1.4.1", ToName: "1.4.2"},
		},
		Coverage: Coverage{ExchangesSeen: 641, ExchangesLost: 2, SamplingBasisPoints: 2500, BytesParsed: 123000, FactsLeftOut: 1,
			NamesPseudonymised: 2, FlowsLeftOut: 3, FlowNamesPseudonymised: 4},
	}
	for i := range 600 {
		r.Edges[0].Durations.Add(time.Duration(i+1) * time.Millisecond)
	}
	return r
}

func TestLogsRoundTrip(t *testing.T) {
	for name, r := range map[string]*Report{
		"full": fullReport(),
		"came over an uplink": func() *Report {
			r := fullReport()
			r.Origin = &Origin{Sender: 1, Session: 2, Sequence: 3, Digest: [32]byte{4}, Bytes: 5}
			return r
		}(),
		"says nothing": {Agent: 1, Epoch: 2, Sequence: 3, Start: start, Window: time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			ld := plog.NewLogs()
			AppendLogs(ld, r)
			got, refused, err := FromLogs(ld.ResourceLogs().At(0))
			require.NoError(t, err)
			assert.Empty(t, refused)
			assert.Equal(t, r, got)
		})
	}
}

// The events are a contract between components: the golden file shows them.
func TestLogsGolden(t *testing.T) {
	r := fullReport()
	r.Edges[0].Durations = Histogram{Buckets: map[uint16]uint64{140: 590, 200: 10}}
	ld := plog.NewLogs()
	AppendLogs(ld, r)
	got, err := (&plog.JSONMarshaler{}).MarshalLogs(ld)
	require.NoError(t, err)
	const file = "testdata/logs_golden.json"
	if os.Getenv("UPDATE_GOLDEN") != "" {
		require.NoError(t, os.WriteFile(file, append(got, '\n'), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.JSONEq(t, string(want), string(got))
	back, err := (&plog.JSONUnmarshaler{}).UnmarshalLogs(want)
	require.NoError(t, err)
	read, refused, err := FromLogs(back.ResourceLogs().At(0))
	require.NoError(t, err)
	assert.Empty(t, refused)
	assert.Equal(t, r, read)
}

func TestLogsRefused(t *testing.T) {
	set := func(key string, v any) func(plog.ResourceLogs) {
		return func(rl plog.ResourceLogs) {
			_ = rl.ScopeLogs().At(0).LogRecords().At(0).Attributes().PutEmpty(key).FromRaw(v)
		}
	}
	record := func(f func(plog.LogRecord)) func(plog.ResourceLogs) {
		return func(rl plog.ResourceLogs) { f(rl.ScopeLogs().At(0).LogRecords().At(0)) }
	}
	for name, c := range map[string]struct {
		change func(plog.ResourceLogs)
		want   Reason
	}{
		"other scope":       {func(rl plog.ResourceLogs) { rl.ScopeLogs().At(0).Scope().SetName("x") }, ReasonScope},
		"body":              {record(func(lr plog.LogRecord) { lr.Body().SetStr("rosa@mail.example") }), ReasonBody},
		"other event":       {record(func(lr plog.LogRecord) { lr.SetEventName("weir.exchange") }), ReasonEvent},
		"no event":          {record(func(lr plog.LogRecord) { lr.SetEventName("") }), ReasonEvent},
		"unknown attribute": {set("user.email", "rosa@mail.example"), ReasonAttribute},
		"other type":        {set("weir.edge.port", "8080"), ReasonType},
		"out of range":      {set("weir.edge.port", 70000), ReasonValue},
		"negative":          {set("weir.edge.requests", -1), ReasonValue},
		"unknown protocol":  {set("weir.edge.protocol", "carrier pigeon"), ReasonValue},
		"bad id":            {set("weir.source.id", "12"), ReasonValue},
		"long name":         {set("weir.source.name", string(make([]byte, maxText+1))), ReasonValue},
		"missing":           {record(func(lr plog.LogRecord) { lr.Attributes().Remove("weir.edge.side") }), ReasonMissing},
		"buckets descend":   {set("weir.edge.duration.buckets", []any{5, 4}), ReasonValue},
		"more errors":       {set("weir.edge.errors", 601), ReasonValue},
		"reference":         {set("weir.edge.op", "reference"), ReasonValue},
		"not a report's":    {func(rl plog.ResourceLogs) { rl.Resource().Attributes().PutStr("service.name", "x") }, ReasonResource},
		"no agent":          {func(rl plog.ResourceLogs) { rl.Resource().Attributes().Remove(AttrAgent) }, ReasonResource},
		"half an uplink":    {func(rl plog.ResourceLogs) { rl.Resource().Attributes().PutStr(AttrUplinkSession, "0000000000000001") }, ReasonResource},
	} {
		t.Run(name, func(t *testing.T) {
			r := fullReport()
			r = &Report{Agent: 1, Epoch: 1, Sequence: 1, Start: start, Window: time.Minute, Edges: r.Edges[:1]}
			r.Edges[0].Durations = Histogram{Buckets: map[uint16]uint64{1: 1, 2: 599}}
			ld := plog.NewLogs()
			AppendLogs(ld, r)
			c.change(ld.ResourceLogs().At(0))
			got, refused, err := FromLogs(ld.ResourceLogs().At(0))
			assert.Equal(t, Refusals{c.want: 1}, refused)
			if c.want == ReasonResource {
				assert.Error(t, err)
				return
			}
			require.NoError(t, err)
			assert.Zero(t, got.Facts())
		})
	}
}

func TestContribEntity(t *testing.T) {
	ld := plog.NewLogs()
	AppendLogs(ld, &Report{Agent: 1, Epoch: 1, Sequence: 1, Start: start})
	lr := ld.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().AppendEmpty()
	require.NoError(t, lr.Attributes().FromRaw(map[string]any{
		"otel.entity.event.type": "entity_state", "otel.entity.type": "deployment", "otel.entity.interval": 60000,
		"otel.entity.id":         map[string]any{"name": "users", "namespace": "shop"},
		"otel.entity.attributes": map[string]any{"desired": 3},
	}))
	r, refused, err := FromLogs(ld.ResourceLogs().At(0))
	require.NoError(t, err)
	assert.Empty(t, refused)
	assert.Equal(t, []Entity{{Ref: users, Op: uplinkv1.Op_OP_STATE, Desired: 3, ReportInterval: time.Minute}}, r.Entities)
}

func TestNumbersThatAreNone(t *testing.T) {
	ld := plog.NewLogs()
	r := &Report{Agent: 1, Epoch: 1, Sequence: 1, Start: start, Symptoms: fullReport().Symptoms}
	r.Symptoms[0].Value = math.NaN()
	AppendLogs(ld, r)
	_, refused, err := FromLogs(ld.ResourceLogs().At(0))
	require.NoError(t, err)
	assert.Equal(t, Refusals{ReasonValue: 1}, refused)
}

func FuzzFromLogs(f *testing.F) {
	ld := plog.NewLogs()
	AppendLogs(ld, fullReport())
	seed, err := (&plog.ProtoMarshaler{}).MarshalLogs(ld)
	require.NoError(f, err)
	f.Add(seed)
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		ld, err := (&plog.ProtoUnmarshaler{}).UnmarshalLogs(data)
		if err != nil {
			return
		}
		for _, rl := range ld.ResourceLogs().All() {
			r, _, err := FromLogs(rl)
			if err != nil {
				continue
			}
			// What was read can be written and read again.
			again := plog.NewLogs()
			AppendLogs(again, r)
			got, refused, err := FromLogs(again.ResourceLogs().At(0))
			require.NoError(t, err)
			require.Empty(t, refused)
			require.Equal(t, r, got)
		}
	})
}
