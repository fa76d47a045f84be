// Package payloadguardconverter refuses configurations in which captured
// payload can reach an exporter, a plugin or a tap unredacted, in which facts
// could be forged, or in which pprof or zpages listen beyond loopback. It is a
// converter of the config map, so that it sees all pipelines and connectors
// after expansion, and can be listed in the manifest of any Collector build.
package payloadguardconverter

import (
	"context"
	"errors"
	"fmt"

	"go.opentelemetry.io/collector/confmap"
	"go.uber.org/zap"

	"github.com/weir-telemetry/weir/internal/guard"
)

// NewFactory returns the factory that a builder manifest refers to.
func NewFactory() confmap.ConverterFactory {
	return confmap.NewConverterFactory(func(set confmap.ConverterSettings) confmap.Converter {
		if set.Logger == nil {
			set.Logger = zap.NewNop()
		}
		return converter{set.Logger}
	})
}

type converter struct{ logger *zap.Logger }

// Convert changes nothing: it returns every violation at once, or logs each way
// out that the configuration accepts knowingly.
func (c converter) Convert(_ context.Context, conf *confmap.Conf) error {
	violations, notes := guard.Check(conf.ToStringMap())
	var errs []error
	for _, v := range violations {
		errs = append(errs, v)
	}
	for _, n := range notes {
		c.logger.Warn("unredacted payload is exported, as the configuration accepts", zap.String("path", n.Path), zap.String("accepted_by", n.By))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("payload guard: %w", err)
	}
	return nil
}
