package pcapreceiver

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weir-telemetry/weir/internal/configtest"
)

func TestConfig(t *testing.T) {
	cfg, err := configtest.Load(t, NewFactory(), configtest.Good, "pcap")
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

func TestBadConfigs(t *testing.T) { configtest.Bad(t, NewFactory()) }
