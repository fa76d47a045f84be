package payloadguardextension

import (
	"errors"
	"fmt"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/pipeline"
)

// Config of the payload guard extension.
type Config struct {
	// Receivers whose logs and traces are guarded as those of pcap are. A type
	// means all its instances, an id with a name that one.
	Receivers []string `mapstructure:"receivers"`
	// Allow lists the pipelines from which records of Receivers may be exported
	// unredacted.
	Allow []string `mapstructure:"allow"`

	// prevent unkeyed literal initialization
	_ struct{}
}

// Validate names the key that is wrong and what is accepted.
func (c *Config) Validate() error {
	var errs []error
	if len(c.Receivers) == 0 {
		errs = append(errs, errors.New("receivers: must list a receiver type or id, such as otlp"))
	}
	errs = append(errs, check("receivers", c.Receivers, func(s string) error {
		var id component.ID
		if id.UnmarshalText([]byte(s)) != nil {
			return errors.New("is not a receiver type or id, such as otlp or otlp/edge")
		}
		return nil
	}))
	errs = append(errs, check("allow", c.Allow, func(s string) error {
		var id pipeline.ID
		if id.UnmarshalText([]byte(s)) != nil || id.Signal() == pipeline.SignalMetrics {
			return errors.New("is not a pipeline that is guarded, such as logs/raw or traces")
		}
		return nil
	}))
	return errors.Join(errs...)
}

func check(key string, list []string, one func(string) error) error {
	var errs []error
	seen := make(map[string]bool, len(list))
	for i, s := range list {
		if err := one(s); err != nil {
			errs = append(errs, fmt.Errorf("%s::%d: %q %w", key, i, s, err))
		} else if seen[s] {
			errs = append(errs, fmt.Errorf("%s::%d: %q is listed twice", key, i, s))
		}
		seen[s] = true
	}
	return errors.Join(errs...)
}

func createDefaultConfig() component.Config { return &Config{} }
