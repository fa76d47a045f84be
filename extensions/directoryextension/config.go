package directoryextension

import (
	"errors"
	"time"

	"go.opentelemetry.io/collector/component"
)

// Config of the directory extension.
type Config struct {
	// File holds the map of addresses to workloads, YAML or JSON.
	File string `mapstructure:"file"`
	// ReloadInterval is how often the file is looked at for changes; 0 turns
	// that off.
	ReloadInterval time.Duration `mapstructure:"reload_interval"`

	// prevent unkeyed literal initialization
	_ struct{}
}

// Validate names the key that is wrong and what is accepted.
func (c *Config) Validate() error {
	var errs []error
	if c.File == "" {
		errs = append(errs, errors.New("file: must be the path of a directory file"))
	}
	if c.ReloadInterval != 0 && c.ReloadInterval < 100*time.Millisecond {
		errs = append(errs, errors.New("reload_interval: must be 0 (off) or at least 100ms"))
	}
	return errors.Join(errs...)
}

func createDefaultConfig() component.Config {
	return &Config{ReloadInterval: 5 * time.Second}
}
