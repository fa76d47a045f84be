package run

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/spf13/cobra"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/provider/fileprovider"
	"go.opentelemetry.io/collector/otelcol"
)

// weir runs a command line in this process and returns what a shell would see.
func weir(t *testing.T, set otelcol.CollectorSettings, stdin string, args ...string) (stdout, stderr string, rc int) {
	t.Helper()
	clean, err := newCleaner()
	if err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	p := newProgram(set, new(atomic.Bool), clean)
	p.in, p.stdout, p.stderr = strings.NewReader(stdin), &out, &errs
	err = p.execute(args)
	var s status
	switch {
	case errors.As(err, &s):
		rc = int(s)
	case err != nil:
		rc = 1
	}
	return out.String(), errs.String(), rc
}

func bare() otelcol.CollectorSettings {
	set := otelcol.CollectorSettings{
		BuildInfo: component.BuildInfo{Command: "weir", Version: "1.2.3"},
		Factories: func() (otelcol.Factories, error) { return otelcol.Factories{}, nil },
	}
	set.ConfigProviderSettings.ResolverSettings.ProviderFactories = []confmap.ProviderFactory{fileprovider.NewFactory()}
	return set
}

func TestStatuses(t *testing.T) {
	const mail = "jane.roe@example.org"
	file := filepath.Join(t.TempDir(), "f.log")
	if err := os.WriteFile(file, []byte(mail+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		stdin          string
		args           []string
		rc             int
		stdout, stderr string
	}{
		{"plain", []string{"scan", "-"}, 0, "", ""},
		{mail, []string{"scan", "-"}, 1, "EMAIL", ""},
		{"", []string{"scan", file}, 1, "EMAIL", ""},
		{"", []string{"scan", file, file + ".none"}, 2, "EMAIL", "no such file"},
		{"", []string{"scan"}, 2, "", "no file given"},
		{"", []string{"scan", "--shwo", "-"}, 2, "", "Error: unknown flag: --shwo"},
		{"", []string{"--version"}, 0, "1.2.3", ""},
		{"", []string{"components"}, 0, "command: weir", ""},
		{"", []string{"vaildate"}, 1, "", `unknown command "vaildate"`},
		{"", nil, 1, "", "config"},
	} {
		stdout, stderr, rc := weir(t, bare(), tc.stdin, tc.args...)
		if rc != tc.rc || !strings.Contains(stdout, tc.stdout) || !strings.Contains(stderr, tc.stderr) || (tc.stderr == "") != (stderr == "") {
			t.Errorf("%q: status %d, out %q, err %q; want %+v", tc.args, rc, stdout, stderr, tc)
		}
		if strings.Contains(stdout+stderr, mail) {
			t.Errorf("%q shows the value", tc.args)
		}
		if n := strings.Count(stderr, "Error:"); n > 1 {
			t.Errorf("%q: the error is printed %d times", tc.args, n)
		}
	}
}

func TestWhatCommandsPrintIsCleaned(t *testing.T) {
	const mail = "jane.roe@example.org"
	_, stderr, rc := weir(t, bare(), "", mail)
	if rc != 1 || strings.Contains(stderr, mail) || !strings.Contains(stderr, "unknown command") {
		t.Fatal(rc, stderr)
	}
}

func TestFatalGivesAStatus(t *testing.T) {
	clean, err := newCleaner()
	if err != nil {
		t.Fatal(err)
	}
	var errs bytes.Buffer
	p := newProgram(bare(), new(atomic.Bool), clean)
	p.stderr = &errs
	p.fatal.Store(true)
	if err := p.finish(&cobra.Command{}, p.ended(nil)); !errors.Is(err, ErrFatal) || !strings.Contains(errs.String(), "fatal") {
		t.Fatal(err, errs.String())
	}
}
