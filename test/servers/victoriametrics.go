package servers

import (
	"context"
	"strconv"
	"testing"
)

// Tried with 1.79.5, which Debian 12 and Ubuntu 24.04 have; the flags and pages
// used here are the same in later versions.
var victoriaMetricsPackage = Package{
	Name: "victoria-metrics", Binary: "usr/bin/victoria-metrics",
	VersionArgs: []string{"-version"}, Versions: []string{"1.79", "1.8", "1.9", "1.1"},
}

// Options are what a caller may set on a server.
type Options struct {
	// DataDir is kept when given; otherwise it is temporary.
	DataDir string
	// Args are added to the command line.
	Args []string
}

// StartVictoriaMetrics starts a VictoriaMetrics that shows samples in queries
// at once. Remote write is at /api/v1/write. The caller must Close it.
func StartVictoriaMetrics(ctx context.Context, opts Options) (*Server, error) {
	path, err := victoriaMetricsPackage.Find(ctx)
	if err != nil {
		return nil, err
	}
	return Start(ctx, Spec{
		Name: "victoria-metrics", Path: path, DataDir: opts.DataDir,
		Args: func(port int, dataDir string) []string {
			return append([]string{
				"-httpListenAddr=127.0.0.1:" + strconv.Itoa(port),
				"-storageDataPath=" + dataDir,
				"-retentionPeriod=1y",
				"-search.latencyOffset=0s",
				"-memory.allowedBytes=268435456", // tests share the machine
				"-loggerTimezone=UTC",
			}, opts.Args...)
		},
		Ready: HTTPReady("/health"),
	})
}

// VictoriaMetrics starts a VictoriaMetrics for a test; see Need and Attach.
func VictoriaMetrics(tb testing.TB, opts Options) *Server {
	tb.Helper()
	_, err := victoriaMetricsPackage.Find(tb.Context())
	Need(tb, err)
	s, err := StartVictoriaMetrics(tb.Context(), opts)
	if err != nil {
		tb.Fatal(err)
	}
	Attach(tb, s)
	return s
}
