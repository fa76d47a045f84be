package factsconnector

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/weir-telemetry/weir/connectors/factsconnector/internal/distil"
	"github.com/weir-telemetry/weir/connectors/factsconnector/internal/metadata"
)

// outcome is what became of a report.
type outcome string

const (
	accepted outcome = "accepted"
	refused  outcome = "refused"
	dropped  outcome = "dropped"
)

// telemetry holds the connector's own metrics with their attributes made once.
type telemetry struct {
	builder  *metadata.TelemetryBuilder
	accepted [distil.KindCount]metric.MeasurementOption
	ignored  [distil.KindCount][distil.ReasonCount]metric.MeasurementOption
	told     [distil.ToldCount]metric.MeasurementOption
}

func newTelemetry(builder *metadata.TelemetryBuilder) *telemetry {
	t := &telemetry{builder: builder}
	for k := range distil.KindCount {
		source := attribute.String("source", k.String())
		t.accepted[k] = metric.WithAttributeSet(attribute.NewSet(source))
		for r := range distil.ReasonCount {
			t.ignored[k][r] = metric.WithAttributeSet(attribute.NewSet(source, attribute.String("reason", r.String())))
		}
	}
	for k := range distil.ToldCount {
		t.told[k] = metric.WithAttributeSet(attribute.NewSet(attribute.String("kind", k.String())))
	}
	return t
}

func (t *telemetry) add(ctx context.Context, c distil.Counts) {
	for k, n := range c.Accepted {
		if n > 0 {
			t.builder.WeirFactsAccepted.Add(ctx, n, t.accepted[k])
		}
		for r, n := range c.Ignored[k] {
			if n > 0 {
				t.builder.WeirFactsIgnored.Add(ctx, n, t.ignored[k][r])
			}
		}
	}
	for k, n := range c.Told {
		if n > 0 {
			t.builder.WeirFactsTold.Add(ctx, n, t.told[k])
		}
	}
}

func (t *telemetry) report(ctx context.Context, o outcome) {
	t.builder.WeirFactsReports.Add(ctx, 1, metric.WithAttributes(attribute.String("outcome", string(o))))
}
