package clickhouseexporter

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/confighttp"
	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/config/configretry"
	"go.opentelemetry.io/collector/exporter/exporterhelper"

	"github.com/weir-telemetry/weir/internal/credentials"
)

// Names of the accepted values of block_compression.
const (
	compressionLZ4  = "lz4"
	compressionZSTD = "zstd"
	compressionNone = "none"
)

// Config holds the user's settings of the exporter.
type Config struct {
	// ClientConfig is the HTTP(S) client: endpoint (ClickHouse's HTTP
	// interface, usually port 8123 or 8443), tls, headers, proxy_url, timeout.
	confighttp.ClientConfig `mapstructure:",squash"`

	// RetryConfig says how often and how long a failed insert is tried again.
	RetryConfig configretry.BackOffConfig `mapstructure:"retry_on_failure"`

	// QueueConfig is the sending queue and its batching. Name a storage
	// extension in it to keep accepted data over a crash.
	QueueConfig configoptional.Optional[exporterhelper.QueueBatchConfig] `mapstructure:"sending_queue"`

	// Username is the ClickHouse user; empty: no credentials are sent.
	Username string `mapstructure:"username"`
	// Password of the user; take it from the environment (${env:NAME}).
	Password configopaque.String `mapstructure:"password"`
	// UsernameFile and PasswordFile name files read at start and again
	// whenever they change; a trailing line break is cut off.
	UsernameFile string `mapstructure:"username_file"`
	PasswordFile string `mapstructure:"password_file"`

	// Database and tables; letters, digits and underscores.
	Database    string `mapstructure:"database"`
	LogsTable   string `mapstructure:"logs_table"`
	TracesTable string `mapstructure:"traces_table"`

	// CreateSchema makes the database and the tables when they are missing.
	CreateSchema bool `mapstructure:"create_schema"`

	// TTL is how long rows are kept; it is written into a table when the
	// table is made and never changes an existing one.
	TTL TTLConfig `mapstructure:"ttl"`

	// BlockCompression of the inserted blocks: lz4, zstd or none.
	BlockCompression string `mapstructure:"block_compression"`

	// Deduplicate sends a token with each insert, so that a retry of the same
	// batch is not stored twice.
	Deduplicate bool `mapstructure:"deduplicate"`

	// prevent unkeyed literal initialization
	_ struct{}
}

// TTLConfig is the time to live of rows by signal; 0 keeps them for ever.
type TTLConfig struct {
	Logs   time.Duration `mapstructure:"logs"`
	Traces time.Duration `mapstructure:"traces"`

	// prevent unkeyed literal initialization
	_ struct{}
}

var (
	_ component.Config = (*Config)(nil)

	identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,127}$`)
)

// Validate reports every setting that can't work, naming its key.
func (c *Config) Validate() error {
	errs := []error{
		c.validateEndpoint(),
		c.validateCredentials(),
		validateIdentifier("database", c.Database),
		validateIdentifier("logs_table", c.LogsTable),
		validateIdentifier("traces_table", c.TracesTable),
		validateTTL("ttl::logs", c.TTL.Logs),
		validateTTL("ttl::traces", c.TTL.Traces),
	}
	if c.LogsTable == c.TracesTable {
		errs = append(errs, errors.New("logs_table and traces_table must differ"))
	}
	switch c.BlockCompression {
	case compressionLZ4, compressionZSTD, compressionNone:
	default:
		errs = append(errs, fmt.Errorf("block_compression: %q is not one of lz4, zstd, none", c.BlockCompression))
	}
	if c.Compression.IsCompressed() {
		errs = append(errs, errors.New("compression: must be unset, blocks are compressed by block_compression"))
	}
	if c.Timeout < 0 {
		errs = append(errs, errors.New("timeout: must not be negative"))
	}
	return errors.Join(errs...)
}

// validateEndpoint never repeats the value: a URL may hold a password.
func (c *Config) validateEndpoint() error {
	if c.Endpoint == "" {
		return errors.New("endpoint: must be set, such as http://127.0.0.1:8123")
	}
	u, err := url.Parse(c.Endpoint)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return errors.New("endpoint: must be a URL with scheme http or https and a host, such as http://127.0.0.1:8123")
	}
	if u.User != nil {
		return errors.New("endpoint: must hold no credentials, use username and password")
	}
	if u.RawQuery != "" || u.Fragment != "" {
		return errors.New("endpoint: must hold neither query nor fragment")
	}
	return nil
}

func (c *Config) validateCredentials() error {
	return credentials.Validate(c.Username, c.UsernameFile, string(c.Password), c.PasswordFile, c.Auth.HasValue())
}

func validateIdentifier(key, v string) error {
	if !identifier.MatchString(v) {
		return fmt.Errorf("%s: must be 1 to 128 letters, digits and underscores, not beginning with a digit", key)
	}
	return nil
}

func validateTTL(key string, d time.Duration) error {
	if d != 0 && d < time.Second {
		return fmt.Errorf("%s: must be 0 (keep for ever) or at least 1s", key)
	}
	return nil
}
