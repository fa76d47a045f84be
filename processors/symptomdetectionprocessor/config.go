package symptomdetectionprocessor

import (
	"errors"
	"fmt"
	"time"

	"go.opentelemetry.io/collector/component"

	"github.com/weir-telemetry/weir/internal/symptom"
)

// Config of the processor.
type Config struct {
	// ReportInterval is the time between updates of an open symptom. After three
	// of them without data a symptom expires.
	ReportInterval time.Duration `mapstructure:"report_interval"`
	// Refractory is the least time between two starts of one symptom of one
	// entity; an entry of the catalogue may have its own.
	Refractory time.Duration `mapstructure:"refractory"`
	// MaxSeries bounds the series that are followed, and the conditions.
	MaxSeries int `mapstructure:"max_series"`
	// MaxActive bounds the open symptoms of one workload.
	MaxActive int `mapstructure:"max_active"`
	// Catalogue changes and adds entries by their code, by the schema of the
	// embedded catalogue. What a change doesn't name stays as it is.
	Catalogue map[string]map[string]any `mapstructure:"catalogue"`
	// Overrides change entries for the entities that match.
	Overrides []symptom.Override `mapstructure:"overrides"`
	// Storage extension that keeps the state over restarts; none when left out.
	Storage *component.ID `mapstructure:"storage"`
	// StorageInterval is the time between two writes of the state; it is written
	// at shutdown too.
	StorageInterval time.Duration `mapstructure:"storage_interval"`
}

func defaultConfig() component.Config {
	return &Config{
		ReportInterval: time.Minute, Refractory: 10 * time.Minute, MaxSeries: 100_000, MaxActive: 20, StorageInterval: 5 * time.Minute,
	}
}

// Validate checks the numbers and the catalogue with all that changes it.
func (c *Config) Validate() error {
	for _, d := range []struct {
		key         string
		value       time.Duration
		least, most time.Duration
	}{
		{"report_interval", c.ReportInterval, time.Second, time.Hour},
		{"refractory", c.Refractory, time.Second, 24 * time.Hour},
		{"storage_interval", c.StorageInterval, time.Second, 24 * time.Hour},
	} {
		if d.value < d.least || d.value > d.most {
			return fmt.Errorf("%s: %s is out of range: %s to %s are accepted", d.key, d.value, d.least, d.most)
		}
	}
	if c.MaxSeries < 1 || c.MaxSeries > 10_000_000 {
		return fmt.Errorf("max_series: %d is out of range: 1 to 10000000 are accepted", c.MaxSeries)
	}
	if c.MaxActive < 1 || c.MaxActive > 1000 {
		return fmt.Errorf("max_active: %d is out of range: 1 to 1000 are accepted", c.MaxActive)
	}
	for code, entry := range c.Catalogue {
		if len(entry) == 0 {
			return errors.New("catalogue::" + code + ": changes nothing")
		}
	}
	_, err := c.catalogue()
	return err
}

func (c *Config) catalogue() (*symptom.Catalogue, error) {
	return symptom.Default().With(c.Catalogue, c.Overrides)
}
