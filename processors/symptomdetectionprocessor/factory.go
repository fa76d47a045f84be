package symptomdetectionprocessor

import (
	"context"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/processor/processorhelper"

	"github.com/weir-telemetry/weir/processors/symptomdetectionprocessor/internal/metadata"
)

// NewFactory makes the factory of symptom_detection.
func NewFactory() processor.Factory {
	return processor.NewFactory(metadata.Type, defaultConfig, processor.WithMetrics(createMetrics, metadata.MetricsStability))
}

func createMetrics(ctx context.Context, set processor.Settings, cfg component.Config, next consumer.Metrics) (processor.Metrics, error) {
	d, err := newDetection(set, cfg.(*Config), next)
	if err != nil {
		return nil, err
	}
	return processorhelper.NewMetrics(ctx, set, cfg, next, d.process,
		processorhelper.WithCapabilities(consumer.Capabilities{MutatesData: true}),
		processorhelper.WithStart(d.start), processorhelper.WithShutdown(d.shutdown))
}
