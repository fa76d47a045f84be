package statusextension

import (
	"errors"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/confighttp"
	"go.opentelemetry.io/collector/config/confignet"

	"github.com/weir-telemetry/weir/internal/guard"
)

const defaultEndpoint = "127.0.0.1:13134"

// Config of the status extension: that of its HTTP server.
type Config struct {
	confighttp.ServerConfig `mapstructure:",squash"`

	// prevent unkeyed literal initialization
	_ struct{}
}

// Validate names the key that is wrong and what is accepted.
func (c *Config) Validate() error {
	if c.NetAddr.Endpoint == "" {
		return errors.New("endpoint: must be host:port, such as " + defaultEndpoint)
	}
	if c.NetAddr.Transport == confignet.TransportTypeUnix || guard.Loopback(c.NetAddr.Endpoint) {
		return nil
	}
	if !c.TLS.HasValue() || !c.authenticates() {
		return errors.New("endpoint: must be of this machine alone, such as " + defaultEndpoint +
			", unless tls and auth (or tls::client_ca_file) are set")
	}
	return nil
}

// authenticates reports whether a client must show who it is.
func (c *Config) authenticates() bool {
	return c.Auth.HasValue() || c.TLS.HasValue() && c.TLS.Get().ClientCAFile != ""
}

func createDefaultConfig() component.Config {
	c := &Config{ServerConfig: confighttp.NewDefaultServerConfig()}
	c.NetAddr.Endpoint = defaultEndpoint
	return c
}
