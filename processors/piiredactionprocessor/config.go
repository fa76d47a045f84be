package piiredactionprocessor

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"sort"
	"strings"

	"go.opentelemetry.io/collector/component"

	"github.com/weir-telemetry/weir/internal/datatype"
	"github.com/weir-telemetry/weir/internal/redact"
)

// Config of the processor.
type Config struct {
	// DefaultAction is taken for data types that Actions doesn't name. Empty
	// means mask.
	DefaultAction string `mapstructure:"default_action"`
	// Actions by data type or category; a type wins over its category.
	Actions map[string]string `mapstructure:"actions"`
	// KeyFile holds the key of the keyed hash, 16 bytes or more; white space
	// around it is not part of it. Needed when any action is hash.
	KeyFile string `mapstructure:"key_file"`
	// Types to look for; empty means all.
	Types []string `mapstructure:"types"`
	// MinConfidence of a finding in percent; 0 means the engine's default.
	MinConfidence int `mapstructure:"min_confidence"`
	// Directory extension whose addresses are identity and stay; the only one
	// when left out.
	Directory *component.ID `mapstructure:"directory"`
}

// Validate checks all but the key file, which is read at start.
func (c *Config) Validate() error {
	rules, err := c.rules()
	if err != nil {
		return err
	}
	if rules.UsesHash() && c.KeyFile == "" {
		return errors.New("key_file: the action hash needs a key of at least 16 bytes")
	}
	if _, err := c.types(); err != nil {
		return err
	}
	if c.MinConfidence < 0 || c.MinConfidence > 100 {
		return fmt.Errorf("min_confidence: %d is not a percentage: 0 to 100 are accepted", c.MinConfidence)
	}
	return nil
}

// rules translates everything but the key.
func (c *Config) rules() (redact.Rules, error) {
	r := redact.Rules{Types: map[datatype.ID]redact.Action{}, Categories: map[datatype.Category]redact.Action{}}
	if c.DefaultAction != "" {
		a, err := redact.ParseAction(c.DefaultAction)
		if err != nil {
			return r, fmt.Errorf("default_action: %w", err)
		}
		r.Default = a
	}
	names := make([]string, 0, len(c.Actions))
	for n := range c.Actions {
		names = append(names, n)
	}
	sort.Strings(names) // one configuration, one error
	for _, n := range names {
		a, err := redact.ParseAction(c.Actions[n])
		if err != nil {
			return r, fmt.Errorf("actions::%s: %w", n, err)
		}
		if id, ok := datatype.Parse(n); ok {
			if _, twice := r.Types[id]; twice {
				return r, fmt.Errorf("actions::%s: named twice, upper and lower case are the same", n)
			}
			r.Types[id] = a
			continue
		}
		cat, err := parseCategory(n)
		if err != nil {
			return r, fmt.Errorf("actions: %w", err)
		}
		if _, twice := r.Categories[cat]; twice {
			return r, fmt.Errorf("actions::%s: named twice, upper and lower case are the same", n)
		}
		r.Categories[cat] = a
	}
	return r, nil
}

func parseCategory(name string) (datatype.Category, error) {
	for _, c := range datatype.Categories() {
		if strings.EqualFold(string(c), name) {
			return c, nil
		}
	}
	return "", fmt.Errorf("unknown data type or category %q: accepted are %s", name, accepted(true))
}

func (c *Config) types() ([]datatype.ID, error) {
	var ids []datatype.ID
	for i, n := range c.Types {
		id, ok := datatype.Parse(n)
		if !ok {
			return nil, fmt.Errorf("types::%d: unknown data type %q: accepted are %s", i, n, accepted(false))
		}
		ids = append(ids, id)
	}
	return ids, nil
}

func accepted(categories bool) string {
	var names []string
	for _, t := range datatype.All() {
		names = append(names, t.Name)
	}
	if categories {
		for _, c := range datatype.Categories() {
			names = append(names, string(c))
		}
	}
	return strings.Join(names, ", ")
}

// readKey returns the key, nil when there is no key_file.
func (c *Config) readKey() ([]byte, error) {
	if c.KeyFile == "" {
		return nil, nil
	}
	b, err := os.ReadFile(c.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("key_file: %w", err)
	}
	b = bytes.TrimSpace(b)
	if len(b) < redact.MinKeyBytes {
		return nil, fmt.Errorf("key_file: the key has %d bytes, at least %d are needed", len(b), redact.MinKeyBytes)
	}
	return b, nil
}
