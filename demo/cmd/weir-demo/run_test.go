package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/weir-telemetry/weir/demo/capture"
)

// built is the directory of the binary that the tests built, if they did.
var built string

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		if built != "" {
			_ = os.RemoveAll(built) // a temporary directory
		}
		os.Exit(code)
	}))
}

// weirLocal is the binary that WEIR_LOCAL names, or one that is built once.
var weirLocal = sync.OnceValues(func() (string, error) {
	if path := os.Getenv("WEIR_LOCAL"); path != "" {
		return filepath.Abs(path)
	}
	dir, err := os.MkdirTemp("", "weir-local-test-")
	if err != nil {
		return "", err
	}
	built = dir
	path := filepath.Join(dir, "weir-local")
	out, err := exec.Command("go", "build", "-o", path, "github.com/weir-telemetry/weir/distributions/local").CombinedOutput()
	if err != nil {
		return "", &buildError{err, out}
	}
	return path, nil
})

type buildError struct {
	err error
	out []byte
}

func (b *buildError) Error() string { return b.err.Error() + "\n" + string(b.out) }

func testOptions(t *testing.T, mode string) (options, *bytes.Buffer) {
	t.Helper()
	weir, err := weirLocal()
	require.NoError(t, err)
	var out bytes.Buffer
	return options{
		weir: weir, mode: mode, duration: time.Second,
		summary: filepath.Join(t.TempDir(), "demo-summary.json"),
		screen:  screen{out: &out},
	}, &out
}

func TestReplayKeepsNoRawValue(t *testing.T) {
	o, out := testOptions(t, modeReplay)
	s, err := run(context.Background(), o)
	require.NoError(t, err, out)
	assert.Empty(t, s.Problems, out)
	assert.Equal(t, s.Expected, s.Exchanges)
	assert.Zero(t, s.RawValuesFound)
	assert.Greater(t, s.RawValuesSought, 100)
	assert.FileExists(t, o.summary)
}

// Without redaction the same search over the same capture must find values, of
// every type: else zero above would mean nothing.
func TestControlWithoutRedactionFindsValues(t *testing.T) {
	o, out := testOptions(t, modeReplay)
	o.control = true
	s, err := run(context.Background(), o)
	require.NoError(t, err, out)
	assert.Greater(t, s.RawValuesFound, s.RawValuesSought/4)
	assert.NotEmpty(t, s.Problems)
	assert.Regexp(t, `raw value found: run/kept/logs\.zst offset \d+ \(zstd`, out.String())
	assert.Regexp(t, `raw value found: run/kept/traces\.zst`, out.String())
	for _, kind := range expectation(0, modeReplay, 0).Types {
		assert.Positive(t, s.RawValuesByType[kind], kind)
	}
}

// The queues on disk are kept data too: full of values without redaction, free
// of them with it.
func TestQueuesOnDiskHoldNoRawValue(t *testing.T) {
	for name, control := range map[string]bool{"redacted": false, "control": true} {
		t.Run(name, func(t *testing.T) {
			o, out := testOptions(t, modeReplay)
			o.queued, o.control = true, control
			s, err := run(context.Background(), o)
			require.NoError(t, err, out)
			if control {
				assert.Regexp(t, `raw value found: run/queue/\S*clickhouse\S* `, out.String())
				return
			}
			assert.Zero(t, s.RawValuesFound)
			assert.Empty(t, s.Problems, out)
		})
	}
}

func TestLiveShowsWhatTheServicesDid(t *testing.T) {
	if err := capture.Probe(); err != nil {
		t.Skip("no live capture here: ", err)
	}
	o, out := testOptions(t, modeLive)
	o.duration = 3 * time.Second
	s, err := run(context.Background(), o)
	require.NoError(t, err, out)
	assert.Empty(t, s.Problems, out)
	assert.Positive(t, s.Exchanges)
}

func TestStoresHoldTheDataAndNoRawValue(t *testing.T) {
	o, out := testOptions(t, modeReplay)
	o.stores = true
	s, err := run(context.Background(), o)
	require.NoError(t, err, out)
	assert.Empty(t, s.Problems, out)
	assert.Zero(t, s.RawValuesFound)
	assert.Contains(t, out.String(), "storefront\tcustomers")
}

func TestEarlyEndOfWeirLocalIsTold(t *testing.T) {
	o, _ := testOptions(t, modeReplay)
	o.weir = "/bin/false"
	_, err := run(context.Background(), o)
	require.ErrorContains(t, err, "ended before it was ready")
}

func TestInterruptEndsInOrder(t *testing.T) {
	o, out := testOptions(t, modeReplay)
	o.duration = 0
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	s, err := run(ctx, o)
	require.NoError(t, err, out)
	assert.Empty(t, s.Problems, out)
}

func TestBadOptionsAreNamed(t *testing.T) {
	for want, o := range map[string]options{
		"--mode":     {mode: "sideways", weir: os.Args[0]},
		"--duration": {mode: modeAuto, weir: os.Args[0], duration: -1},
		"--weir":     {mode: modeAuto, weir: filepath.Join(t.TempDir(), "absent")},
	} {
		assert.ErrorContains(t, o.validate(), want)
	}
}
