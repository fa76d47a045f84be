package statusextension

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/confmaptest"
)

func load(t *testing.T, file string) (component.Config, error) {
	t.Helper()
	conf, err := confmaptest.LoadConf(file)
	require.NoError(t, err)
	sub, err := conf.Sub("status")
	require.NoError(t, err)
	cfg := createDefaultConfig()
	if err := sub.Unmarshal(cfg); err != nil {
		return nil, err
	}
	return cfg, confmap.Validate(cfg)
}

func TestConfig(t *testing.T) {
	cfg, err := load(t, filepath.Join("testdata", "config.yaml"))
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

func TestBadConfigs(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "bad_*.yaml"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		first, _, _ := strings.Cut(string(text), "\n")
		want, ok := strings.CutPrefix(first, "# error: ")
		require.True(t, ok, file)
		_, err = load(t, file)
		assert.ErrorContains(t, err, want, file)
	}
}
