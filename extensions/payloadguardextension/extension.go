package payloadguardextension

import (
	"context"
	"errors"
	"fmt"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/extension/extensioncapabilities"
	"go.uber.org/zap"

	"github.com/weir-telemetry/weir/internal/guard"
)

var _ extensioncapabilities.ConfigWatcher = (*guardExtension)(nil)

// guardExtension tells what it adds to the guard. The converter enforces it when
// the configuration is read; the extension does so once more before pipelines
// start, for builds that leave the converter out.
type guardExtension struct {
	cfg *Config
	log *zap.Logger
}

// Start logs what is guarded beyond the built-in receivers and what is let out.
func (g *guardExtension) Start(context.Context, component.Host) error {
	g.log.Info("payload guard extended", zap.Strings("receivers", g.cfg.Receivers))
	if len(g.cfg.Allow) > 0 {
		g.log.Warn("unredacted export is allowed for the receivers that the payload guard was extended to",
			zap.Strings("pipelines", g.cfg.Allow))
	}
	return nil
}

// Shutdown does nothing.
func (*guardExtension) Shutdown(context.Context) error { return nil }

// NotifyConfig implements extensioncapabilities.ConfigWatcher: an error ends the
// start before any pipeline receives.
func (*guardExtension) NotifyConfig(_ context.Context, conf *confmap.Conf) error {
	violations, _ := guard.Check(conf.ToStringMap())
	errs := make([]error, 0, len(violations))
	for _, v := range violations {
		errs = append(errs, v)
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("payload guard: %w", err)
	}
	return nil
}
