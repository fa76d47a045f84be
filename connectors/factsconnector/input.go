package factsconnector

import (
	"context"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/weir-telemetry/weir/internal/shared"
)

// input is the connector as one signal's pipelines see it.
type input struct {
	shared *shared.Component[*factsConnector]
}

// Capabilities: what comes in is only read.
func (*input) Capabilities() consumer.Capabilities { return consumer.Capabilities{} }

// Start starts the connector with its first input.
func (i *input) Start(ctx context.Context, host component.Host) error {
	return i.shared.Start(ctx, host)
}

// Shutdown shuts the connector down with its last input: until then facts can
// come in by the others.
func (i *input) Shutdown(ctx context.Context) error {
	if i.shared.Unwrap().inputs.Add(-1) > 0 {
		return nil
	}
	return i.shared.Shutdown(ctx)
}

// ConsumeMetrics takes metrics in. It never errs.
func (i *input) ConsumeMetrics(ctx context.Context, md pmetric.Metrics) error {
	c := i.shared.Unwrap()
	c.distiller.Metrics(md, c.now())
	c.count(ctx)
	return nil
}

// ConsumeTraces takes traces in. It never errs.
func (i *input) ConsumeTraces(ctx context.Context, td ptrace.Traces) error {
	c := i.shared.Unwrap()
	c.distiller.Traces(td, c.now())
	c.count(ctx)
	return nil
}

// ConsumeLogs takes logs in. It never errs.
func (i *input) ConsumeLogs(ctx context.Context, ld plog.Logs) error {
	c := i.shared.Unwrap()
	c.distiller.Logs(ld, c.now())
	c.count(ctx)
	return nil
}
