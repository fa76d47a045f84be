package lastgoodprovider

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// These tests run a real distribution. They wait for what they expect and fail
// after patience; no step depends on how long another takes.
const patience = 2 * time.Minute

var binary = sync.OnceValues(func() (string, error) {
	file := filepath.Join(buildDir, "tiny")
	cmd := exec.Command("go", "build", "-o", file, "../../internal/run/testdata/tiny")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the small distribution: %w\n%s", err, out)
	}
	return file, nil
})

type process struct {
	cmd   *exec.Cmd
	ended chan struct{}

	mu   sync.Mutex
	log  strings.Builder
	more chan struct{} // gets a value when log grows
}

func (p *process) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case p.more <- struct{}{}:
	default:
	}
	return p.log.Write(b)
}

func (p *process) text() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String()
}

// run starts the distribution with configuration files and ends it with the test.
func run(t *testing.T, files ...string) *process {
	t.Helper()
	exe, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{ended: make(chan struct{}), more: make(chan struct{}, 1)}
	p.cmd = exec.Command(exe)
	for _, f := range files {
		p.cmd.Args = append(p.cmd.Args, "--config", f)
	}
	p.cmd.Stdout, p.cmd.Stderr = p, p
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = p.cmd.Wait() // ends after all output was taken
		close(p.ended)
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-p.ended
		if t.Failed() {
			t.Log(p.text())
		}
	})
	return p
}

// sees waits until the log holds a text n times.
func (p *process) sees(t *testing.T, text string, n int) {
	t.Helper()
	late := time.After(patience)
	for strings.Count(p.text(), text) < n {
		select {
		case <-p.more:
		case <-p.ended:
			if strings.Count(p.text(), text) < n {
				t.Fatalf("ended (%v) without %q", p.cmd.ProcessState, text)
			}
		case <-late:
			t.Fatalf("never seen: %q %d times", text, n)
		}
	}
}

func (p *process) exit(t *testing.T) int {
	t.Helper()
	select {
	case <-p.ended:
	case <-time.After(patience):
		t.Fatal("still running")
	}
	return p.cmd.ProcessState.ExitCode()
}

func (p *process) signal(t *testing.T, s os.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

const ready, kept = "Everything is ready", "the last good one is kept"

// serves fails unless something accepts on the address.
func serves(t *testing.T, addr string) {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	_ = c.Close()
}

func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func config(addr string) string {
	return `receivers: {otlp: {protocols: {grpc: {endpoint: "` + addr + `"}}}}
exporters: {debug: }
service:
  telemetry: {metrics: {level: none}}
  pipelines: {logs: {receivers: [otlp], exporters: [debug]}}
`
}

const broken = `receivers: {otlp: {protocols: {grpc: {endpont: jane.roe@example.org}}}}
exporters: {debug: }
service: {pipelines: {logs: {receivers: [otlp], exporters: [debug]}}}
`

func TestProcessOutlivesABrokenFile(t *testing.T) {
	f := filepath.Join(t.TempDir(), "c.yaml")
	one, two := free(t), free(t)
	write(t, f, config(one))
	p := run(t, f)
	p.sees(t, ready, 1)
	serves(t, one)

	write(t, f, broken)
	p.sees(t, kept, 1)
	serves(t, one)
	if log := p.text(); strings.Contains(log, "jane") || !strings.Contains(log, "exit status 1") || !strings.Contains(log, "receivers::otlp::protocols::grpc") {
		t.Fatal("the log must name the place and no value")
	}

	p.signal(t, syscall.SIGHUP) // the stock process dies here
	p.sees(t, ready, 2)
	serves(t, one)

	write(t, f, config(two))
	p.sees(t, ready, 3)
	serves(t, two)
	p.signal(t, syscall.SIGTERM)
	if code := p.exit(t); code != 0 {
		t.Fatal("exit status", code)
	}
}

// A mounted config map: c.yaml → ..data/c.yaml, ..data → a directory, swapped.
func TestProcessFollowsAMountedConfigMap(t *testing.T) {
	d := t.TempDir()
	one, two := free(t), free(t)
	for v, text := range map[string]string{"v1": config(one), "v2": broken, "v3": config(two)} {
		if err := os.Mkdir(filepath.Join(d, v), 0o700); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(d, v, "c.yaml"), text)
	}
	swap := func(v string) {
		t.Helper()
		if err := os.Symlink(v, filepath.Join(d, "..tmp")); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(filepath.Join(d, "..tmp"), filepath.Join(d, "..data")); err != nil {
			t.Fatal(err)
		}
	}
	swap("v1")
	f := filepath.Join(d, "c.yaml")
	if err := os.Symlink(filepath.Join("..data", "c.yaml"), f); err != nil {
		t.Fatal(err)
	}
	p := run(t, f)
	p.sees(t, ready, 1)
	swap("v2")
	p.sees(t, kept, 1)
	serves(t, one)
	swap("v3")
	p.sees(t, ready, 2)
	serves(t, two)
}

// What validates but can't start ends the process, as documented.
func TestProcessEndsWhenAValidFileFailsToStart(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	f := filepath.Join(t.TempDir(), "c.yaml")
	write(t, f, config(free(t)))
	p := run(t, f)
	p.sees(t, ready, 1)
	write(t, f, config(taken.Addr().String()))
	if code := p.exit(t); code == 0 || code == -1 {
		t.Fatal("exit status", code)
	}
}

func TestProcessDoesNotStartBroken(t *testing.T) {
	f := filepath.Join(t.TempDir(), "c.yaml")
	write(t, f, broken)
	if code := run(t, f).exit(t); code == 0 || code == -1 {
		t.Fatal("exit status", code)
	}
}

// Two files that only fit together, changed one after the other: the first
// change alone is broken and must not be taken, nor the second without the first.
func TestProcessTakesTwoFilesTogether(t *testing.T) {
	d := t.TempDir()
	a, b := filepath.Join(d, "a.yaml"), filepath.Join(d, "b.yaml")
	receivers := func(id, addr string) string {
		return "receivers: {" + id + `: {protocols: {grpc: {endpoint: "` + addr + "\"}}}}\n"
	}
	service := func(id string) string {
		return "exporters: {debug: }\nservice:\n  telemetry: {metrics: {level: none}}\n  pipelines: {logs: {receivers: [" + id + "], exporters: [debug]}}\n"
	}
	one, two := free(t), free(t)
	write(t, a, receivers("otlp", one))
	write(t, b, service("otlp"))
	p := run(t, a, b)
	p.sees(t, ready, 1)

	write(t, a, receivers("otlp/x", two))
	p.sees(t, kept, 1)
	p.signal(t, syscall.SIGHUP)
	p.sees(t, ready, 2)
	serves(t, one)

	write(t, b, service("otlp/x"))
	p.sees(t, ready, 3)
	serves(t, two)
	p.signal(t, syscall.SIGTERM)
	if code := p.exit(t); code != 0 {
		t.Fatal("exit status", code)
	}
}
