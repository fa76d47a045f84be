package payloadguardextension

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weir-telemetry/weir/internal/configtest"
)

func TestConfig(t *testing.T) {
	cfg, err := configtest.Load(t, NewFactory(), configtest.Good, "payload_guard")
	require.NoError(t, err)
	assert.Equal(t, &Config{Receivers: []string{"otlp", "filelog/app"}, Allow: []string{"logs/raw", "traces"}}, cfg)
}

func TestBadConfigs(t *testing.T) { configtest.Bad(t, NewFactory()) }
