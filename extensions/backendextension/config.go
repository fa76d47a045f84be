package backendextension

import (
	"errors"
	"fmt"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/confighttp"
	"go.opentelemetry.io/collector/config/confignet"

	"github.com/weir-telemetry/weir/internal/guard"
	"github.com/weir-telemetry/weir/internal/store"
)

const (
	defaultEndpoint  = "127.0.0.1:8090"
	defaultPath      = "weir-backend.db"
	defaultRetention = 30 * 24 * time.Hour
	defaultBudget    = 64 << 10
	anonymousNone    = "none"
)

// Config of the backend extension.
type Config struct {
	confighttp.ServerConfig `mapstructure:",squash"`

	Store StoreConfig `mapstructure:"store"`

	// AdminPasswordFile holds the password of the user admin, taken when that
	// user has none yet; changing the file later changes nothing.
	AdminPasswordFile string `mapstructure:"admin_password_file"`
	// BootstrapKeyFile is written (0600) when the store is made: an API key of
	// the first project.
	BootstrapKeyFile string `mapstructure:"bootstrap_key_file"`
	// OneTimeLoginFile is written (0600) at each start: the page's address with
	// a token that logs in as administrator once, within 15 minutes.
	OneTimeLoginFile string `mapstructure:"one_time_login_file"`
	// AnonymousRole is what one may do without a login: none or viewer.
	AnonymousRole string `mapstructure:"anonymous_role"`

	// Retention is how long observations are kept that are of a moment.
	Retention time.Duration `mapstructure:"retention"`
	// SymptomReportInterval is how often an open symptom is reported at least;
	// it expires after three of them in silence.
	SymptomReportInterval time.Duration `mapstructure:"symptom_report_interval"`
	// BudgetBytesPerNodeDay is what the egress page compares with.
	BudgetBytesPerNodeDay int64 `mapstructure:"budget_bytes_per_node_day"`

	// Hosts are names, beside addresses and localhost, under which the page may
	// be asked for. Empty: on a loopback endpoint none, elsewhere all.
	Hosts []string `mapstructure:"hosts"`
	// Insecure accepts an endpoint that others can reach without TLS.
	Insecure bool `mapstructure:"insecure"`

	// prevent unkeyed literal initialization
	_ struct{}
}

// StoreConfig says where the facts are kept.
type StoreConfig struct {
	Driver string `mapstructure:"driver"`
	// Path of the file, with the driver sqlite.
	Path string `mapstructure:"path"`
	// DSNFile holds the address, with the driver postgres.
	DSNFile string `mapstructure:"dsn_file"`

	// prevent unkeyed literal initialization
	_ struct{}
}

// Validate names the key that is wrong and what is accepted.
func (c *Config) Validate() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if c.NetAddr.Endpoint == "" {
		bad("endpoint: must be host:port, such as %s", defaultEndpoint)
	} else if !c.private() && !c.TLS.HasValue() && !c.Insecure {
		bad("endpoint: must be of this machine alone, such as %s, unless tls is set (or insecure: true accepts that passwords can be read on the way)", defaultEndpoint)
	}
	if c.Auth.HasValue() {
		bad("auth: must not be set: the backend has users and API keys of its own")
	}
	if c.CORS.HasValue() {
		bad("cors: must not be set: pages of other origins get nothing")
	}
	if c.AnonymousRole != anonymousNone && c.AnonymousRole != store.Viewer {
		bad("anonymous_role: must be none or viewer")
	}
	if c.Retention < time.Hour {
		bad("retention: must be at least 1h")
	}
	if c.SymptomReportInterval < time.Second {
		bad("symptom_report_interval: must be at least 1s")
	}
	if c.BudgetBytesPerNodeDay <= 0 {
		bad("budget_bytes_per_node_day: must be more than 0")
	}
	return errors.Join(errs...)
}

// Validate names the key that is wrong and what is accepted.
func (c *StoreConfig) Validate() error {
	switch c.Driver {
	case store.SQLite:
		if c.Path == "" {
			return errors.New("path: must be a file's path with the driver sqlite")
		}
		if c.DSNFile != "" {
			return errors.New("dsn_file: is of the driver postgres alone")
		}
	case store.PostgreSQL:
		if c.DSNFile == "" {
			return errors.New("dsn_file: must be the path of a file with the address, such as postgres://weir@db/weir, with the driver postgres")
		}
	default:
		return errors.New("driver: must be sqlite or postgres")
	}
	return nil
}

// private reports whether this machine alone reaches the endpoint.
func (c *Config) private() bool {
	return c.NetAddr.Transport == confignet.TransportTypeUnix || guard.Loopback(c.NetAddr.Endpoint)
}

func createDefaultConfig() component.Config {
	c := &Config{
		ServerConfig:          confighttp.NewDefaultServerConfig(),
		Store:                 StoreConfig{Driver: store.SQLite, Path: defaultPath},
		AnonymousRole:         anonymousNone,
		Retention:             defaultRetention,
		SymptomReportInterval: 2 * time.Minute,
		BudgetBytesPerNodeDay: defaultBudget,
	}
	c.NetAddr.Endpoint = defaultEndpoint
	return c
}
