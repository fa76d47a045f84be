package pcapreceiver

import (
	"context"
	"fmt"
	"time"

	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/receiverhelper"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.uber.org/zap"

	"github.com/weir-telemetry/weir/receivers/pcapreceiver/internal/metadata"
)

// output hands batches on. A consumer is nil where no pipeline asks for its
// signal. It is safe for concurrent use.
type output struct {
	logs      consumer.Logs
	traces    consumer.Traces
	metrics   consumer.Metrics
	obs       *receiverhelper.ObsReport
	telemetry *metadata.TelemetryBuilder
	log       *zap.Logger
}

func newOutput(set receiver.Settings, tb *metadata.TelemetryBuilder) (*output, error) {
	obs, err := receiverhelper.NewObsReport(receiverhelper.ObsReportSettings{
		ReceiverID: set.ID, Transport: "pcap", ReceiverCreateSettings: set,
	})
	if err != nil {
		return nil, fmt.Errorf("make telemetry: %w", err)
	}
	return &output{obs: obs, telemetry: tb, log: set.Logger}, nil
}

const (
	firstWait = 100 * time.Millisecond
	maxWait   = 5 * time.Second
)

// deliver calls send until it succeeds. With wait it tries again, ever slower,
// until ctx ends or the error is permanent; without, once. What was not
// accepted is counted.
func (o *output) deliver(ctx context.Context, signal string, n int, wait bool, send func() error) {
	pause := firstWait
	for {
		err := send()
		if err == nil {
			return
		}
		if wait && !consumererror.IsPermanent(err) && sleep(ctx, pause) {
			pause = min(2*pause, maxWait)
			continue
		}
		o.telemetry.PcapRefused.Add(context.Background(), int64(n),
			metric.WithAttributes(attribute.String("signal", signal)))
		// The text of an error from downstream may quote records.
		o.log.Warn("batch refused and dropped", zap.String("signal", signal), zap.Int("items", n),
			zap.Bool("permanent", consumererror.IsPermanent(err)))
		return
	}
}

// sleep waits for d and reports false when ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// sendLogs hands records on. A batch that may be sent again is copied for each
// try: a processor that changed it before a refusal must not see it changed.
func (o *output) sendLogs(ctx context.Context, ld plog.Logs, wait bool) {
	n := ld.LogRecordCount()
	if o.logs == nil || n == 0 {
		return
	}
	o.deliver(ctx, "logs", n, wait, func() error {
		batch := ld
		if wait {
			batch = plog.NewLogs()
			ld.CopyTo(batch)
		}
		op := o.obs.StartLogsOp(context.WithoutCancel(ctx))
		err := o.logs.ConsumeLogs(op, batch)
		o.obs.EndLogsOp(op, metadata.Type.String(), n, err)
		return err
	})
}

func (o *output) sendTraces(ctx context.Context, td ptrace.Traces, wait bool) {
	n := td.SpanCount()
	if o.traces == nil || n == 0 {
		return
	}
	o.deliver(ctx, "traces", n, wait, func() error {
		batch := td
		if wait {
			batch = ptrace.NewTraces()
			td.CopyTo(batch)
		}
		op := o.obs.StartTracesOp(context.WithoutCancel(ctx))
		err := o.traces.ConsumeTraces(op, batch)
		o.obs.EndTracesOp(op, metadata.Type.String(), n, err)
		return err
	})
}

func (o *output) sendMetrics(ctx context.Context, md pmetric.Metrics, wait bool) {
	n := md.DataPointCount()
	if o.metrics == nil || n == 0 {
		return
	}
	o.deliver(ctx, "metrics", n, wait, func() error {
		batch := md
		if wait {
			batch = pmetric.NewMetrics()
			md.CopyTo(batch)
		}
		op := o.obs.StartMetricsOp(context.WithoutCancel(ctx))
		err := o.metrics.ConsumeMetrics(op, batch)
		o.obs.EndMetricsOp(op, metadata.Type.String(), n, err)
		return err
	})
}
