package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// asMain in the environment makes the test binary be the collector.
const asMain = "WEIR_TEST_AS_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(asMain) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

const capture = "../../demo/testdata/demo.pcap"

func TestReadingEndsWithStatusZero(t *testing.T) {
	kept, log := read(t, 0, absolute(t, capture))
	require.Contains(t, kept, `"eventName":"weir.exchange"`, log)
	require.Contains(t, kept, `weir.data_types`)
}

func TestAMissingFileEndsWithStatusOne(t *testing.T) {
	_, log := read(t, 1, filepath.Join(t.TempDir(), "missing.pcap"))
	require.Contains(t, log, "missing.pcap")
}

func TestAFileThatIsNoCaptureEndsWithStatusOneAfterTheOthers(t *testing.T) {
	text := filepath.Join(t.TempDir(), "notes.pcap")
	require.NoError(t, os.WriteFile(text, []byte("not a capture, and jane@example.org stands in it"), 0o600))
	kept, log := read(t, 1, text, absolute(t, capture))
	require.Contains(t, kept, `"eventName":"weir.exchange"`)
	require.Contains(t, log, "notes.pcap")
	require.NotContains(t, log, "jane@example.org")
}

func TestADamagedFileEndsWithStatusZero(t *testing.T) {
	whole, err := os.ReadFile(capture)
	require.NoError(t, err)
	cut := filepath.Join(t.TempDir(), "cut.pcap")
	require.NoError(t, os.WriteFile(cut, whole[:len(whole)/2+7], 0o600))
	kept, log := read(t, 0, cut)
	require.Contains(t, kept, `"eventName":"weir.exchange"`, log)
}

func TestPayloadWithoutRedactionIsRefused(t *testing.T) {
	log := collect(t, 1, "validate", "--config", configuration(t, t.TempDir(), "data_classification", absolute(t, capture)))
	require.Contains(t, log, "receivers::pcap → pipelines::logs → exporters::file")
	require.Contains(t, log, "pii_redaction")
}

// read runs the collector over captures and returns what it kept and logged.
func read(t *testing.T, status int, captures ...string) (kept, log string) {
	t.Helper()
	dir := t.TempDir()
	log = collect(t, status, "--config", configuration(t, dir, "data_classification, pii_redaction", captures...))
	text, err := os.ReadFile(filepath.Join(dir, "kept.json")) // #nosec G304 -- a folder of this test
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(text), log
}

func collect(t *testing.T, status int, args ...string) string {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), self, args...) // #nosec G204 -- this test binary itself
	cmd.Env = append(os.Environ(), asMain+"=1")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err = cmd.Run(); cmd.ProcessState == nil {
		t.Fatal(err)
	}
	require.Equal(t, status, cmd.ProcessState.ExitCode(), out.String())
	return out.String()
}

func configuration(t *testing.T, dir, processors string, captures ...string) string {
	t.Helper()
	quoted := make([]string, len(captures))
	for i, c := range captures {
		quoted[i] = fmt.Sprintf("%q", c)
	}
	file := filepath.Join(dir, "config.yaml")
	require.NoError(t, os.WriteFile(file, fmt.Appendf(nil, `
receivers:
  pcap: {files: [%s], stop_at_end: true}
processors:
  data_classification: {}
  pii_redaction: {}
exporters:
  file: {path: %q}
service:
  telemetry: {metrics: {level: none}}
  pipelines:
    logs: {receivers: [pcap], processors: [%s], exporters: [file]}
`, strings.Join(quoted, ", "), filepath.Join(dir, "kept.json"), processors), 0o600))
	return file
}

func absolute(t *testing.T, path string) string {
	t.Helper()
	abs, err := filepath.Abs(path)
	require.NoError(t, err)
	return abs
}
