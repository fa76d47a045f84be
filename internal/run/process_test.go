package run

import (
	"bytes"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

var tinyDir string

func TestMain(m *testing.M) {
	code := m.Run()
	if tinyDir != "" {
		_ = os.RemoveAll(tinyDir)
	}
	os.Exit(code)
}

// tiny builds the small distribution once and returns its path.
var tiny = sync.OnceValues(func() (string, error) {
	var err error
	if tinyDir, err = os.MkdirTemp("", "weir-tiny-"); err != nil {
		return "", err
	}
	file := filepath.Join(tinyDir, "tiny")
	out, err := exec.Command("go", "build", "-o", file, "./testdata/tiny").CombinedOutput() // #nosec G204 -- fixed
	if err != nil {
		return "", errors.New(string(out))
	}
	return file, nil
})

func process(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	file, err := tiny()
	if err != nil {
		t.Fatal(err)
	}
	return exec.CommandContext(t.Context(), file, args...) // #nosec G204 -- built above
}

func exitOf(t *testing.T, err error) int {
	t.Helper()
	var e *exec.ExitError
	if err != nil && !errors.As(err, &e) {
		t.Fatal(err)
	}
	if e != nil {
		return e.ExitCode()
	}
	return 0
}

func config(t *testing.T, receivers string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "c.yaml")
	name, _, _ := strings.Cut(receivers, ":")
	text := "receivers: {" + receivers + "}\nexporters: {debug: }\n" +
		"service: {telemetry: {metrics: {level: none}}, pipelines: {logs: {receivers: [" + name + "], exporters: [debug]}}}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestProcessStatuses(t *testing.T) {
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	taken := config(t, "otlp: {protocols: {grpc: {endpoint: '"+busy.Addr().String()+"'}}}")
	wrong := config(t, "otlp: {protocols: {grcp: }}")
	for _, tc := range []struct {
		stdin  string
		args   []string
		rc     int
		stderr string
	}{
		{"plain", []string{"scan", "-"}, 0, ""},
		{"jane.roe@example.org", []string{"scan", "-"}, 1, ""},
		{"", []string{"scan", "none"}, 2, "scan: open none: no such file or directory\n"},
		{"", []string{"scan", "--nope"}, 2, "Error: unknown flag: --nope\n"},
		{"", []string{"components"}, 0, ""},
		{"", []string{"--version"}, 0, ""},
		{"", []string{"validate", "--config", taken}, 0, ""},
		{"", []string{"validate", "--config", wrong}, 1, wrong + `:1:32: receivers::otlp::protocols::grcp: unknown key; did you mean "grpc"? accepted: grpc, http` + "\n"},
		{"", []string{"--config", wrong}, 1, wrong + `:1:32: receivers::otlp::protocols::grcp: unknown key`},
		{"", []string{"--config", taken}, 1, "Error: "},
	} {
		cmd := process(t, tc.args...)
		var errs bytes.Buffer
		cmd.Stdin, cmd.Stderr = strings.NewReader(tc.stdin), &errs
		rc := exitOf(t, cmd.Run())
		if rc != tc.rc || !strings.Contains(errs.String(), tc.stderr) || tc.stderr == "" && errs.Len() > 0 || strings.Count(errs.String(), "Error: ") > 1 {
			t.Errorf("%q: status %d, want %d; printed %q, want %q", tc.args, rc, tc.rc, errs.String(), tc.stderr)
		}
	}
}

// The Collector ends cleanly, with status 0 if left alone, after a component's
// fatal error.
func TestFatalErrorOfAComponent(t *testing.T) {
	cmd := process(t, "--config", config(t, "failing: "))
	var errs bytes.Buffer
	cmd.Stderr = &errs
	rc, text := exitOf(t, cmd.Run()), errs.String()
	if rc != 1 || strings.Count(text, ErrFatal.Error()) != 1 || !strings.Contains(text, "Shutdown complete") || strings.Contains(text, "jane.roe") {
		t.Fatal(rc, text)
	}
}
