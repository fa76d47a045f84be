package victoriametricsexporter

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"

	"github.com/weir-telemetry/weir/internal/configtest"
)

func TestConfig(t *testing.T) {
	cfg, err := configtest.Load(t, NewFactory(), configtest.Good, "victoriametrics")
	require.NoError(t, err)
	want := createDefaultConfig().(*Config)
	want.Endpoint = "http://127.0.0.1:8428"
	assert.Equal(t, want, cfg)

	all, err := configtest.Load(t, NewFactory(), configtest.Good, "victoriametrics/all")
	require.NoError(t, err)
	c := all.(*Config)
	assert.Equal(t, "/run/secrets/password", c.PasswordFile)
	assert.Equal(t, map[string]string{"cluster": "blue"}, c.ExternalLabels)
	assert.Equal(t, []float64{0.1, 1, 10}, c.ExplicitBounds)
	assert.Equal(t, []string{"*"}, c.PromoteResourceAttributes)
	assert.Equal(t, component.MustNewID("file_storage"), *c.QueueConfig.Get().StorageID)
	assert.True(t, c.QueueConfig.Get().Batch.HasValue(), "batching stays on when the queue is configured")
	assert.Equal(t, time.Hour, c.RetryConfig.MaxElapsedTime)
	assert.False(t, c.AddMetricSuffixes)
	assert.Zero(t, c.MaxLabels)
}

func TestBadConfigs(t *testing.T) { configtest.Bad(t, NewFactory()) }
