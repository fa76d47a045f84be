package uplinkreceiver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/receivertest"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
	"github.com/weir-telemetry/weir/internal/fact"
	"github.com/weir-telemetry/weir/receivers/uplinkreceiver/internal/metadata"
)

// sink keeps what was passed on.
type sink struct {
	mu     sync.Mutex
	logs   []plog.Logs
	answer func(context.Context) error
}

func (*sink) Capabilities() consumer.Capabilities { return consumer.Capabilities{} }

func (s *sink) ConsumeLogs(ctx context.Context, ld plog.Logs) error {
	if s.answer != nil {
		if err := s.answer(ctx); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.logs = append(s.logs, ld)
	return nil
}

func (s *sink) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.logs)
}

// fixture is a receiver, its telemetry and a connection to it.
type fixture struct {
	receiver  receiver.Logs
	telemetry *componenttest.Telemetry
	conn      *grpc.ClientConn
	sink      *sink
}

func start(t *testing.T, change func(*Config)) *fixture {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	cfg := createDefaultConfig().(*Config)
	cfg.NetAddr.Endpoint = l.Addr().String()
	require.NoError(t, l.Close())
	if change != nil {
		change(cfg)
	}
	f := &fixture{telemetry: componenttest.NewTelemetry(), sink: &sink{}}
	set := receivertest.NewNopSettings(metadata.Type)
	set.TelemetrySettings = f.telemetry.NewTelemetrySettings()
	f.receiver, err = NewFactory().CreateLogs(t.Context(), set, cfg, f.sink)
	require.NoError(t, err)
	require.NoError(t, f.receiver.Start(t.Context(), componenttest.NewNopHost()))
	f.conn, err = grpc.NewClient(cfg.NetAddr.Endpoint, grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, f.conn.Close())
		require.NoError(t, f.receiver.Shutdown(context.Background()))
		require.NoError(t, f.telemetry.Shutdown(context.Background()))
	})
	return f
}

// counter sums a metric over its attributes, or over those points that have the
// given reason or code.
func (f *fixture) counter(t *testing.T, name, attribute string) int64 {
	t.Helper()
	m, err := f.telemetry.GetMetric("otelcol_" + name)
	if err != nil {
		return 0
	}
	return sumOf(m, attribute)
}

type wire = grpc.BidiStreamingClient[uplinkv1.Envelope, uplinkv1.Ack]

// stream opens a session.
func (f *fixture) stream(t *testing.T, opts ...grpc.CallOption) wire {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	s, err := uplinkv1.NewUplinkClient(f.conn).Report(ctx, opts...)
	require.NoError(t, err)
	return s
}

// refusedAs expects the session to end with a status that names the reason.
func refusedAs(t *testing.T, s wire, code codes.Code, reason string) {
	t.Helper()
	_, err := s.Recv()
	require.Error(t, err)
	st := status.Convert(err)
	assert.Equal(t, code, st.Code(), st.Message())
	assert.Contains(t, st.Message(), reason)
	var named []string
	for _, d := range st.Details() {
		if info, ok := d.(*errdetails.ErrorInfo); ok {
			named = append(named, info.GetReason())
		}
	}
	assert.Equal(t, []string{reason}, named)
}

func acknowledged(t *testing.T, s wire, sequence uint64) *uplinkv1.Ack {
	t.Helper()
	ack, err := s.Recv()
	require.NoError(t, err)
	require.Equal(t, sequence, ack.GetSequence())
	return ack
}

