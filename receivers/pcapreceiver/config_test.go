package pcapreceiver

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/confmaptest"
)

func load(t *testing.T, file string) (component.Config, error) {
	conf, err := confmaptest.LoadConf(file)
	require.NoError(t, err)
	sub, err := conf.Sub("pcap")
	require.NoError(t, err)
	cfg := createDefaultConfig()
	if err := sub.Unmarshal(cfg); err != nil {
		return nil, err
	}
	return cfg, confmap.Validate(cfg)
}

func TestConfig(t *testing.T) {
	cfg, err := load(t, filepath.Join("testdata", "config.yaml"))
	require.NoError(t, err)
	c := cfg.(*Config)
	assert.Equal(t, []string{"captures/*.pcapng"}, c.Files)
	assert.True(t, c.StopAtEnd)
	assert.Equal(t, BodyConfig{ContentTypes: []string{"text/*", "application/json"}, MaxBytes: 1024}, c.Body)
	assert.Equal(t, "directory/a", c.Directory.String())
}

func TestKeepBody(t *testing.T) {
	keep := keepBody([]string{"application/json", "text/*"})
	for in, want := range map[string]bool{
		"Application/JSON; charset=utf-8": true, "application/problem+json": true, "text/html": true,
		"": false, "image/png": false, "application/jsonx": false,
	} {
		assert.Equal(t, want, keep([]byte(in)), in)
	}
	assert.Nil(t, keepBody([]string{"*/*"}))
}

func TestBadConfigs(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "bad_*.yaml"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		first, _, _ := strings.Cut(string(text), "\n")
		want, ok := strings.CutPrefix(first, "# error: ")
		require.True(t, ok, file)
		_, err = load(t, file)
		assert.ErrorContains(t, err, want, file)
	}
}
