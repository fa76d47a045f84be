package uplinkreceiver

import (
	"errors"
	"fmt"
	"math"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/configgrpc"
	"go.opentelemetry.io/collector/config/confignet"
	"go.opentelemetry.io/collector/config/configoptional"

	"github.com/weir-telemetry/weir/internal/guard"
)

const (
	defaultEndpoint      = "127.0.0.1:50051"
	defaultMessageMiB    = 4
	defaultMaxSessions   = 1000
	defaultMaxEnvelopes  = 256
	defaultMaxSessionAge = 24 * time.Hour

	// Senders look for a dead connection every ten seconds; gRPC's own default
	// takes that for an attack.
	keepaliveMinimum = 5 * time.Second
	// A sender that is gone without a word gives its place back after these.
	keepaliveTime    = 30 * time.Second
	keepaliveTimeout = 20 * time.Second
)

// Config holds the user's settings of the receiver.
type Config struct {
	// ServerConfig is the gRPC server: endpoint, tls, auth,
	// max_recv_msg_size_mib, keepalive.
	configgrpc.ServerConfig `mapstructure:",squash"`

	// Insecure accepts an endpoint that others can reach without TLS and
	// credentials.
	Insecure bool `mapstructure:"insecure"`

	// MaxSessions bounds the sessions that are open at the same time.
	MaxSessions int `mapstructure:"max_sessions"`

	// MaxEnvelopes bounds the envelopes that are decoded or wait for the
	// pipeline at the same time; further ones wait in their connections.
	MaxEnvelopes int `mapstructure:"max_envelopes"`

	// MaxSessionAge ends a session, so that a revoked key or certificate is
	// good for no longer; the sender opens the next without losing anything.
	MaxSessionAge time.Duration `mapstructure:"max_session_age"`

	// MinimumInterval asks senders to let at least this time pass between two
	// envelopes; whole seconds, 0 asks for nothing.
	MinimumInterval time.Duration `mapstructure:"minimum_interval"`

	// prevent unkeyed literal initialization
	_ struct{}
}

var _ component.Config = (*Config)(nil)

func createDefaultConfig() component.Config {
	server := configgrpc.NewDefaultServerConfig()
	server.NetAddr.Endpoint = defaultEndpoint
	server.MaxRecvMsgSizeMiB = defaultMessageMiB
	server.Keepalive = configoptional.Some(configgrpc.KeepaliveServerConfig{
		ServerParameters: configoptional.Some(configgrpc.KeepaliveServerParameters{
			Time: keepaliveTime, Timeout: keepaliveTimeout,
		}),
		EnforcementPolicy: configoptional.Some(configgrpc.KeepaliveEnforcementPolicy{
			MinTime: keepaliveMinimum, PermitWithoutStream: true,
		}),
	})
	return &Config{
		ServerConfig:  server,
		MaxSessions:   defaultMaxSessions,
		MaxEnvelopes:  defaultMaxEnvelopes,
		MaxSessionAge: defaultMaxSessionAge,
	}
}

// Validate reports every setting that can't work, naming its key.
func (c *Config) Validate() error {
	errs := []error{c.validateEndpoint()}
	if c.MaxRecvMsgSizeMiB < 1 || c.MaxRecvMsgSizeMiB > 64 {
		errs = append(errs, errors.New("max_recv_msg_size_mib: must be 1 to 64"))
	}
	for key, v := range map[string]int{"max_sessions": c.MaxSessions, "max_envelopes": c.MaxEnvelopes} {
		if v < 1 || v > 1_000_000 {
			errs = append(errs, fmt.Errorf("%s: must be 1 to 1000000", key))
		}
	}
	if c.MaxSessionAge < time.Second {
		errs = append(errs, errors.New("max_session_age: must be at least 1s"))
	}
	if c.MinimumInterval < 0 || c.MinimumInterval > time.Hour || c.MinimumInterval%time.Second != 0 {
		errs = append(errs, errors.New("minimum_interval: must be whole seconds, 0s to 1h"))
	}
	return errors.Join(errs...)
}

// validateEndpoint refuses to let others in who show nothing.
func (c *Config) validateEndpoint() error {
	switch {
	case c.NetAddr.Endpoint == "":
		return errors.New("endpoint: must be host:port, such as " + defaultEndpoint)
	case c.Insecure, c.NetAddr.Transport == confignet.TransportTypeUnix, guard.Loopback(c.NetAddr.Endpoint):
		return nil
	case c.TLS.HasValue() && c.authenticates():
		return nil
	}
	return errors.New("endpoint: must be of this machine alone, such as " + defaultEndpoint +
		", unless tls and auth (or tls::client_ca_file) are set; insecure: true accepts it without")
}

// authenticates reports whether a client must show who it is.
func (c *Config) authenticates() bool {
	return c.Auth.HasValue() || c.TLS.HasValue() && c.TLS.Get().ClientCAFile != ""
}

// intervalSeconds is the minimum interval as the wire has it.
func (c *Config) intervalSeconds() uint32 {
	return uint32(min(max(c.MinimumInterval/time.Second, 0), math.MaxUint32)) // #nosec G115 -- bounded here
}
