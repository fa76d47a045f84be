package consoleextension

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/confmap"

	"github.com/weir-telemetry/weir/internal/configtest"
)

func TestConfig(t *testing.T) {
	cfg, err := configtest.Load(t, NewFactory(), configtest.Good, "console")
	require.NoError(t, err)
	assert.Equal(t, "backend/main", cfg.(*Config).Backend.String())
}

func TestDefault(t *testing.T) {
	cfg := createDefaultConfig()
	require.NoError(t, confmap.Validate(cfg))
	assert.Equal(t, "backend", cfg.(*Config).Backend.String())
}

func TestBadConfigs(t *testing.T) { configtest.Bad(t, NewFactory()) }

func TestEmptyBackend(t *testing.T) {
	assert.ErrorContains(t, confmap.Validate(&Config{}), "backend: must be the id of a backend extension")
}
