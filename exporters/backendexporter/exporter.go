package backendexporter

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"go.opentelemetry.io/collector/client"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.uber.org/zap"

	"github.com/weir-telemetry/weir/exporters/backendexporter/internal/metadata"
	"github.com/weir-telemetry/weir/internal/fact"
	"github.com/weir-telemetry/weir/internal/store"
)

var errNoProject = errors.New("no project: the reports came without an API key, and the exporter's project is not set")

// backendExporter is thin: it reads reports, finds out whose they are, and
// hands them to the backend extension.
type backendExporter struct {
	cfg       *Config
	log       *zap.Logger
	telemetry *metadata.TelemetryBuilder
	host      component.Host
	keeper    store.Keeper
	failing   atomic.Bool // the status told last
}

func newExporter(set exporter.Settings, cfg *Config) (*backendExporter, error) {
	tb, err := metadata.NewTelemetryBuilder(set.TelemetrySettings)
	if err != nil {
		return nil, fmt.Errorf("make telemetry: %w", err)
	}
	return &backendExporter{cfg: cfg, log: set.Logger, telemetry: tb}, nil
}

func (e *backendExporter) start(_ context.Context, host component.Host) error {
	found, ok := host.GetExtensions()[e.cfg.Backend]
	if !ok {
		return fmt.Errorf("backend: there is no extension %q: add it to service::extensions", e.cfg.Backend)
	}
	keeper, ok := found.(store.Keeper)
	if !ok {
		return fmt.Errorf("backend: extension %q is no backend and keeps nothing", e.cfg.Backend)
	}
	e.host, e.keeper = host, keeper
	return nil
}

func (e *backendExporter) shutdown(context.Context) error {
	e.telemetry.Shutdown()
	return nil
}

// push stores what is well-formed. Its error is permanent when something was
// refused that would be refused again; the rest of the batch is stored then.
func (e *backendExporter) push(ctx context.Context, ld plog.Logs) error {
	from, err := e.sender(ctx)
	if err != nil {
		return err
	}
	e.telemetry.ExporterBackendRecordsReceived.Add(ctx, int64(ld.LogRecordCount()))
	reports, malformed := e.read(ctx, ld)
	if len(reports) > 0 {
		kept, err := e.keeper.Keep(ctx, from, reports)
		if ofCredentials(err) {
			return &credentialsError{err}
		}
		if err != nil && !store.IsPermanent(err) {
			e.status(err)
			return fmt.Errorf("store reports: %w", err)
		}
		e.status(nil)
		e.telemetry.ExporterBackendFactsStored.Add(ctx, int64(kept.Facts))
		e.count(ctx, "stored", kept.Stored)
		e.count(ctx, "repeated", kept.Repeated)
		e.count(ctx, "refused", len(reports)-kept.Stored-kept.Repeated)
		if err != nil {
			return consumererror.NewPermanent(errors.Join(err, malformed))
		}
	}
	if malformed != nil {
		return consumererror.NewPermanent(malformed)
	}
	return nil
}

// sender is the owner of the API key that was shown, or the configured project.
func (e *backendExporter) sender(ctx context.Context) (store.Sender, error) {
	var from store.Sender
	if auth := client.FromContext(ctx).Auth; auth != nil {
		from.Project, _ = auth.GetAttribute(store.ProjectAttribute).(string)
		from.Key, _ = auth.GetAttribute(store.KeyAttribute).(string)
	}
	if from.Project != "" {
		return from, nil
	}
	if e.cfg.Project == "" {
		return from, &credentialsError{errNoProject}
	}
	id, err := e.keeper.ProjectID(ctx, e.cfg.Project)
	if err != nil {
		err = fmt.Errorf("find the project: %w", err)
		if ofCredentials(err) {
			return from, &credentialsError{err}
		}
		e.status(err)
		return from, err
	}
	return store.Sender{Project: id}, nil
}

// read translates a batch. The error tells of what is no report.
func (e *backendExporter) read(ctx context.Context, ld plog.Logs) ([]*fact.Report, error) {
	var reports []*fact.Report
	var malformed error
	refused := fact.Refusals{}
	for _, rl := range ld.ResourceLogs().All() {
		r, bad, err := fact.FromLogs(rl)
		for reason, n := range bad {
			refused[reason] += n
		}
		if err != nil {
			malformed = err // one of them is enough to tell
			e.count(ctx, "malformed", 1)
			continue
		}
		reports = append(reports, r)
	}
	for reason, n := range refused {
		e.telemetry.ExporterBackendRecordsRefused.Add(ctx, int64(n), metric.WithAttributes(attribute.String("reason", string(reason))))
		e.log.Warn("records that are no well-formed facts were left out", zap.String("reason", string(reason)), zap.Int("records", n))
	}
	return reports, malformed
}

func (e *backendExporter) count(ctx context.Context, outcome string, n int) {
	if n > 0 {
		e.telemetry.ExporterBackendReports.Add(ctx, int64(n), metric.WithAttributes(attribute.String("outcome", outcome)))
	}
}

// status tells when storing begins to fail and when it works again.
func (e *backendExporter) status(err error) {
	switch {
	case err == nil && e.failing.CompareAndSwap(true, false):
		componentstatus.ReportStatus(e.host, componentstatus.NewEvent(componentstatus.StatusOK))
	case err != nil && e.failing.CompareAndSwap(false, true):
		if store.IsDiskFull(err) {
			e.log.Error("the backend's disk is full: senders keep their facts until there is space again")
		}
		componentstatus.ReportStatus(e.host, componentstatus.NewRecoverableErrorEvent(err))
	}
}
