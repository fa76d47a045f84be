package piiredactionprocessor

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/processor/processortest"

	"github.com/weir-telemetry/weir/processors/piiredactionprocessor/internal/metadata"
)

// A key that can't be read fails the start, not the making of the processor,
// so that a configuration can be validated where the secret is not at hand.
func TestBadKeysFailStart(t *testing.T) {
	dir := t.TempDir()
	short := filepath.Join(dir, "short")
	require.NoError(t, os.WriteFile(short, []byte("  only-fifteen-b \n"), 0o600))
	for file, want := range map[string]string{
		filepath.Join(dir, "none"): "no such file",
		dir:                        "is a directory",
		short:                      "14 bytes, at least 16",
	} {
		cfg := &Config{Actions: map[string]string{"EMAIL": "hash"}, KeyFile: file}
		require.NoError(t, cfg.Validate())
		p, err := NewFactory().CreateLogs(t.Context(), processortest.NewNopSettings(metadata.Type), cfg, consumertest.NewNop())
		require.NoError(t, err)
		err = p.Start(t.Context(), componenttest.NewNopHost())
		require.ErrorContains(t, err, "key_file: ")
		require.ErrorContains(t, err, want)
		require.NotContains(t, err.Error(), "fifteen")
		require.NoError(t, p.Shutdown(t.Context()))
	}
}
