package directoryextension

import (
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/extension/extensiontest"

	"github.com/weir-telemetry/weir/extensions/directoryextension/internal/metadata"
	"github.com/weir-telemetry/weir/internal/hostdirectory"
)

type host map[component.ID]component.Component

func (h host) GetExtensions() map[component.ID]component.Component { return h }

func start(t *testing.T, file string) (*directoryExtension, error) {
	d, err := newDirectory(extensiontest.NewNopSettings(metadata.Type), &Config{File: file})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, d.Shutdown(t.Context())) })
	return d, d.Start(t.Context(), host{})
}

func TestFoundThroughHost(t *testing.T) {
	d, err := start(t, filepath.Join("testdata", "workloads.yaml"))
	require.NoError(t, err)
	one, two := component.MustNewID("directory"), component.MustNewIDWithName("directory", "b")

	r, err := hostdirectory.Find(host{one: d}, nil)
	require.NoError(t, err)
	w, ok := r.Resolve(netip.MustParseAddrPort("127.0.0.1:8081"), time.Now())
	assert.True(t, ok)
	assert.Equal(t, "users", w.Name)
	assert.True(t, r.Known(netip.MustParseAddr("10.9.9.9")))

	_, err = hostdirectory.Find(host{one: d, two: d}, nil)
	assert.ErrorContains(t, err, "several")
	_, err = hostdirectory.Find(host{one: d, two: d}, &two)
	assert.NoError(t, err)
	_, err = hostdirectory.Find(host{one: d}, &two)
	assert.ErrorContains(t, err, `"directory/b"`)
	r, err = hostdirectory.Find(host{}, nil)
	require.NoError(t, err)
	assert.False(t, r.Known(netip.MustParseAddr("10.9.9.9")))
}

func TestBrokenFileFailsStart(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "bad.yaml")
	require.NoError(t, os.WriteFile(bad, []byte("addresses:\n  1.2.3.4: {nam: secret-value}\n"), 0o600))
	_, err := start(t, bad)
	assert.ErrorContains(t, err, "bad.yaml:2: unknown key in a workload")
	assert.NotContains(t, err.Error(), "secret-value")
	_, err = start(t, bad+".none")
	assert.ErrorIs(t, err, os.ErrNotExist)
}
