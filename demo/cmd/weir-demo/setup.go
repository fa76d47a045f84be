package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/weir-telemetry/weir/demo"
	"github.com/weir-telemetry/weir/demo/services"
)

// place holds the directories of a run. Everything that weir-local writes goes
// below kept, its working directory, and is searched.
type place struct {
	base, input, kept string
}

func makePlace() (place, error) {
	base, err := os.MkdirTemp("", "weir-demo-")
	if err != nil {
		return place{}, fmt.Errorf("make a run directory: %w", err)
	}
	p := place{base, filepath.Join(base, "input"), filepath.Join(base, "run")}
	for _, d := range []string{p.input, filepath.Join(p.kept, "kept")} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return p, fmt.Errorf("make a run directory: %w", err)
		}
	}
	return p, p.writeDirectory()
}

// writeDirectory says which workload owns which loopback address.
func (p place) writeDirectory() error {
	var b strings.Builder
	b.WriteString("addresses:\n")
	for _, r := range services.Roles() {
		fmt.Fprintf(&b, "  %s: {kind: %s, namespace: %s, name: %s}\n", r.Address, r.Kind, services.Namespace, r.Name)
	}
	if err := os.WriteFile(filepath.Join(p.kept, "directory.yaml"), []byte(b.String()), 0o600); err != nil {
		return fmt.Errorf("write the directory file: %w", err)
	}
	return nil
}

// ports of weir-local on loopback.
type ports struct{ status, metrics, console, uplink int }

func (p ports) healthURL() string  { return "http://127.0.0.1:" + strconv.Itoa(p.status) + "/healthz" }
func (p ports) metricsURL() string { return "http://127.0.0.1:" + strconv.Itoa(p.metrics) + "/metrics" }

func freePorts() (ports, error) {
	var got [4]int
	for i := range got {
		l, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			return ports{}, fmt.Errorf("find a free port: %w", err)
		}
		defer l.Close()
		got[i] = l.Addr().(*net.TCPAddr).Port
	}
	return ports{got[0], got[1], got[2], got[3]}, nil
}

// command makes the command line of weir-local: the pipeline, then what
// changes it.
func command(o options, p place, mode string, at ports, env []string) (*exec.Cmd, error) {
	names := []string{"pipeline.yaml", mode + ".yaml"}
	if o.stores || o.queued {
		names = append(names, "stores.yaml")
	}
	if o.control {
		names = append(names, "control.yaml")
	}
	weir, err := filepath.Abs(o.weir)
	if err != nil {
		return nil, fmt.Errorf("find weir-local: %w", err)
	}
	var args []string
	for _, name := range names {
		text, err := demo.Config(name)
		if err != nil {
			return nil, err
		}
		path := filepath.Join(p.kept, name)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			return nil, fmt.Errorf("write %s: %w", name, err)
		}
		args = append(args, "--config", "file:"+path)
	}
	cmd := exec.Command(weir, args...)
	cmd.Dir = p.kept
	cmd.Env = append(os.Environ(), append(env,
		"WEIR_DEMO_DIR="+p.kept, "WEIR_DEMO_INPUT="+p.input, "WEIR_DEMO_STOP_AT_END=false",
		"WEIR_DEMO_STATUS_PORT="+strconv.Itoa(at.status), "WEIR_DEMO_METRICS_PORT="+strconv.Itoa(at.metrics),
		"WEIR_DEMO_CONSOLE_PORT="+strconv.Itoa(at.console), "WEIR_DEMO_UPLINK_PORT="+strconv.Itoa(at.uplink))...)
	return cmd, nil
}
