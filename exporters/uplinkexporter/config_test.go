package uplinkexporter

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/config/configcompression"

	"github.com/weir-telemetry/weir/internal/configtest"
)

func TestGoodConfig(t *testing.T) {
	c, err := configtest.Load(t, NewFactory(), configtest.Good, "uplink")
	require.NoError(t, err)
	cfg := c.(*Config)
	require.Equal(t, "production-1", cfg.Cluster)
	require.Equal(t, 24576, cfg.Budget.BytesPerNodeDay)
	require.Equal(t, configcompression.TypeZstd, cfg.Compression, "by default")
	require.Equal(t, 1, cfg.QueueConfig.Get().NumConsumers, "by default")
	require.Zero(t, cfg.RetryConfig.MaxElapsedTime, "without an end by default")
}

func TestMediatorConfig(t *testing.T) {
	c, err := configtest.Load(t, NewFactory(), configtest.Good, "uplink/mediator")
	require.NoError(t, err)
	cfg := c.(*Config)
	require.True(t, cfg.QueueConfig.Get().WaitForResult)
	require.True(t, cfg.QueueConfig.Get().Batch.HasValue())
}

func TestBadConfigs(t *testing.T) { configtest.Bad(t, NewFactory()) }

func TestPlainTextIsAcceptedKnowingly(t *testing.T) {
	c, err := configtest.Load(t, NewFactory(), "testdata/bad_plain.yaml", "uplink")
	require.Error(t, err)
	cfg, _ := c.(*Config)
	require.NotNil(t, cfg)
	cfg.Insecure = true
	require.NoError(t, cfg.Validate())
}
