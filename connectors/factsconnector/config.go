package factsconnector

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/weir-telemetry/weir/connectors/factsconnector/internal/distil"
	"github.com/weir-telemetry/weir/internal/fact"
)

// Config of the connector.
type Config struct {
	// Window is the time that one report sums up.
	Window time.Duration `mapstructure:"window"`
	// SnapshotInterval is the time between two full statements of all
	// entities; what was silent for as long is forgotten.
	SnapshotInterval time.Duration `mapstructure:"snapshot_interval"`
	// Agent is the name that the reports' agent id is made of. Empty means the
	// environment variable NODE_NAME, or else the host's name.
	Agent string `mapstructure:"agent"`
	// SaltFile holds the cluster's salt, 16 bytes or more; white space around
	// it is not part of it. All agents and the uplink exporter have the same.
	SaltFile string `mapstructure:"salt_file"`
	// MaxEdges that are told apart at once.
	MaxEdges int `mapstructure:"max_edges"`
	// MaxFlows is the number of data observations that are told apart at once.
	MaxFlows int `mapstructure:"max_flows"`
	// MaxEntities that are remembered at once.
	MaxEntities int `mapstructure:"max_entities"`
	// MaxSymptoms is the number of occurrences that are remembered at once.
	MaxSymptoms int `mapstructure:"max_symptoms"`
	// MaxSeries of duration metrics whose last value is remembered.
	MaxSeries int `mapstructure:"max_series"`
}

func defaults() *Config {
	return &Config{
		Window: time.Minute, SnapshotInterval: time.Hour,
		MaxEdges: 4096, MaxFlows: 2048, MaxEntities: 4096, MaxSymptoms: 1024, MaxSeries: 10_000,
	}
}

// Validate checks all but the salt file, which is read at start.
func (c *Config) Validate() error {
	var errs []error
	if c.Window < time.Second || c.Window > time.Hour {
		errs = append(errs, fmt.Errorf("window: %s is out of range: 1s to 1h are accepted", c.Window))
	}
	if c.SnapshotInterval < c.Window || c.SnapshotInterval > 24*time.Hour {
		errs = append(errs, fmt.Errorf("snapshot_interval: %s is out of range: window to 24h are accepted", c.SnapshotInterval))
	}
	if c.SaltFile == "" {
		errs = append(errs, fmt.Errorf("salt_file: the cluster's salt is needed: a file of at least %d bytes, the same for all agents and for uplink", fact.MinSaltBytes))
	}
	// The largest report must fit into one envelope of 3 MiB.
	for _, l := range []struct {
		key        string
		value, top int
	}{
		{"max_edges", c.MaxEdges, 8192}, {"max_flows", c.MaxFlows, 4096}, {"max_entities", c.MaxEntities, 8192},
		{"max_symptoms", c.MaxSymptoms, 2048}, {"max_series", c.MaxSeries, 1_000_000},
	} {
		if l.value < 1 || l.value > l.top {
			errs = append(errs, fmt.Errorf("%s: %d is out of range: 1 to %d are accepted", l.key, l.value, l.top))
		}
	}
	return errors.Join(errs...)
}

func (c *Config) limits() distil.Limits {
	return distil.Limits{Edges: c.MaxEdges, Flows: c.MaxFlows, Entities: c.MaxEntities, Symptoms: c.MaxSymptoms, Series: c.MaxSeries}
}

// readSalt reads the cluster's salt.
func (c *Config) readSalt() ([]byte, error) {
	salt, err := fact.ReadSalt(c.SaltFile)
	if err != nil {
		return nil, fmt.Errorf("salt_file: %w", err)
	}
	return salt, nil
}

// name is the agent's.
func (c *Config) name() (string, error) {
	if c.Agent != "" {
		return c.Agent, nil
	}
	if node := os.Getenv("NODE_NAME"); node != "" {
		return node, nil
	}
	host, err := os.Hostname()
	if err != nil {
		return "", fmt.Errorf("agent: not set, and the host has no name: %w", err)
	}
	return host, nil
}
