package consoleextension

import (
	"errors"

	"go.opentelemetry.io/collector/component"
)

// Config of the console extension.
type Config struct {
	// Backend is the id of the backend extension on whose endpoint the pages are
	// served. It must be in the service's list of extensions.
	Backend component.ID `mapstructure:"backend"`

	// prevent unkeyed literal initialization
	_ struct{}
}

// Validate names the key that is wrong and what is accepted.
func (c *Config) Validate() error {
	if c.Backend == (component.ID{}) {
		return errors.New("backend: must be the id of a backend extension, such as backend or backend/2")
	}
	return nil
}

func createDefaultConfig() component.Config {
	return &Config{Backend: component.MustNewID("backend")}
}
