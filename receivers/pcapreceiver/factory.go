package pcapreceiver

import (
	"context"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/receiver"

	"github.com/weir-telemetry/weir/internal/shared"
	"github.com/weir-telemetry/weir/receivers/pcapreceiver/internal/metadata"
)

// instances holds one receiver for each configuration: one capture, three
// signals.
var instances shared.Map[*Config, *pcapReceiver]

// NewFactory returns the factory of the pcap receiver.
func NewFactory() receiver.Factory {
	return receiver.NewFactory(metadata.Type, createDefaultConfig,
		receiver.WithLogs(createLogs, metadata.LogsStability),
		receiver.WithTraces(createTraces, metadata.TracesStability),
		receiver.WithMetrics(createMetrics, metadata.MetricsStability))
}

func instance(set receiver.Settings, cfg component.Config) (*shared.Component[*pcapReceiver], error) {
	c := cfg.(*Config)
	return instances.Get(c, func() (*pcapReceiver, error) { return newReceiver(set, c) })
}

func createLogs(_ context.Context, set receiver.Settings, cfg component.Config, next consumer.Logs) (receiver.Logs, error) {
	r, err := instance(set, cfg)
	if err != nil {
		return nil, err
	}
	r.Unwrap().out.logs = next
	return r, nil
}

func createTraces(_ context.Context, set receiver.Settings, cfg component.Config, next consumer.Traces) (receiver.Traces, error) {
	r, err := instance(set, cfg)
	if err != nil {
		return nil, err
	}
	r.Unwrap().out.traces = next
	return r, nil
}

func createMetrics(_ context.Context, set receiver.Settings, cfg component.Config, next consumer.Metrics) (receiver.Metrics, error) {
	r, err := instance(set, cfg)
	if err != nil {
		return nil, err
	}
	r.Unwrap().out.metrics = next
	return r, nil
}
