package directoryextension

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weir-telemetry/weir/internal/configtest"
)

func TestConfig(t *testing.T) {
	cfg, err := configtest.Load(t, NewFactory(), configtest.Good, "directory")
	require.NoError(t, err)
	assert.Equal(t, &Config{File: "testdata/workloads.yaml", ReloadInterval: 5 * time.Second}, cfg)
}

func TestBadConfigs(t *testing.T) { configtest.Bad(t, NewFactory()) }
