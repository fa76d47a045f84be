package servers

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// Native histograms came with 2.40. Tried with 2.42, which Debian 12 has.
var prometheusPackage = Package{
	Name: "prometheus", Binary: "usr/bin/prometheus",
	VersionArgs: []string{"--version"}, Versions: []string{"2.4", "2.5", "3."},
}

// StartPrometheus starts a Prometheus that takes remote write at
// /api/v1/write, native histograms and exemplars included, and scrapes
// nothing. The caller must Close it.
func StartPrometheus(ctx context.Context, opts Options) (*Server, error) {
	path, err := prometheusPackage.Find(ctx)
	if err != nil {
		return nil, err
	}
	return Start(ctx, Spec{
		Name: "prometheus", Path: path, DataDir: opts.DataDir,
		Args: func(port int, dataDir string) []string {
			return append([]string{
				"--config.file=" + prometheusConfig(dataDir),
				"--storage.tsdb.path=" + filepath.Join(dataDir, "tsdb"),
				"--web.listen-address=127.0.0.1:" + strconv.Itoa(port),
				"--web.enable-remote-write-receiver",
				"--enable-feature=native-histograms,exemplar-storage",
			}, opts.Args...)
		},
		Ready: HTTPReady("/-/ready"),
	})
}

// prometheusConfig writes a configuration without scrapes and returns its
// path. A failure shows when Prometheus doesn't find the file.
func prometheusConfig(dataDir string) string {
	path := filepath.Join(dataDir, "prometheus.yml")
	if err := os.WriteFile(path, []byte("global: {scrape_interval: 1h}\n"), 0o600); err != nil {
		Progress("%v", fmt.Errorf("write the configuration of prometheus: %w", err))
	}
	return path
}

// Prometheus starts a Prometheus for a test; see Need and Attach.
func Prometheus(tb testing.TB, opts Options) *Server {
	tb.Helper()
	_, err := prometheusPackage.Find(tb.Context())
	Need(tb, err)
	s, err := StartPrometheus(tb.Context(), opts)
	if err != nil {
		tb.Fatal(err)
	}
	Attach(tb, s)
	return s
}