func TestEnvelopeIsPassedOnThenAcknowledged(t *testing.T) {
	f := start(t, func(c *Config) { c.MinimumInterval = 3 * time.Second })
	order := make(chan string, 4)
	f.sink.answer = func(context.Context) error { order <- "consumed"; return nil }
	s := f.stream(t)
	enc := newEnvelopes(t)
	require.NoError(t, s.Send(enc.next(t, report(1), report(2))))
	ack := acknowledged(t, s, 1)
	order <- "acknowledged"
	assert.Equal(t, []string{"consumed", "acknowledged"}, []string{<-order, <-order})
	assert.Equal(t, uint32(3), ack.GetMinimumIntervalSeconds())
	require.NoError(t, s.Send(enc.next(t, report(3))))
	acknowledged(t, s, 2)
	require.NoError(t, s.CloseSend())
	_, err := s.Recv()
	require.ErrorIs(t, err, io.EOF)

	require.Equal(t, 2, f.sink.count())
	require.Equal(t, 2, f.sink.logs[0].ResourceLogs().Len(), "one for each report")
	r, refused, err := fact.FromLogs(f.sink.logs[1].ResourceLogs().At(0))
	require.NoError(t, err)
	assert.Empty(t, refused)
	assert.Equal(t, uint64(3), r.Sequence)
	require.NotNil(t, r.Origin)
	assert.Equal(t, enc.sender, r.Origin.Sender)
	assert.Equal(t, enc.session, r.Origin.Session)
	assert.Equal(t, uint64(2), r.Origin.Sequence)
	assert.Equal(t, enc.lastDigest(), r.Origin.Digest)
	assert.Positive(t, r.Origin.Bytes)
	assert.Equal(t, int64(2), f.counter(t, "receiver_uplink_envelopes_acknowledged", ""))
	assert.Equal(t, int64(3), f.counter(t, "receiver_uplink_reports_accepted", ""))
	assert.Equal(t, int64(12), f.counter(t, "receiver_uplink_facts_accepted", ""))
}

// What breaks the contract ends the session with the reason, is counted and not
// passed on; the next session is not the worse for it.
func TestBrokenEnvelopes(t *testing.T) {
	for name, c := range brokenEnvelopes {
		t.Run(name, func(t *testing.T) {
			f := start(t, nil)
			s := f.stream(t)
			enc := newEnvelopes(t)
			require.NoError(t, s.Send(enc.next(t, report(1))))
			acknowledged(t, s, 1)
			e := enc.next(t, report(2))
			c.change(enc, e)
			require.NoError(t, s.Send(e))
			refusedAs(t, s, c.code, c.reason)
			assert.Equal(t, 1, f.sink.count())
			assert.Equal(t, int64(1), f.counter(t, "receiver_uplink_envelopes_refused", c.reason))
			assert.Equal(t, int64(1), f.counter(t, "receiver_uplink_envelopes_acknowledged", ""))

			next := f.stream(t)
			require.NoError(t, next.Send(newEnvelopes(t).next(t, report(2))))
			acknowledged(t, next, 1)
		})
	}
}

func TestOversizedEnvelope(t *testing.T) {
	f := start(t, func(c *Config) { c.MaxRecvMsgSizeMiB = 1 })
	for name, opts := range map[string][]grpc.CallOption{"plain": nil, "zstd": {grpc.UseCompressor("zstd")}} {
		t.Run(name, func(t *testing.T) {
			s := f.stream(t, opts...)
			e := newEnvelopes(t).next(t, report(1))
			for range 40_000 { // 2 MiB that become a few bytes
				e.Reports[0].Edges = append(e.Reports[0].Edges, proto.CloneOf(e.Reports[0].Edges[0]))
			}
			_ = s.Send(e) // may end early
			_, err := s.Recv()
			assert.Equal(t, codes.ResourceExhausted, status.Code(err)) // gRPC's own words
			assert.ErrorContains(t, err, "larger than max")
			assert.Zero(t, f.sink.count())
		})
	}
	require.Eventually(t, func() bool { // gRPC answers before the receiver counts
		return f.counter(t, "receiver_uplink_envelopes_refused", reasonTooLarge) == 2
	}, 5*time.Second, 5*time.Millisecond)
}

// rawCodec sends bytes as they are.
type rawCodec struct{ encoding.CodecV2 }

func (rawCodec) Marshal(v any) (mem.BufferSlice, error) {
	if b, ok := v.([]byte); ok {
		return mem.BufferSlice{mem.SliceBuffer(b)}, nil
	}
	return nil, errors.New("raw bytes only")
}

func (rawCodec) Unmarshal(data mem.BufferSlice, v any) error {
	return proto.Unmarshal(data.Materialize(), v.(proto.Message))
}

