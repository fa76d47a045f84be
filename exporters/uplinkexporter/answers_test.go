package uplinkexporter

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protowire"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
	"github.com/weir-telemetry/weir/exporters/uplinkexporter/internal/metadata"
	"github.com/weir-telemetry/weir/receivers/uplinkreceiver"
)

type serverStream = grpc.BidiStreamingServer[uplinkv1.Envelope, uplinkv1.Ack]

// scripted is a receiver that answers as a test says.
type scripted struct {
	uplinkv1.UnimplementedUplinkServer
	mu       sync.Mutex
	sessions int
	script   func(session int, s serverStream) error
}

func (s *scripted) Report(stream serverStream) error {
	s.mu.Lock()
	s.sessions++
	n := s.sessions
	s.mu.Unlock()
	return s.script(n, stream)
}

func answers(t *testing.T, script func(session int, s serverStream) error) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := grpc.NewServer()
	uplinkv1.RegisterUplinkServer(server, &scripted{script: script})
	var wg sync.WaitGroup
	wg.Go(func() { _ = server.Serve(l) })
	t.Cleanup(func() { server.Stop(); wg.Wait() })
	return l.Addr().String()
}

// acknowledging answers each envelope by what ack makes of it.
func acknowledging(ack func(*uplinkv1.Envelope) *uplinkv1.Ack) func(int, serverStream) error {
	return func(_ int, s serverStream) error {
		if err := s.SendHeader(nil); err != nil {
			return err
		}
		for {
			e, err := s.Recv()
			if err != nil {
				return err
			}
			if a := ack(e); a != nil {
				if err := s.Send(a); err != nil {
					return err
				}
			}
		}
	}
}

func counted(t *testing.T, endpoint string, change func(*Config)) (exporter.Logs, *componenttest.Telemetry) {
	t.Helper()
	tel := componenttest.NewTelemetry()
	set := exportertest.NewNopSettings(metadata.Type)
	set.TelemetrySettings = tel.NewTelemetrySettings()
	t.Cleanup(func() { require.NoError(t, tel.Shutdown(context.Background())) })
	return sendsWith(t, endpoint, nop(), set, change), tel
}

func TestReceiverAsksForASnapshotAndForTime(t *testing.T) {
	endpoint := answers(t, acknowledging(func(e *uplinkv1.Envelope) *uplinkv1.Ack {
		return &uplinkv1.Ack{Sequence: e.GetSequence(), NeedSnapshot: true, MinimumIntervalSeconds: 1}
	}))
	e, tel := counted(t, endpoint, nil)
	start := time.Now()
	require.NoError(t, e.ConsumeLogs(t.Context(), facts(report(1))))
	require.NoError(t, e.ConsumeLogs(t.Context(), facts(report(2))))
	assert.GreaterOrEqual(t, time.Since(start), 900*time.Millisecond)
	assert.Equal(t, int64(2), counter(t, tel, "exporter_uplink_snapshots_asked", ""))
	// A push that is given up does not wait any longer.
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, e.ConsumeLogs(ctx, facts(report(3))), context.DeadlineExceeded)
}

// One acknowledgement stands for all before it.
func TestCumulativeAcknowledgement(t *testing.T) {
	const pushes = 5
	endpoint := answers(t, acknowledging(func(e *uplinkv1.Envelope) *uplinkv1.Ack {
		if e.GetSequence() < pushes {
			return nil
		}
		return &uplinkv1.Ack{Sequence: e.GetSequence()}
	}))
	e, tel := counted(t, endpoint, nil)
	done := make(chan error, pushes)
	for i := range uint64(pushes) {
		go func() { done <- e.ConsumeLogs(context.Background(), facts(report(i+1))) }()
	}
	for range pushes {
		require.NoError(t, <-done)
	}
	assert.Equal(t, int64(pushes), counter(t, tel, "exporter_uplink_envelopes_sent", ""))
	assert.Equal(t, int64(3*pushes+1), counter(t, tel, "exporter_uplink_facts_sent", ""), "the edge is told once")
	assert.Positive(t, counter(t, tel, "exporter_uplink_sent_bytes", ""))
}

