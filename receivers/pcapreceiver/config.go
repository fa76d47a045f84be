package pcapreceiver

import (
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"strings"
	"time"

	"go.opentelemetry.io/collector/component"
)

// Config of the pcap receiver.
type Config struct {
	// Files to read, paths or globs, in this order.
	Files []string `mapstructure:"files"`
	// Interfaces to capture on, names or globs.
	Interfaces []string `mapstructure:"interfaces"`
	// StopAtEnd ends the collector when the files are read and accepted.
	StopAtEnd bool `mapstructure:"stop_at_end"`
	// Body says which bodies are kept.
	Body BodyConfig `mapstructure:"body"`
	// AllowUnredactedExport accepts pipelines without pii_redaction.
	AllowUnredactedExport bool `mapstructure:"allow_unredacted_export"`
	// Directory extension that names both ends; the only one when left out.
	Directory *component.ID `mapstructure:"directory"`
	// MetricsInterval is how often metrics are sent.
	MetricsInterval time.Duration `mapstructure:"metrics_interval"`
	// MaxSeries bounds the series of the metrics.
	MaxSeries int `mapstructure:"max_series"`
	// MaxConnections tracked at once, for each source.
	MaxConnections int `mapstructure:"max_connections"`
	// MaxBufferedBytes held for unfinished exchanges, for each source.
	MaxBufferedBytes int `mapstructure:"max_buffered_bytes"`
	// RingSize is the memory shared with the kernel for each interface, in bytes.
	RingSize int `mapstructure:"ring_size"`

	// prevent unkeyed literal initialization
	_ struct{}
}

// BodyConfig says which bodies are kept.
type BodyConfig struct {
	// ContentTypes kept: media types, type/*, or */*.
	ContentTypes []string `mapstructure:"content_types"`
	// MaxBytes of one body; longer ones are cut. 0 keeps none.
	MaxBytes int `mapstructure:"max_bytes"`
}

func createDefaultConfig() component.Config {
	return &Config{
		Body:             BodyConfig{ContentTypes: []string{"application/json"}, MaxBytes: 65536},
		MetricsInterval:  15 * time.Second,
		MaxSeries:        2000,
		MaxConnections:   65536,
		MaxBufferedBytes: 256 << 20,
		RingSize:         64 << 20,
	}
}

// Validate names the key that is wrong and what is accepted.
func (c *Config) Validate() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if len(c.Files)+len(c.Interfaces) == 0 {
		bad("files, interfaces: at least one of them must be given")
	}
	for i, f := range c.Files {
		if _, err := filepath.Match(f, ""); f == "" || err != nil {
			bad("files[%d]: must be a path or a glob of the form that filepath.Match takes", i)
		}
	}
	for i, f := range c.Interfaces {
		if _, err := path.Match(f, ""); f == "" || err != nil {
			bad("interfaces[%d]: must be the name of an interface or a glob", i)
		}
	}
	if c.StopAtEnd && len(c.Interfaces) > 0 {
		bad("stop_at_end: interfaces have no end, give files alone")
	}
	if c.StopAtEnd && len(c.Files) == 0 {
		bad("stop_at_end: needs files")
	}
	for i, t := range c.Body.ContentTypes {
		major, minor, ok := strings.Cut(t, "/")
		if !ok || major == "" || minor == "" || major == "*" && minor != "*" || strings.ContainsAny(t, "; ,") {
			bad("body::content_types[%d]: must be type/subtype, type/* or */*", i)
		}
	}
	between := func(key string, v, low, high int) {
		if v < low || v > high {
			bad("%s: must be from %d to %d", key, low, high)
		}
	}
	between("body::max_bytes", c.Body.MaxBytes, 0, 16<<20)
	between("max_series", c.MaxSeries, 1, 1_000_000)
	between("max_connections", c.MaxConnections, 1, 1<<24)
	between("max_buffered_bytes", c.MaxBufferedBytes, 1<<20, 64<<30)
	between("ring_size", c.RingSize, 2<<20, 4<<30)
	if c.MetricsInterval < time.Second {
		bad("metrics_interval: must be at least 1s")
	}
	return errors.Join(errs...)
}
