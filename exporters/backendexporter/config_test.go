package backendexporter

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/confmap"

	"github.com/weir-telemetry/weir/internal/configtest"
)

func TestConfig(t *testing.T) {
	cfg, err := configtest.Load(t, NewFactory(), configtest.Good, "backend")
	require.NoError(t, err)
	c := cfg.(*Config)
	assert.Equal(t, "backend/main", c.Backend.String())
	assert.Equal(t, "default", c.Project)
	assert.Equal(t, 10*time.Second, c.Timeout)
}

func TestDefaultIsValid(t *testing.T) {
	require.NoError(t, confmap.Validate(createDefaultConfig()))
}

func TestBadConfigs(t *testing.T) { configtest.Bad(t, NewFactory()) }