// A receiver that says what no acknowledgement can say is not believed.
func TestImpossibleAcknowledgements(t *testing.T) {
	for name, ack := range map[string]func(*uplinkv1.Envelope) *uplinkv1.Ack{
		"never sent": func(e *uplinkv1.Envelope) *uplinkv1.Ack { return &uplinkv1.Ack{Sequence: e.GetSequence() + 1} },
		"unknown field": func(e *uplinkv1.Envelope) *uplinkv1.Ack {
			a := &uplinkv1.Ack{Sequence: e.GetSequence()}
			a.ProtoReflect().SetUnknown(protowire.AppendVarint(protowire.AppendTag(nil, 9, protowire.VarintType), 1))
			return a
		},
	} {
		t.Run(name, func(t *testing.T) {
			e, tel := counted(t, answers(t, acknowledging(ack)), nil)
			err := e.ConsumeLogs(t.Context(), facts(report(1)))
			require.ErrorIs(t, err, errBadAck)
			assert.False(t, consumererror.IsPermanent(err))
			assert.Equal(t, int64(1), counter(t, tel, "exporter_uplink_sessions", "bad_acknowledgement"))
		})
	}
}

// What costs facts and what doesn't.
func TestStatuses(t *testing.T) {
	named := func(code codes.Code, reason, domain string) error {
		s, err := status.New(code, "secret words of a receiver").WithDetails(&errdetails.ErrorInfo{Reason: reason, Domain: domain})
		require.NoError(t, err)
		return s.Err()
	}
	for name, c := range map[string]struct {
		err       error
		permanent bool
	}{
		"malformed":             {named(codes.InvalidArgument, "unknown_field", errorDomain), true},
		"too large for gRPC":    {status.Error(codes.ResourceExhausted, "grpc: received message larger than max (5 vs. 4)"), true},
		"no reason":             {status.Error(codes.InvalidArgument, "secret"), false},
		"a stranger's reason":   {named(codes.InvalidArgument, "unknown_field", "other.domain"), false},
		"a reason that is none": {named(codes.InvalidArgument, "John Doe!", errorDomain), false},
		"unauthenticated":       {status.Error(codes.Unauthenticated, "secret"), false},
		"permission denied":     {named(codes.PermissionDenied, "project", errorDomain), false},
		"order":                 {named(codes.FailedPrecondition, "sequence", errorDomain), false},
		"too many sessions":     {named(codes.ResourceExhausted, "too_many_sessions", errorDomain), false},
		"unavailable":           {named(codes.Unavailable, "pipeline", errorDomain), false},
		"no such service":       {status.Error(codes.Unimplemented, "secret"), false},
		"internal":              {status.Error(codes.Internal, "secret"), false},
		"ended without a word":  {nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			for _, early := range []bool{false, true} {
				if early && c.permanent {
					continue
				}
				e, tel := counted(t, answers(t, func(_ int, s serverStream) error {
					if early { // does not let the session in
						return c.err
					}
					if err := s.SendHeader(nil); err != nil {
						return err
					}
					if _, err := s.Recv(); err != nil {
						return err
					}
					return c.err
				}), nil)
				err := e.ConsumeLogs(t.Context(), facts(report(1)))
				require.Error(t, err)
				assert.Equal(t, c.permanent, consumererror.IsPermanent(err), "%v", err)
				assert.NotContains(t, err.Error(), "secret")
				var dropped int64
				if c.permanent {
					dropped = 1
				}
				assert.Equal(t, dropped, counter(t, tel, "exporter_uplink_reports_dropped", ""))
			}
		})
	}
}

// A receiver that does not even let a session in is told nothing.
func TestSessionThatIsNeverLetIn(t *testing.T) {
	var ledgerDir string
	e, _ := counted(t, answers(t, func(_ int, s serverStream) error { <-s.Context().Done(); return nil }), func(cfg *Config) {
		cfg.AckTimeout = 100 * time.Millisecond
		ledgerDir = cfg.Ledger.Directory
	})
	err := e.ConsumeLogs(t.Context(), facts(report(1)))
	require.ErrorIs(t, err, errNoAck)
	require.NoError(t, e.Shutdown(t.Context()))
	assert.Zero(t, verifyLedger(t, ledgerDir))
}

// A receiver ends sessions as it likes; nobody waits for the next try.
func TestShortSessions(t *testing.T) {
	b := &backend{}
	endpoint, _ := listen(t, b, nop(), func(cfg *uplinkreceiver.Config) { cfg.MaxSessionAge = time.Second })
	e, tel := counted(t, endpoint, nil)
	for i := range uint64(30) {
		require.NoError(t, e.ConsumeLogs(t.Context(), facts(report(i+1))))
		time.Sleep(50 * time.Millisecond)
	}
	assert.Equal(t, 30, b.count())
	assert.Positive(t, counter(t, tel, "exporter_uplink_sessions", "ok"))
}
