package clickhouseexporter

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/weir-telemetry/weir/internal/configtest"
)

func TestGoodConfig(t *testing.T) {
	c, err := configtest.Load(t, NewFactory(), configtest.Good, "clickhouse")
	require.NoError(t, err)
	cfg := c.(*Config)
	require.Equal(t, "spans", cfg.TracesTable)
	require.Zero(t, cfg.TTL.Traces)
}

func TestBadConfigs(t *testing.T) { configtest.Bad(t, NewFactory()) }
