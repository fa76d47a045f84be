package victoriametricsexporter

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/confmaptest"

	"github.com/weir-telemetry/weir/exporters/victoriametricsexporter/internal/metadata"
)

// load reads one component's section of a file, and validates it.
func load(t *testing.T, file, id string) (*Config, error) {
	t.Helper()
	conf, err := confmaptest.LoadConf(file)
	require.NoError(t, err)
	sub, err := conf.Sub(id)
	require.NoError(t, err)
	cfg := createDefaultConfig().(*Config)
	if err := sub.Unmarshal(cfg); err != nil {
		return nil, err
	}
	return cfg, confmap.Validate(cfg)
}

func TestConfig(t *testing.T) {
	cfg, err := load(t, "testdata/config.yaml", "victoriametrics")
	require.NoError(t, err)
	want := createDefaultConfig().(*Config)
	want.Endpoint = "http://127.0.0.1:8428"
	assert.Equal(t, want, cfg)

	cfg, err = load(t, "testdata/config.yaml", "victoriametrics/all")
	require.NoError(t, err)
	assert.Equal(t, "/run/secrets/password", cfg.PasswordFile)
	assert.Equal(t, map[string]string{"cluster": "blue"}, cfg.ExternalLabels)
	assert.Equal(t, []float64{0.1, 1, 10}, cfg.ExplicitBounds)
	assert.Equal(t, []string{"*"}, cfg.PromoteResourceAttributes)
	assert.Equal(t, component.MustNewID("file_storage"), *cfg.QueueConfig.Get().StorageID)
	assert.True(t, cfg.QueueConfig.Get().Batch.HasValue(), "batching stays on when the queue is configured")
	assert.Equal(t, time.Hour, cfg.RetryConfig.MaxElapsedTime)
	assert.False(t, cfg.AddMetricSuffixes)
	assert.Zero(t, cfg.MaxLabels)
}

func TestBadConfigs(t *testing.T) {
	files, err := filepath.Glob("testdata/bad_*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			content, err := os.ReadFile(file)
			require.NoError(t, err)
			line, _, _ := strings.Cut(string(content), "\n")
			want, ok := strings.CutPrefix(line, "# error: ")
			require.True(t, ok, "the first line must name the error")
			_, err = load(t, file, metadata.Type.String())
			require.ErrorContains(t, err, want)
			assert.NotContains(t, err.Error(), "secret")
		})
	}
}
