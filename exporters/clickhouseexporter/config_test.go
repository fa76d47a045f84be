package clickhouseexporter

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/confmaptest"
)

func load(t *testing.T, path string) (*Config, error) {
	t.Helper()
	conf, err := confmaptest.LoadConf(path)
	require.NoError(t, err)
	cfg := createDefaultConfig().(*Config)
	if err := conf.Unmarshal(cfg); err != nil {
		return nil, err
	}
	return cfg, confmap.Validate(cfg)
}

func TestGoodConfig(t *testing.T) {
	cfg, err := load(t, "testdata/config.yaml")
	require.NoError(t, err)
	require.Equal(t, "spans", cfg.TracesTable)
	require.Zero(t, cfg.TTL.Traces)
}

func TestBadConfigs(t *testing.T) {
	paths, err := filepath.Glob("testdata/bad_*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	for _, path := range paths {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		first, _, _ := strings.Cut(string(text), "\n")
		want, ok := strings.CutPrefix(first, "# error: ")
		require.True(t, ok, path)
		_, err = load(t, path)
		require.ErrorContains(t, err, want, path)
	}
}
