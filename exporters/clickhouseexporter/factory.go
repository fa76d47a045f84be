package clickhouseexporter

import (
	"context"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/confighttp"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/config/configretry"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exporterhelper"

	"github.com/weir-telemetry/weir/exporters/clickhouseexporter/internal/metadata"
)

const (
	defaultTTL     = 7 * 24 * time.Hour
	defaultTimeout = 30 * time.Second

	// ClickHouse wants few, large inserts: each one makes a part on disk.
	defaultBatchMin     = 10_000
	defaultBatchMax     = 50_000
	defaultFlushTimeout = time.Second
)

// NewFactory makes the factory of the exporter, type "clickhouse".
func NewFactory() exporter.Factory {
	return exporter.NewFactory(
		metadata.Type,
		createDefaultConfig,
		exporter.WithLogs(createLogs, metadata.LogsStability),
		exporter.WithTraces(createTraces, metadata.TracesStability),
	)
}

func createDefaultConfig() component.Config {
	client := confighttp.NewDefaultClientConfig()
	client.Timeout = defaultTimeout

	queue := exporterhelper.NewDefaultQueueConfig()
	queue.Batch = configoptional.Some(exporterhelper.BatchConfig{
		FlushTimeout: defaultFlushTimeout,
		Sizer:        exporterhelper.RequestSizerTypeItems,
		MinSize:      defaultBatchMin,
		MaxSize:      defaultBatchMax,
	})
	// Without an end: what was accepted is not given up because the server is
	// away for longer than the helper's five minutes.
	retry := configretry.NewDefaultBackOffConfig()
	retry.MaxElapsedTime = 0
	return &Config{
		ClientConfig:     client,
		RetryConfig:      retry,
		QueueConfig:      configoptional.Some(queue),
		Database:         "otel",
		LogsTable:        "otel_logs",
		TracesTable:      "otel_traces",
		CreateSchema:     true,
		TTL:              TTLConfig{Logs: defaultTTL, Traces: defaultTTL},
		BlockCompression: compressionLZ4,
		Deduplicate:      true,
	}
}

func createLogs(ctx context.Context, set exporter.Settings, cfg component.Config) (exporter.Logs, error) {
	e, err := newExporter(set, cfg.(*Config), logsTable(cfg.(*Config)))
	if err != nil {
		return nil, err
	}
	return exporterhelper.NewLogs(ctx, set, cfg, e.pushLogs, e.options()...)
}

func createTraces(ctx context.Context, set exporter.Settings, cfg component.Config) (exporter.Traces, error) {
	e, err := newExporter(set, cfg.(*Config), tracesTable(cfg.(*Config)))
	if err != nil {
		return nil, err
	}
	return exporterhelper.NewTraces(ctx, set, cfg, e.pushTraces, e.options()...)
}

// options of the helper: the queue batches, the HTTP client has the timeout.
func (e *clickhouseExporter) options() []exporterhelper.Option {
	return []exporterhelper.Option{
		exporterhelper.WithCapabilities(consumer.Capabilities{MutatesData: false}),
		exporterhelper.WithTimeout(exporterhelper.TimeoutConfig{Timeout: 0}),
		exporterhelper.WithRetry(e.cfg.RetryConfig),
		exporterhelper.WithQueue(e.cfg.QueueConfig),
		exporterhelper.WithStart(e.start),
		exporterhelper.WithShutdown(e.shutdown),
	}
}
