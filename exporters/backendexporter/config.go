package backendexporter

import (
	"errors"
	"strings"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
)

// Config of the backend exporter.
type Config struct {
	exporterhelper.TimeoutConfig `mapstructure:",squash"`

	// Backend is the extension that owns the store.
	Backend component.ID `mapstructure:"backend"`
	// Project, by name or id, takes reports that come without an API key, as
	// within one process. Empty: a key is needed.
	Project string `mapstructure:"project"`

	// prevent unkeyed literal initialization
	_ struct{}
}

// Validate names the key that is wrong and what is accepted.
func (c *Config) Validate() error {
	if c.Backend.Type().String() == "" {
		return errors.New("backend: must be the id of a backend extension, such as backend")
	}
	if strings.TrimSpace(c.Project) != c.Project {
		return errors.New("project: must be a name or id without space around it, or empty")
	}
	return nil
}

func createDefaultConfig() component.Config {
	return &Config{
		TimeoutConfig: exporterhelper.TimeoutConfig{Timeout: 30 * time.Second},
		Backend:       component.MustNewID("backend"),
	}
}
