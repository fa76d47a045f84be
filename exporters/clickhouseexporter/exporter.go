package clickhouseexporter

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.uber.org/zap"

	"github.com/weir-telemetry/weir/exporters/clickhouseexporter/internal/metadata"
	"github.com/weir-telemetry/weir/internal/httpclient"
)

// startTimeout bounds how long start waits for a server that does not answer.
const startTimeout = 5 * time.Second

// clickhouseExporter writes one signal into one table.
type clickhouseExporter struct {
	cfg       *Config
	table     table
	settings  component.TelemetrySettings
	telemetry *metadata.TelemetryBuilder
	client    *client
	closeIdle func()

	logs  *workPool[*logBatch]
	spans *workPool[*spanBatch]

	schema sync.Mutex // held while the schema is made
	ready  bool       // guarded by schema: it is made and was checked
}

func newExporter(set exporter.Settings, cfg *Config, t table) (*clickhouseExporter, error) {
	tb, err := metadata.NewTelemetryBuilder(set.TelemetrySettings)
	if err != nil {
		return nil, err
	}
	return &clickhouseExporter{
		cfg: cfg, table: t, settings: set.TelemetrySettings, telemetry: tb,
		logs:  newWorkPool(newLogBatch, cfg.BlockCompression),
		spans: newWorkPool(newSpanBatch, cfg.BlockCompression),
	}, nil
}

// start makes the schema. A server that can't be reached does not fail the
// start, its data waits in the queue; one that refuses the user, the
// statement, or has a table of another layout does.
func (e *clickhouseExporter) start(ctx context.Context, host component.Host) error {
	httpClient, closeIdle, err := httpclient.New(ctx, e.cfg.ClientConfig, host, e.settings)
	if err != nil {
		return fmt.Errorf("make HTTP client: %w", err)
	}
	e.closeIdle = closeIdle
	e.client = &client{http: httpClient, endpoint: e.cfg.Endpoint, creds: newLogin(e.cfg)}

	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	err = e.prepare(ctx)
	if err == nil {
		return nil
	}
	var mismatch *schemaError
	if errors.As(err, &mismatch) || refused(err) {
		return err
	}
	e.settings.Logger.Warn("clickhouse is not ready, data waits in the queue", zap.Error(err))
	return nil
}

func (e *clickhouseExporter) shutdown(context.Context) error {
	if e.closeIdle != nil {
		e.closeIdle()
	}
	e.telemetry.Shutdown()
	return nil
}

// schemaError is a table that does not fit.
type schemaError struct{ err error }

func (e *schemaError) Error() string { return e.err.Error() }
func (e *schemaError) Unwrap() error { return e.err }

// prepare makes the schema and checks the table, until it once succeeded.
func (e *clickhouseExporter) prepare(ctx context.Context) error {
	e.schema.Lock()
	defer e.schema.Unlock()
	if e.ready {
		return nil
	}
	if e.cfg.CreateSchema {
		for _, statement := range e.table.create {
			if _, err := e.client.exec(ctx, statement); err != nil {
				return fmt.Errorf("create schema: %w", err)
			}
		}
	}
	have, err := e.client.columns(ctx, &e.table)
	if err != nil {
		return fmt.Errorf("read columns of %s.%s: %w", e.table.database, e.table.name, err)
	}
	if err := e.table.check(have); err != nil {
		return &schemaError{err}
	}
	e.ready = true
	return nil
}

func (e *clickhouseExporter) pushLogs(ctx context.Context, ld plog.Logs) error {
	w := e.logs.get()
	w.batch.append(ld)
	released, err := e.send(ctx, w.batch, w.enc)
	if released {
		e.logs.put(w)
	}
	return err
}

func (e *clickhouseExporter) pushTraces(ctx context.Context, td ptrace.Traces) error {
	w := e.spans.get()
	w.batch.append(td)
	released, err := e.send(ctx, w.batch, w.enc)
	if released {
		e.spans.put(w)
	}
	return err
}

// send inserts a batch. The error is permanent when trying again can't help;
// released tells that the encoder's buffers can be used again.
func (e *clickhouseExporter) send(ctx context.Context, b batch, enc *encoder) (released bool, err error) {
	rows := b.rows()
	if rows == 0 {
		return true, nil
	}
	if err := e.prepare(ctx); err != nil {
		return true, e.failed(ctx, rows, err)
	}
	block, token, err := enc.encode(b)
	if err != nil {
		e.drop(ctx, rows, "encoding")
		return true, consumererror.NewPermanent(err)
	}
	if !e.cfg.Deduplicate {
		token = ""
	}
	body := httpclient.NewBody(block)
	if err := e.client.insert(ctx, &e.table, body, enc.comp != nil, token); err != nil {
		return body.Released(), e.failed(ctx, rows, fmt.Errorf("insert into %s.%s: %w", e.table.database, e.table.name, err))
	}
	signal := e.signal()
	e.telemetry.ExporterClickhouseRequests.Add(ctx, 1, signal, metric.WithAttributes(attribute.String("code", "ok")))
	e.telemetry.ExporterClickhouseRowsSent.Add(ctx, int64(rows), signal)
	e.telemetry.ExporterClickhouseSentBytes.Add(ctx, int64(len(block)), signal)
	return body.Released(), nil
}

// failed counts a request that failed and tells permanent errors apart.
func (e *clickhouseExporter) failed(ctx context.Context, rows int, err error) error {
	code := "network"
	var se *serverError
	var mismatch *schemaError
	switch {
	case errors.As(err, &se):
		code = se.label()
	case errors.As(err, &mismatch):
		code = "schema"
	}
	e.telemetry.ExporterClickhouseRequests.Add(ctx, 1, e.signal(), metric.WithAttributes(attribute.String("code", code)))
	if se != nil && !se.retryable() {
		e.drop(ctx, rows, code)
		return consumererror.NewPermanent(err)
	}
	return err
}

func (e *clickhouseExporter) drop(ctx context.Context, rows int, reason string) {
	e.telemetry.ExporterClickhouseRowsDropped.Add(ctx, int64(rows), e.signal(), metric.WithAttributes(attribute.String("reason", reason)))
}

func (e *clickhouseExporter) signal() metric.MeasurementOption {
	return metric.WithAttributes(attribute.String("signal", e.table.signal))
}
