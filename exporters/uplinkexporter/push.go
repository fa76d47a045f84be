package uplinkexporter

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.uber.org/zap"
	"google.golang.org/grpc/codes"

	"github.com/weir-telemetry/weir/internal/fact"
)

// push sends what leaves the queue and returns once it is acknowledged. What
// the receiver refuses for good is dropped and counted report by report, so
// that one bad report costs no other; the rest goes on.
func (e *uplinkExporter) push(ctx context.Context, ld plog.Logs) error {
	reports := e.intake.reports(ctx, ld)
	merged := e.sides.merge(e.now(), reports)
	groups := [][]*fact.Report{reports}
	kept := 0
	var dropped error
	for len(groups) > 0 {
		group := groups[0]
		if len(group) == 0 {
			groups = groups[1:]
			continue
		}
		n, err := e.send(ctx, group)
		sent, rest := group[:n], group[n:]
		switch reason := refusedForGood(err); {
		case err == nil:
			kept += n
			groups[0] = rest
		case reason == "":
			if kept == 0 && dropped == nil {
				return err
			}
			return consumererror.NewLogs(err, logsOf(groups...))
		case n > 1: // find the one that is to blame
			groups = slices.Concat([][]*fact.Report{sent[:n/2], sent[n/2:], rest}, groups[1:])
		default:
			dropped = err
			groups[0] = rest
			e.telemetry.ExporterUplinkReportsDropped.Add(ctx, 1, metric.WithAttributes(attribute.String("reason", reason)))
			e.settings.Logger.Error("a report is dropped: it is refused for good", zap.Error(err))
		}
	}
	e.telemetry.ExporterUplinkEdgesMerged.Add(ctx, int64(merged))
	if dropped != nil && kept == 0 {
		return consumererror.NewPermanent(dropped)
	}
	return nil
}

// refusedForGood is the reason of an error that the same report will meet
// again; empty when it may go through later.
func refusedForGood(err error) string {
	var se *sessionError
	switch {
	case errors.Is(err, fact.ErrTooLarge):
		return "too_large"
	case errors.As(err, &se) && se.permanent():
		return se.label()
	}
	return ""
}

// logsOf is how the queue holds reports: written anew from what was understood,
// so that nothing that was not understood gets through.
func logsOf(groups ...[]*fact.Report) plog.Logs {
	ld := plog.NewLogs()
	for _, group := range groups {
		for _, r := range group {
			fact.AppendLogs(ld, r)
		}
	}
	return ld
}

// freshSessions is how often an envelope is sent anew at once because its
// session was over before it arrived.
const freshSessions = 3

// send brings as many of the reports as fit into one envelope to the receiver
// and waits until they are acknowledged. It returns how many the envelope held;
// with an error at least 1.
func (e *uplinkExporter) send(ctx context.Context, reports []*fact.Report) (n int, err error) {
	for attempt := 1; ; attempt++ {
		n, err = e.try(ctx, reports)
		var se *sessionError
		over := errors.Is(err, errBehind) || errors.Is(err, fact.ErrSessionFull) || errors.As(err, &se) && se.code == codes.OK
		if err == nil || !over || attempt == freshSessions {
			return max(n, 1), err
		}
	}
}

// sent is an envelope on its way.
type sent struct {
	session *session
	acked   <-chan error
	reports int
}

func (e *uplinkExporter) try(ctx context.Context, reports []*fact.Report) (int, error) {
	s, err := e.dispatch(ctx, reports)
	if err != nil {
		return s.reports, err
	}
	late := time.NewTimer(e.cfg.AckTimeout)
	defer late.Stop()
	select {
	case err = <-s.acked:
	case <-late.C:
		e.link.doubt()
		s.session.end(errNoAck)
		return s.reports, errNoAck
	case <-ctx.Done():
		return s.reports, ctx.Err()
	}
	if err != nil {
		if e.link.life.Err() != nil {
			err = errStopping
		}
		return s.reports, err
	}
	facts := 0
	for _, r := range reports[:s.reports] {
		facts += r.Facts()
	}
	e.telemetry.ExporterUplinkEnvelopesSent.Add(ctx, 1)
	e.telemetry.ExporterUplinkFactsSent.Add(ctx, int64(facts))
	return s.reports, nil
}

// dispatch encodes, writes the ledger and sends, in the order of sequence.
func (e *uplinkExporter) dispatch(ctx context.Context, reports []*fact.Report) (out sent, err error) {
	l := e.link
	if err := l.take(ctx); err != nil {
		return out, err
	}
	defer l.release()
	if err := l.pause(ctx); err != nil {
		return out, err
	}
	if err := e.book.ready(ctx); err != nil {
		return out, err
	}
	s, err := l.current(ctx)
	if err != nil {
		return out, err
	}
	now := e.now()
	encoded, err := s.encoder.Encode(now, e.meter.left(now), reports...)
	if err != nil {
		if errors.Is(err, fact.ErrSessionFull) {
			s.retire()
		}
		return out, fmt.Errorf("uplink: encode: %w", err)
	}
	if err := e.book.write(ctx, encoded.Envelope); err != nil {
		s.retire() // it has a gap now, the next one has none
		return out, err
	}
	e.countPseudonyms(ctx, encoded.Pseudonymised)
	out = sent{session: s, acked: s.expect(encoded.Envelope.GetSequence()), reports: encoded.Reports}
	// The receiver may take its time: flow control then holds Send back.
	stuck := time.AfterFunc(e.cfg.AckTimeout, func() { l.doubt(); s.end(errNoAck) })
	err = s.stream.Send(encoded.Envelope)
	stuck.Stop()
	l.lastly = time.Now()
	e.telemetry.ExporterUplinkSentBytes.Add(ctx, int64(*s.size))
	if err != nil && !errors.Is(err, io.EOF) { // at io.EOF whoever listens knows the reason
		s.end(asSessionError(err))
	}
	return out, nil
}

func (e *uplinkExporter) countPseudonyms(ctx context.Context, byKind map[fact.NameKind]int) {
	for kind, n := range byKind {
		e.telemetry.ExporterUplinkNamesPseudonymised.Add(ctx, int64(n),
			metric.WithAttributes(attribute.String("kind", fact.Text(kind))))
	}
}
