package consoleextension

import (
	"context"
	"fmt"
	"net/http"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/extension"
	"go.opentelemetry.io/collector/extension/extensioncapabilities"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.uber.org/zap"

	"github.com/weir-telemetry/weir/extensions/consoleextension/internal/metadata"
	"github.com/weir-telemetry/weir/internal/store"
)

var _ extensioncapabilities.Dependent = (*consoleExtension)(nil)

// consoleExtension mounts the pages at Start and takes them away at Shutdown.
type consoleExtension struct {
	cfg       *Config
	log       *zap.Logger
	telemetry *metadata.TelemetryBuilder
	mounter   store.Mounter // nil before Start
}

func newConsole(set extension.Settings, cfg *Config) (*consoleExtension, error) {
	tb, err := metadata.NewTelemetryBuilder(set.TelemetrySettings)
	if err != nil {
		return nil, fmt.Errorf("make telemetry: %w", err)
	}
	return &consoleExtension{cfg: cfg, log: set.Logger, telemetry: tb}, nil
}

// Dependencies makes the backend start before and stop after the console.
func (c *consoleExtension) Dependencies() []component.ID { return []component.ID{c.cfg.Backend} }

// Start finds the backend and mounts the pages there.
func (c *consoleExtension) Start(_ context.Context, host component.Host) error {
	found, ok := host.GetExtensions()[c.cfg.Backend]
	if !ok {
		return fmt.Errorf("backend: there is no extension %q: add it to service::extensions", c.cfg.Backend)
	}
	mounter, ok := found.(store.Mounter)
	if !ok {
		return fmt.Errorf("backend: extension %q is no backend and can't serve pages", c.cfg.Backend)
	}
	files, err := embedded()
	if err != nil {
		return fmt.Errorf("read the embedded pages: %w", err)
	}
	if !files.built {
		c.log.Warn("this binary was built without the console's pages; build it with: make build")
	}
	c.mounter = mounter
	mounter.Mount(&handler{files: files, answered: c.count})
	return nil
}

// Shutdown takes the pages away.
func (c *consoleExtension) Shutdown(context.Context) error {
	if c.mounter != nil {
		c.mounter.Mount(nil)
		c.mounter = nil
	}
	c.telemetry.Shutdown()
	return nil
}

func (c *consoleExtension) count(r *http.Request, code int) {
	c.telemetry.WeirConsoleRequests.Add(r.Context(), 1, metric.WithAttributes(attribute.Int("code", code)))
}
