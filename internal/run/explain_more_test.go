package run

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const good = `
receivers: {otlp: {protocols: {grpc: }}}
processors: {batch: {timeout: 2s}}
exporters: {debug: }
service: {pipelines: {logs: {receivers: [otlp], processors: [batch], exporters: [debug]}}}
`

func TestGoodConfiguration(t *testing.T) {
	file := filepath.Join(t.TempDir(), "c.yaml")
	if err := os.WriteFile(file, []byte(good), 0o600); err != nil {
		t.Fatal(err)
	}
	if stdout, stderr, rc := weir(t, small(), "", "validate", "--config", file); stdout+stderr != "" || rc != 0 {
		t.Fatal(rc, stdout, stderr)
	}
}

// Where a key stands when there are several sources: the last that defines it.
func TestSources(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{
		"a.yaml": good,
		"b.yaml": "processors:\n  batch:\n    timeout: hunter2\n",
		"c.yaml": "processors::batch::timeout: hunter2\n",
		"d.yaml": "exporters: {debug: {verbosity: basic}}\n",
		"e.yaml": "exporters:\n  debug: ${file:part.yaml}\n",
		"f.yaml": "receivers: ${env:WEIR_TEST_SECTION}\n", "part.yaml": "vebrosity: hunter2\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("WEIR_TEST_CONFIG", "exporters: {debug: {vebrosity: hunter2}}")
	t.Setenv("WEIR_TEST_SECTION", "hunter2")
	const duration = "processors::batch::timeout: not a duration"
	for _, tc := range []struct {
		args []string
		want string
	}{
		{[]string{"--config", "none.yaml"}, "none.yaml: can't read the file: no such file or directory\n"},
		{[]string{"--config", "."}, ".: can't read the file: is a directory\n"},
		{[]string{"--config", "a.yaml", "--config", "b.yaml"}, "b.yaml:3:5: " + duration},
		{[]string{"--config", "b.yaml", "--config", "a.yaml", "--config", "d.yaml", "--config=b.yaml"}, "b.yaml:3:5: " + duration},
		{[]string{"--config", "file:a.yaml", "--config", "c.yaml"}, "c.yaml:1:1: " + duration},
		{[]string{"--config", "a.yaml", "--config", "yaml:processors::batch::timeout: hunter2"}, "yaml:: " + duration},
		{[]string{"--config", "a.yaml", "--set", "processors.batch.timeout=hunter2"}, "yaml:: " + duration},
		{[]string{"--set=processors.batch.timeout=hunter2", "--config", "a.yaml"}, "yaml:: " + duration},
		{[]string{"--config", "a.yaml", "--config", "env:WEIR_TEST_CONFIG"}, "env:: exporters::debug::vebrosity: unknown key; did you mean \"verbosity\"?"},
		{[]string{"--config", "a.yaml", "--config", "e.yaml"}, "e.yaml:2:3: exporters::debug::vebrosity: unknown key; did you mean \"verbosity\"?"},
		{[]string{"--config", "a.yaml", "--config", "f.yaml"}, "f.yaml:1:1: receivers: wrong type: wanted a map of components, got a string"},
		{[]string{"--config", "nope:x"}, "nope:: unknown scheme; accepted: env, file, yaml"},
	} {
		for _, cmd := range [][]string{{"validate"}, nil} { // and at start
			_, stderr, rc := weir(t, small(), "", append(cmd, tc.args...)...)
			if rc != 1 || !strings.HasPrefix(stderr, tc.want) || strings.Count(stderr, "\n") != 1 || strings.Contains(stderr, "hunter2") {
				t.Errorf("%q: %d\n%s\nwant %s", append(cmd, tc.args...), rc, stderr, tc.want)
			}
		}
	}
}