func (rawCodec) Name() string { return "proto" }

func TestGarbage(t *testing.T) {
	f := start(t, nil)
	good, err := proto.Marshal(newEnvelopes(t).next(t, report(1)))
	require.NoError(t, err)
	for name, body := range map[string][]byte{
		"noise":        {0xff, 0x00, 0x13, 0x37, 0xff, 0xff},
		"cut short":    good[:len(good)-3],
		"text":         []byte("GET / HTTP/1.1\r\n\r\n"),
		"group":        protowire.AppendTag(nil, 4, protowire.StartGroupType),
		"invalid utf8": append(protowire.AppendTag(nil, 11, protowire.BytesType), 4, 0x1a, 2, 0xff, 0xfe),
	} {
		t.Run(name, func(t *testing.T) {
			s := f.stream(t, grpc.ForceCodecV2(rawCodec{}))
			require.NoError(t, s.SendMsg(body))
			refusedAs(t, s, codes.InvalidArgument, reasonMalformed)
		})
	}
	assert.Zero(t, f.sink.count())
	assert.Equal(t, int64(5), f.counter(t, "receiver_uplink_envelopes_refused", reasonMalformed))
}

// A connection that does not speak the protocol harms nobody.
func TestNoHTTP2(t *testing.T) {
	f := start(t, nil)
	c, err := net.Dial("tcp", f.conn.Target())
	require.NoError(t, err)
	_, err = c.Write([]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n"))
	require.NoError(t, err)
	_, _ = io.ReadAll(c)
	require.NoError(t, c.Close())
	s := f.stream(t)
	require.NoError(t, s.Send(newEnvelopes(t).next(t, report(1))))
	acknowledged(t, s, 1)
}

// A whole session that is sent again is a recording.
func TestReplayedSession(t *testing.T) {
	f := start(t, nil)
	e := newEnvelopes(t).next(t, report(1))
	s := f.stream(t)
	require.NoError(t, s.Send(e))
	acknowledged(t, s, 1)
	again := f.stream(t)
	require.NoError(t, again.Send(e))
	refusedAs(t, again, codes.FailedPrecondition, reasonSessionReused)
	assert.Equal(t, 1, f.sink.count())
}

func TestPipelineThatDoesNotTake(t *testing.T) {
	for name, c := range map[string]struct {
		err   error
		code  codes.Code
		label string
	}{
		"retryable": {errors.New("secret text of a store"), codes.Unavailable, "retryable"},
		"permanent": {consumererror.NewPermanent(errors.New("secret text of a store")), codes.InvalidArgument, "permanent"},
		"revoked key": {
			consumererror.NewPermanent(fmt.Errorf("store: %w", status.Error(codes.Unauthenticated, "secret: revoked"))),
			codes.Unauthenticated, "retryable",
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := start(t, nil)
			f.sink.answer = func(context.Context) error { return c.err }
			s := f.stream(t)
			require.NoError(t, s.Send(newEnvelopes(t).next(t, report(1))))
			_, err := s.Recv()
			require.Equal(t, c.code, status.Code(err))
			assert.NotContains(t, err.Error(), "secret")
			assert.Equal(t, int64(1), f.counter(t, "receiver_uplink_envelopes_failed", c.label))
			assert.Zero(t, f.counter(t, "receiver_uplink_envelopes_acknowledged", ""))
		})
	}
}

func TestTooManySessions(t *testing.T) {
	f := start(t, func(c *Config) { c.MaxSessions = 2 })
	first, second := f.stream(t), f.stream(t)
	for _, s := range []wire{first, second} {
		require.NoError(t, s.Send(newEnvelopes(t).next(t, report(1))))
		acknowledged(t, s, 1)
	}
	refusedAs(t, f.stream(t), codes.ResourceExhausted, reasonTooManySessions)
	assert.Equal(t, int64(1), f.counter(t, "receiver_uplink_sessions_refused", reasonTooManySessions))
	require.NoError(t, first.CloseSend())
	_, err := first.Recv()
	require.ErrorIs(t, err, io.EOF)
	require.Eventually(t, func() bool { // the place is free again
		s := f.stream(t)
		header, err := s.Header()
		return err == nil && header != nil
	}, 5*time.Second, 10*time.Millisecond)
}

