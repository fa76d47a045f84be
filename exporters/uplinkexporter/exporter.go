package uplinkexporter

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.uber.org/zap"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
	"github.com/weir-telemetry/weir/exporters/uplinkexporter/internal/metadata"
	"github.com/weir-telemetry/weir/internal/fact"
)

// stopTimeout is how long what is under way may still be acknowledged when the
// exporter stops.
const stopTimeout = 5 * time.Second

// uplinkExporter stands around the helper's queue: facts go through the intake
// into the queue, and come out of it in push.
type uplinkExporter struct {
	cfg       *Config
	settings  component.TelemetrySettings
	telemetry *metadata.TelemetryBuilder
	queue     exporter.Logs

	intake *intake
	meter  *meter
	sides  *merger // nil: both ends of an edge go on
	book   *book
	link   *link

	now     func() time.Time // tests have another
	stopped sync.Once
}

var _ exporter.Logs = (*uplinkExporter)(nil)

func newExporter(set exporter.Settings, cfg *Config) (*uplinkExporter, error) {
	tb, err := metadata.NewTelemetryBuilder(set.TelemetrySettings)
	if err != nil {
		return nil, err
	}
	return &uplinkExporter{
		cfg: cfg, settings: set.TelemetrySettings, telemetry: tb, now: time.Now,
		intake: &intake{telemetry: tb, logger: set.Logger},
	}, nil
}

// Capabilities implements consumer.Logs: what arrives is read and written anew.
func (e *uplinkExporter) Capabilities() consumer.Capabilities {
	return consumer.Capabilities{MutatesData: false}
}

// Start starts the queue, which opens the rest first.
func (e *uplinkExporter) Start(ctx context.Context, host component.Host) error {
	return e.queue.Start(ctx, host)
}

// ConsumeLogs refuses and counts what is no fact, leaves out what the budget has
// no room for, and queues the rest. It returns before the facts are sent unless
// there is no queue, or one that waits.
func (e *uplinkExporter) ConsumeLogs(ctx context.Context, ld plog.Logs) error {
	reports := e.intake.reports(ctx, ld)
	if len(reports) == 0 {
		return nil
	}
	kept, out := e.meter.trim(e.now(), reports)
	e.telemetry.ExporterUplinkReportsHeld.Add(ctx, int64(len(reports)-len(kept)))
	for class, n := range out {
		if n > 0 {
			e.telemetry.ExporterUplinkFactsLeftOut.Add(ctx, int64(n), metric.WithAttributes(attribute.String("class", class)))
		}
	}
	if len(kept) == 0 {
		return nil
	}
	return e.queue.ConsumeLogs(ctx, logsOf(kept))
}

// Shutdown gives what is under way some seconds, then lets go of it: a queue
// with a storage has it again after the next start.
func (e *uplinkExporter) Shutdown(ctx context.Context) (err error) {
	e.stopped.Do(func() {
		if e.link != nil {
			if held := e.meter.flush(e.now()); held != nil {
				err = e.queue.ConsumeLogs(ctx, logsOf(held))
			}
			ctx, cancel := context.WithTimeout(ctx, stopTimeout)
			defer cancel()
			defer context.AfterFunc(ctx, func() { e.link.stop(errStopping) })()
		}
		err = errors.Join(err, e.queue.Shutdown(ctx))
	})
	return err
}

// open reads the salt, opens the ledger and dials. A ledger that can't be
// opened does not fail the start: the cluster's other pipelines shall run.
func (e *uplinkExporter) open(ctx context.Context, host component.Host) error {
	salt, err := fact.ReadSalt(e.cfg.SaltFile)
	if err != nil {
		return fmt.Errorf("salt_file: %w", err)
	}
	sender, err := senderName(e.cfg)
	if err != nil {
		return err
	}
	identity := fact.NewIdentity(salt)
	if e.meter, err = newMeter(e.cfg.Budget, identity, e.cfg.MaxEnvelopeBytes); err != nil {
		return err
	}
	if e.cfg.MergeSides {
		e.sides = newMerger(identity)
	}
	e.book = newBook(e.cfg.Ledger, host, e.telemetry, e.settings.Logger)
	link, err := newLink(ctx, e.cfg, host, e.settings)
	if err != nil {
		return err
	}
	link.begin = newEncoders(e.cfg, identity, identity.Agent(sender), e.book, e.meter)
	link.onAck = e.acknowledged
	link.onEnd = e.sessionEnded
	e.link = link
	return nil
}

func (e *uplinkExporter) close(context.Context) error {
	var errs []error
	if e.link != nil {
		errs = append(errs, e.link.close())
	}
	if e.book != nil {
		errs = append(errs, e.book.close())
	}
	e.telemetry.Shutdown()
	return errors.Join(errs...)
}

// acknowledged heeds what an acknowledgement says besides its number.
func (e *uplinkExporter) acknowledged(ack *uplinkv1.Ack) {
	e.link.slow(ack.GetMinimumIntervalSeconds())
	if ack.GetNeedSnapshot() {
		e.telemetry.ExporterUplinkSnapshotsAsked.Add(context.Background(), 1)
		e.settings.Logger.Info("the receiver lacks entities and asks for a snapshot; the next one is on its way by itself")
	}
}

// sessionEnded counts how sessions end.
func (e *uplinkExporter) sessionEnded(why error) {
	code := "canceled"
	var se *sessionError
	switch {
	case errors.Is(why, errRetired):
		code = "ok"
	case errors.Is(why, errNoAck):
		code = "deadline_exceeded"
	case errors.Is(why, errBadAck):
		code = "bad_acknowledgement"
	case errors.As(why, &se):
		code = codeLabel(se.code)
	}
	e.telemetry.ExporterUplinkSessions.Add(context.Background(), 1, metric.WithAttributes(attribute.String("code", code)))
	e.settings.Logger.Debug("a session ended", zap.Error(why))
}

// senderName is the same name on two clusters for two senders.
func senderName(cfg *Config) (string, error) {
	name := cfg.Sender
	if name == "" {
		var err error
		if name, err = os.Hostname(); err != nil {
			return "", fmt.Errorf("sender: must be set, since this host has no name: %w", err)
		}
	}
	return cfg.Cluster + "/" + name, nil
}
