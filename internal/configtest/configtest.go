// Package configtest tests a component's configuration against the files of
// its testdata: config.yaml is good, each bad_*.yaml is wrong in one way and
// names in its first line ("# error: …") what the error must say.
package configtest

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

// Good is the file of a component's settings as a user would write them.
const Good = "testdata/config.yaml"

// Load reads the section id of a file over the factory's defaults and
// validates it, as the Collector does.
func Load(t testing.TB, f component.Factory, file, id string) (component.Config, error) {
	t.Helper()
	conf, err := confmaptest.LoadConf(file)
	require.NoError(t, err)
	require.True(t, conf.IsSet(id), "%s: no section %s", file, id)
	sub, err := conf.Sub(id)
	require.NoError(t, err)
	cfg := f.CreateDefaultConfig()
	if err := sub.Unmarshal(cfg); err != nil {
		return nil, err
	}
	return cfg, confmap.Validate(cfg)
}

// Bad loads every bad_*.yaml and compares its error. A value that holds
// "secret" must not come back in one.
func Bad(t *testing.T, f component.Factory) {
	files, err := filepath.Glob("testdata/bad_*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file) // #nosec G304 -- a file of this repository
			require.NoError(t, err)
			first, _, _ := strings.Cut(string(text), "\n")
			want, ok := strings.CutPrefix(first, "# error: ")
			require.True(t, ok, "the first line must name the error")
			_, err = Load(t, f, file, f.Type().String())
			require.ErrorContains(t, err, want)
			assert.NotContains(t, err.Error(), "secret")
		})
	}
}
