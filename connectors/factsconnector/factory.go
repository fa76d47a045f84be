package factsconnector

import (
	"context"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/connector"
	"go.opentelemetry.io/collector/consumer"

	"github.com/weir-telemetry/weir/connectors/factsconnector/internal/metadata"
	"github.com/weir-telemetry/weir/internal/shared"
)

// instances lets one connector serve the pipelines of all signals, so that its
// reports have one sequence.
var instances shared.Map[*Config, *factsConnector]

// NewFactory makes the factory of facts.
func NewFactory() connector.Factory {
	return connector.NewFactory(metadata.Type,
		func() component.Config { return defaults() },
		connector.WithMetricsToLogs(createMetrics, metadata.MetricsToLogsStability),
		connector.WithTracesToLogs(createTraces, metadata.TracesToLogsStability),
		connector.WithLogsToLogs(createLogs, metadata.LogsToLogsStability))
}

func createMetrics(_ context.Context, set connector.Settings, cfg component.Config, next consumer.Logs) (connector.Metrics, error) {
	return newInput(set, cfg, next)
}

func createTraces(_ context.Context, set connector.Settings, cfg component.Config, next consumer.Logs) (connector.Traces, error) {
	return newInput(set, cfg, next)
}

func createLogs(_ context.Context, set connector.Settings, cfg component.Config, next consumer.Logs) (connector.Logs, error) {
	return newInput(set, cfg, next)
}

func newInput(set connector.Settings, cfg component.Config, next consumer.Logs) (*input, error) {
	c, err := instances.Get(cfg.(*Config), func() (*factsConnector, error) { return newConnector(set, cfg.(*Config), next) })
	if err != nil {
		return nil, err
	}
	c.Unwrap().inputs.Add(1)
	return &input{c}, nil
}
