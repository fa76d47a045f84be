package scan

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// weirScan runs the command and returns its output, messages and exit status.
func weirScan(t *testing.T, stdin string, args ...string) (string, string, int) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := Command()
	cmd.SetArgs(args)
	cmd.SetIn(strings.NewReader(stdin))
	cmd.SetOut(&out)
	cmd.SetErr(&errs)
	err := cmd.Execute()
	if err == nil {
		return out.String(), errs.String(), 0
	}
	var status *StatusError
	require.True(t, errors.As(err, &status), "%v", err)
	return out.String(), errs.String(), status.Status
}

func TestJSONLines(t *testing.T) {
	out, _, status := weirScan(t, "x\nmail ann@example.com\n", "--format", "json", "-")
	require.Equal(t, 1, status)
	var got map[string]any
	require.NoError(t, json.Unmarshal([]byte(out), &got))
	require.Equal(t, map[string]any{"file": "-", "start": 7.0, "end": 22.0, "line": 2.0, "column": 6.0, "type": "EMAIL",
		"category": "contact", "sensitivity": "medium", "confidence": 0.9, "path": "$"}, got)
}

func TestStatusAndMasking(t *testing.T) {
	out, _, status := weirScan(t, "nothing here", "-")
	require.Equal(t, 0, status)
	require.Empty(t, out)

	out, _, _ = weirScan(t, "ann@example.com", "-")
	require.NotContains(t, out, "ann@")
	out, _, _ = weirScan(t, "ann@example.com", "--show", "-")
	require.Contains(t, out, "ann@example.com")

	name := filepath.Join(t.TempDir(), "a.log")
	require.NoError(t, os.WriteFile(name, []byte("ann@example.com"), 0o600))
	out, errs, status := weirScan(t, "", name+".missing", name)
	require.Equal(t, 2, status)
	require.Contains(t, errs, "a.log.missing")
	require.Contains(t, out, "EMAIL", "the other file is scanned")
}

func TestWindowsMissNothingAndDoubleNothing(t *testing.T) {
	for _, end := range []string{"\n", " "} {
		line := strings.Repeat("filler ", 9) + "ann@example.com" + end
		n := (2*window + window/3) / len(line)
		out, _, status := weirScan(t, strings.Repeat(line, n), "--format", "json", "-")
		require.Equal(t, 1, status)
		require.Equal(t, n, strings.Count(out, "\n"), "line end %q", end)
	}
}
