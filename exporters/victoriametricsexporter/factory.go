package victoriametricsexporter

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

	"github.com/weir-telemetry/weir/exporters/victoriametricsexporter/internal/metadata"
)

// NewFactory returns the factory of the victoriametrics exporter.
func NewFactory() exporter.Factory {
	return exporter.NewFactory(
		metadata.Type,
		createDefaultConfig,
		exporter.WithMetrics(createMetrics, metadata.MetricsStability),
	)
}

func createDefaultConfig() component.Config {
	client := confighttp.NewDefaultClientConfig()
	client.Timeout = 30 * time.Second

	retry := configretry.NewDefaultBackOffConfig()
	// What was accepted is not lost because a store was away for long.
	retry.MaxElapsedTime = 0

	queue := exporterhelper.NewDefaultQueueConfig()
	// One consumer keeps the samples of a series in order: Prometheus refuses a
	// whole request when a sample is older than one it has.
	queue.NumConsumers = 1
	queue.Batch.GetOrInsertDefault()

	return &Config{
		ClientConfig:      client,
		RetryConfig:       retry,
		QueueConfig:       configoptional.Some(queue),
		AddMetricSuffixes: true,
		Histograms:        histogramsVMRange,
		// The bounds that the semantic conventions advise for durations in seconds.
		ExplicitBounds: []float64{0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10},
		// What tells two workloads of the same service apart: without these
		// their series would merge when service.instance.id is absent.
		PromoteResourceAttributes: []string{
			"deployment.environment.name", "host.name", "k8s.cluster.name", "k8s.namespace.name",
			"k8s.node.name", "k8s.pod.name", "k8s.container.name",
		},
		TargetInfo:        true,
		ScopeLabels:       true,
		Exemplars:         true,
		MaxLabels:         30,
		MaxRequestBytes:   3_000_000,
		MaxRequestSamples: 50_000,
	}
}

func createMetrics(ctx context.Context, set exporter.Settings, cfg component.Config) (exporter.Metrics, error) {
	c := cfg.(*Config)
	e, err := newExporter(c, set)
	if err != nil {
		return nil, err
	}
	return exporterhelper.NewMetrics(ctx, set, cfg, e.push,
		exporterhelper.WithStart(e.start),
		exporterhelper.WithShutdown(e.shutdown),
		exporterhelper.WithCapabilities(consumer.Capabilities{MutatesData: false}),
		// The HTTP client has the timeout of a request; a push may need several.
		exporterhelper.WithTimeout(exporterhelper.TimeoutConfig{Timeout: 0}),
		exporterhelper.WithRetry(c.RetryConfig),
		exporterhelper.WithQueue(c.QueueConfig),
	)
}
