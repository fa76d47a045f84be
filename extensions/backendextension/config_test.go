package backendextension

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/extension/extensiontest"

	"github.com/weir-telemetry/weir/extensions/backendextension/internal/metadata"
	"github.com/weir-telemetry/weir/internal/configtest"
)

func TestConfig(t *testing.T) {
	cfg, err := configtest.Load(t, NewFactory(), configtest.Good, "backend")
	require.NoError(t, err)
	c := cfg.(*Config)
	assert.Equal(t, "0.0.0.0:8090", c.NetAddr.Endpoint)
	assert.Equal(t, StoreConfig{Driver: "postgres", DSNFile: "/etc/weir/dsn"}, c.Store)
	assert.Equal(t, 240*time.Hour, c.Retention)
	assert.Equal(t, "viewer", c.AnonymousRole)
	assert.Equal(t, []string{"weir.example.com"}, c.Hosts)
}

func TestDefaultIsOfThisMachineAlone(t *testing.T) {
	cfg := createDefaultConfig().(*Config)
	require.NoError(t, confmap.Validate(cfg))
	assert.Equal(t, "127.0.0.1:8090", cfg.NetAddr.Endpoint)
	assert.Equal(t, "none", cfg.AnonymousRole)
}

func TestBadConfigs(t *testing.T) { configtest.Bad(t, NewFactory()) }

func TestOpenEndpoints(t *testing.T) {
	for _, insecure := range []bool{false, true} {
		cfg := createDefaultConfig().(*Config)
		cfg.NetAddr.Endpoint, cfg.Insecure, cfg.Store.Path = "0.0.0.0:0", insecure, ":memory:"
		e, err := NewFactory().Create(t.Context(), extensiontest.NewNopSettings(metadata.Type), cfg)
		require.NoError(t, err)
		err = e.Start(t.Context(), componenttest.NewNopHost())
		if insecure {
			require.NoError(t, err)
		} else {
			require.ErrorContains(t, err, "endpoint: must be of this machine alone")
		}
		require.NoError(t, e.Shutdown(t.Context()))
	}
}
