package statusextension

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/confmap"

	"github.com/weir-telemetry/weir/internal/configtest"
)

func TestConfig(t *testing.T) {
	cfg, err := configtest.Load(t, NewFactory(), configtest.Good, "status")
	require.NoError(t, err)
	c := cfg.(*Config)
	assert.Equal(t, "0.0.0.0:13134", c.NetAddr.Endpoint)
	assert.Equal(t, "server.crt", c.TLS.Get().CertFile)
	assert.Equal(t, "bearertokenauth", c.Auth.Get().Config.AuthenticatorID.String())
}

func TestDefaultIsOfThisMachineAlone(t *testing.T) {
	cfg := createDefaultConfig()
	require.NoError(t, confmap.Validate(cfg))
	assert.Equal(t, "127.0.0.1:13134", cfg.(*Config).NetAddr.Endpoint)
}

// A client certificate shows who the client is, as auth does.
func TestClientCertificatesCount(t *testing.T) {
	cfg := createDefaultConfig().(*Config)
	require.NoError(t, confmap.NewFromStringMap(map[string]any{
		"endpoint": "0.0.0.0:1",
		"tls":      map[string]any{"cert_file": "a", "key_file": "b", "client_ca_file": "c"},
	}).Unmarshal(cfg))
	assert.NoError(t, confmap.Validate(cfg))
}

func TestUnixSocket(t *testing.T) {
	cfg := createDefaultConfig().(*Config)
	cfg.NetAddr.Endpoint, cfg.NetAddr.Transport = "/run/weir.sock", "unix"
	assert.NoError(t, confmap.Validate(cfg))
}

func TestBadConfigs(t *testing.T) { configtest.Bad(t, NewFactory()) }
