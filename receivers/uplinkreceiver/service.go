package uplinkreceiver

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/receiver/receiverhelper"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.uber.org/zap"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
	"github.com/weir-telemetry/weir/receivers/uplinkreceiver/internal/metadata"
)

// format is the name of the encoding in the Collector's own telemetry.
const format = "uplink"

// service is the gRPC service: one call of Report for each session.
type service struct {
	uplinkv1.UnimplementedUplinkServer

	cfg       *Config
	next      consumer.Logs
	obs       *receiverhelper.ObsReport
	telemetry *metadata.TelemetryBuilder
	logger    *zap.Logger

	sessions *sessions
	places   chan struct{} // one is held while an envelope is worked on
	stopping chan struct{}
	once     sync.Once
}

func newService(cfg *Config, next consumer.Logs, obs *receiverhelper.ObsReport, tb *metadata.TelemetryBuilder, logger *zap.Logger) *service {
	return &service{
		cfg: cfg, next: next, obs: obs, telemetry: tb, logger: logger,
		sessions: newSessions(cfg.MaxSessions),
		places:   make(chan struct{}, cfg.MaxEnvelopes),
		stopping: make(chan struct{}),
	}
}

// stop ends each session after the envelope that it is at.
func (s *service) stop() {
	s.once.Do(func() {
		s.sessions.close()
		close(s.stopping)
	})
}

// Report implements uplinkv1.UplinkServer. It returns when the sender is done,
// gone or refused, when the session is old or when the receiver stops.
func (s *service) Report(stream grpc.BidiStreamingServer[uplinkv1.Envelope, uplinkv1.Ack]) error {
	ctx := stream.Context()
	if reason := s.sessions.enter(); reason != "" {
		s.telemetry.ReceiverUplinkSessionsRefused.Add(ctx, 1, because(reason))
		code := codes.ResourceExhausted
		if reason == reasonStopping {
			code = codes.Unavailable
		}
		return &refusal{code, reason}
	}
	s.telemetry.ReceiverUplinkSessions.Add(ctx, 1)
	defer func() {
		s.sessions.leave()
		s.telemetry.ReceiverUplinkSessions.Add(context.WithoutCancel(ctx), -1)
	}()

	// The sender says nothing before it knows that it was let in.
	if err := stream.SendHeader(nil); err != nil {
		return err
	}
	expired := time.NewTimer(s.cfg.MaxSessionAge)
	defer expired.Stop()
	session := newSession(s)
	for {
		select {
		case <-s.stopping:
			return nil
		case <-expired.C:
			return nil
		case in := <-receive(stream):
			if in.err != nil {
				return s.lost(ctx, in.err)
			}
			if err := s.take(ctx, session, in); err != nil {
				return err
			}
			ack := &uplinkv1.Ack{
				Sequence: in.envelope.GetSequence(), NeedSnapshot: session.decoder.Unresolved() > 0,
				MinimumIntervalSeconds: s.cfg.intervalSeconds(),
			}
			if err := stream.Send(ack); err != nil {
				return err
			}
			s.telemetry.ReceiverUplinkEnvelopesAcknowledged.Add(ctx, 1)
		}
	}
}

// incoming is what one Recv returned.
type incoming struct {
	envelope  *uplinkv1.Envelope
	malformed bool // it is no protobuf
	bytes     int  // on the wire
	err       error
}

// receive reads the next envelope beside the caller, which may leave first: its
// stream then ends and Recv returns.
func receive(stream grpc.BidiStreamingServer[uplinkv1.Envelope, uplinkv1.Ack]) <-chan incoming {
	got := make(chan incoming, 1)
	go func() {
		var m message
		if err := stream.RecvMsg(&m); err != nil {
			got <- incoming{err: err}
			return
		}
		got <- incoming{envelope: m.envelope, bytes: lastWireSize(stream.Context()), malformed: m.err != nil}
	}()
	return got
}

// lost tells a sender that is done or gone from one whose message gRPC refused
// and answered by itself.
func (s *service) lost(ctx context.Context, err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	if reason := lostReason(err); reason != "" {
		s.telemetry.ReceiverUplinkEnvelopesReceived.Add(ctx, 1)
		_ = s.refused(ctx, &refusal{status.Code(err), reason})
	}
	return err
}

// take passes an envelope on, or returns why not.
func (s *service) take(ctx context.Context, session *session, in incoming) error {
	s.telemetry.ReceiverUplinkEnvelopesReceived.Add(ctx, 1)
	s.telemetry.ReceiverUplinkReceivedBytes.Add(ctx, int64(in.bytes))
	if in.malformed {
		return s.refused(ctx, &refusal{codes.InvalidArgument, reasonMalformed})
	}
	select {
	case s.places <- struct{}{}:
		defer func() { <-s.places }()
	case <-ctx.Done():
		return ctx.Err()
	}
	logs, count, r := session.decode(in)
	if r != nil {
		return s.refused(ctx, r)
	}
	ctx = s.obs.StartLogsOp(ctx)
	err := s.next.ConsumeLogs(ctx, logs)
	s.obs.EndLogsOp(ctx, format, count.facts, err)
	if err != nil {
		r := pipelineRefusal(err)
		code := "retryable"
		if r.code == codes.InvalidArgument {
			code = "permanent"
		}
		s.telemetry.ReceiverUplinkEnvelopesFailed.Add(ctx, 1, metric.WithAttributes(attribute.String("code", code)))
		s.logger.Warn("the pipeline did not take an envelope", zap.String("code", code), zap.Error(err))
		return r
	}
	s.telemetry.ReceiverUplinkReportsAccepted.Add(ctx, int64(count.reports))
	s.telemetry.ReceiverUplinkFactsAccepted.Add(ctx, int64(count.facts))
	return nil
}

// refused counts and tells.
func (s *service) refused(ctx context.Context, r *refusal) error {
	s.telemetry.ReceiverUplinkEnvelopesRefused.Add(ctx, 1, because(r.reason))
	s.logger.Warn("an envelope was refused", zap.String("reason", r.reason))
	return r
}

func because(reason string) metric.MeasurementOption {
	return metric.WithAttributes(attribute.String("reason", reason))
}