// While all places are taken further envelopes wait in their connections.
func TestBackPressure(t *testing.T) {
	f := start(t, func(c *Config) { c.MaxEnvelopes = 1 })
	let := make(chan struct{})
	var mu sync.Mutex
	now, most := 0, 0
	f.sink.answer = func(context.Context) error {
		mu.Lock()
		now++
		most = max(most, now)
		mu.Unlock()
		<-let
		mu.Lock()
		now--
		mu.Unlock()
		return nil
	}
	streams := []wire{f.stream(t), f.stream(t), f.stream(t)}
	for _, s := range streams {
		require.NoError(t, s.Send(newEnvelopes(t).next(t, report(1))))
	}
	require.Eventually(t, func() bool { return f.counter(t, "receiver_uplink_envelopes_received", "") == 3 }, 5*time.Second, 5*time.Millisecond)
	close(let)
	for _, s := range streams {
		acknowledged(t, s, 1)
	}
	assert.Equal(t, 1, most)
}

func TestOldSessionEndsWithoutHarm(t *testing.T) {
	f := start(t, func(c *Config) { c.MaxSessionAge = 50 * time.Millisecond })
	s := f.stream(t)
	require.NoError(t, s.Send(newEnvelopes(t).next(t, report(1))))
	acknowledged(t, s, 1)
	_, err := s.Recv()
	require.ErrorIs(t, err, io.EOF)
}

// An envelope under way is finished when the receiver stops; idle sessions end.
func TestShutdown(t *testing.T) {
	f := start(t, nil)
	let, in := make(chan struct{}), make(chan struct{})
	f.sink.answer = func(context.Context) error { close(in); <-let; return nil }
	idle, busy := f.stream(t), f.stream(t)
	_, err := idle.Header()
	require.NoError(t, err)
	require.NoError(t, busy.Send(newEnvelopes(t).next(t, report(1))))
	<-in
	done := make(chan error, 1)
	go func() { done <- f.receiver.Shutdown(context.Background()) }()
	_, err = idle.Recv()
	require.ErrorIs(t, err, io.EOF)
	close(let)
	acknowledged(t, busy, 1)
	require.NoError(t, <-done)
}

// A pipeline that never returns is cut off, and not acknowledged.
func TestShutdownDoesNotWaitForEver(t *testing.T) {
	f := start(t, nil)
	in := make(chan struct{})
	f.sink.answer = func(ctx context.Context) error { close(in); <-ctx.Done(); return ctx.Err() }
	s := f.stream(t)
	require.NoError(t, s.Send(newEnvelopes(t).next(t, report(1))))
	<-in
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	require.NoError(t, f.receiver.Shutdown(ctx))
	_, err := s.Recv()
	require.Error(t, err)
}

func TestStartRefusesToBeOpenToAll(t *testing.T) {
	for _, endpoint := range []string{"0.0.0.0:0", "[::]:0", ":0", "192.0.2.1:50051"} {
		cfg := createDefaultConfig().(*Config)
		cfg.NetAddr.Endpoint = endpoint
		r, err := NewFactory().CreateLogs(t.Context(), receivertest.NewNopSettings(metadata.Type), cfg, &sink{})
		require.NoError(t, err)
		require.ErrorContains(t, r.Start(t.Context(), componenttest.NewNopHost()), "endpoint: must be of this machine alone")
		require.NoError(t, r.Shutdown(t.Context()))
	}
}

func TestRememberedSessionsAreBounded(t *testing.T) {
	s := newSessions(1)
	for i := range uint64(rememberedSessions + 10) {
		require.True(t, s.first(sessionKey{1, i}))
	}
	assert.Len(t, s.seen, rememberedSessions)
	assert.False(t, s.first(sessionKey{1, rememberedSessions}))
	assert.True(t, s.first(sessionKey{1, 3}), "long ago")
	assert.True(t, slices.Contains(s.ring, sessionKey{1, 3}))
}
