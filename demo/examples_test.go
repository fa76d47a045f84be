package demo

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// The examples use what the local distribution holds. WEIR_LOCAL names a binary,
// else one is built.
func TestExamplePipelinesAreValid(t *testing.T) {
	weir := os.Getenv("WEIR_LOCAL")
	if weir == "" {
		weir = filepath.Join(t.TempDir(), "weir")
		out, err := exec.Command("go", "build", "-o", weir, "../distributions/local").CombinedOutput()
		require.NoError(t, err, string(out))
	}
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "redaction-key"), []byte("0123456789abcdef0123"), 0o600))
	for _, name := range []string{"victoriametrics-user", "victoriametrics-password", "clickhouse-user", "clickhouse-password"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte("made-up"), 0o600))
	}
	files, err := filepath.Glob("../examples/pipelines/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		cmd := exec.Command(weir, "validate", "--config", "file:"+file)
		cmd.Env = append(os.Environ(), "WEIR_STATE_DIR="+dir, "WEIR_SECRETS_DIR="+dir, "WEIR_OUTPUT="+filepath.Join(dir, "out"),
			"WEIR_CAPTURES=*.pcap", "WEIR_DIRECTORY_FILE="+filepath.Join(dir, "directory.yaml"))
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s: %s", file, out)
	}
}
