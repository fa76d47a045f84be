package uplinkreceiver

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weir-telemetry/weir/internal/configtest"
)

func TestGoodConfig(t *testing.T) {
	c, err := configtest.Load(t, NewFactory(), configtest.Good, "uplink")
	require.NoError(t, err)
	cfg := c.(*Config)
	require.Equal(t, 300, cfg.MaxSessions)
	require.Equal(t, uint32(5), cfg.intervalSeconds())
	require.Equal(t, 24*time.Hour, cfg.MaxSessionAge, "by default")
}

func TestBadConfigs(t *testing.T) { configtest.Bad(t, NewFactory()) }

func TestOpenToAllIsAcceptedKnowingly(t *testing.T) {
	c, err := configtest.Load(t, NewFactory(), "testdata/bad_open.yaml", "uplink")
	require.Error(t, err)
	cfg, _ := c.(*Config)
	require.NotNil(t, cfg)
	cfg.Insecure = true
	require.NoError(t, cfg.Validate())
}
