package servers

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestServersStartKillRestart(t *testing.T) {
	for name, start := range map[string]func(testing.TB, Options) *Server{
		"victoria-metrics": VictoriaMetrics, "prometheus": Prometheus,
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, Options{})
			require.NoError(t, s.spec.Ready(t.Context(), s.Addr()))
			require.NoError(t, s.Kill())
			_, err := http.Get(s.URL())
			require.Error(t, err)
			require.NoError(t, s.Restart(t.Context()))
			require.NoError(t, s.spec.Ready(t.Context(), s.Addr()))
			require.NoError(t, s.Stop())
			assert.NotEmpty(t, s.LogTail(100))
		})
	}
}

func TestStartTellsTheLogOfAServerThatEnds(t *testing.T) {
	_, err := Start(t.Context(), Spec{
		Name: "broken", Path: "/bin/sh",
		Args:  func(int, string) []string { return []string{"-c", "echo the reason; exit 3"} },
		Ready: HTTPReady("/"),
	})
	require.ErrorIs(t, err, errEndedEarly)
	assert.Contains(t, err.Error(), "the reason")
}

// TestDownload takes the way of a machine without the package: all but its
// binary in PATH, and an empty cache.
func TestDownload(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	bin := t.TempDir()
	t.Setenv("PATH", bin)
	tools, err := filepath.Glob("/usr/bin/*")
	require.NoError(t, err)
	for _, tool := range tools {
		if name := filepath.Base(tool); name != filepath.Base(victoriaMetricsPackage.Binary) {
			require.NoError(t, os.Symlink(tool, filepath.Join(bin, name)))
		}
	}
	path, err := victoriaMetricsPackage.Find(t.Context())
	Need(t, err)
	cache, err := CacheDir()
	require.NoError(t, err)
	assert.True(t, strings.HasPrefix(path, cache), path)
	again, err := victoriaMetricsPackage.Find(t.Context())
	require.NoError(t, err)
	assert.Equal(t, path, again)
}

func TestSetupIsDoneOnceAndWhole(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	cache, err := CacheDir()
	require.NoError(t, err)
	left := filepath.Join(cache, "thing.part-left")
	require.NoError(t, os.Mkdir(left, 0o750))

	_, err = Setup(t.Context(), "thing", func(context.Context, string) error { return errors.New("no network") })
	require.ErrorContains(t, err, "set up thing: no network")
	assert.NoDirExists(t, left)

	var runs atomic.Int32
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			dir, err := Setup(t.Context(), "thing", func(_ context.Context, dir string) error {
				runs.Add(1)
				return os.WriteFile(filepath.Join(dir, "file"), nil, 0o600)
			})
			assert.NoError(t, err)
			assert.FileExists(t, filepath.Join(dir, "file"))
		})
	}
	group.Wait()
	assert.Equal(t, int32(1), runs.Load())
}

func TestFindSaysWhatToInstall(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("PATH", t.TempDir())
	_, err := prometheusPackage.Find(t.Context())
	require.ErrorContains(t, err, "sudo apt-get install --no-install-recommends prometheus")
}
