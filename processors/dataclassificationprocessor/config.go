package dataclassificationprocessor

import (
	"fmt"
	"strings"

	"go.opentelemetry.io/collector/component"

	"github.com/weir-telemetry/weir/internal/datatype"
)

// Config of the processor. The zero value looks for every type.
type Config struct {
	// Types to look for; empty means all.
	Types []string `mapstructure:"types"`
	// MinConfidence of a finding in percent; 0 means the engine's default.
	MinConfidence int `mapstructure:"min_confidence"`
	// Directory extension whose addresses are identity; the only one when left
	// out.
	Directory *component.ID `mapstructure:"directory"`
}

// Validate names the key that is wrong and what it accepts.
func (c *Config) Validate() error {
	if _, err := c.types(); err != nil {
		return err
	}
	if c.MinConfidence < 0 || c.MinConfidence > 100 {
		return fmt.Errorf("min_confidence: %d is not a percentage: 0 to 100 are accepted", c.MinConfidence)
	}
	return nil
}

func (c *Config) types() ([]datatype.ID, error) {
	var ids []datatype.ID
	for i, n := range c.Types {
		id, ok := datatype.Parse(n)
		if !ok {
			var names []string
			for _, t := range datatype.All() {
				names = append(names, t.Name)
			}
			return nil, fmt.Errorf("types::%d: unknown data type %q: accepted are %s", i, n, strings.Join(names, ", "))
		}
		ids = append(ids, id)
	}
	return ids, nil
}
