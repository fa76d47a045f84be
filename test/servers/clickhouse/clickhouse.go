// Package clickhouse starts the real ClickHouse engine for tests and the demo.
//
// The engine is libchdb, ClickHouse as a library, got once by the npm client
// and checked by digest; a child process (test/servers/cmd/clickhouse-engine)
// gives it the HTTP interface of the server on a loopback port, so that it can
// be killed and started again on its data.
//
// What of the server is not there: users, grants and quotas (one user and
// password are checked by the front itself), asynchronous inserts (they act
// synchronously), Keeper and so replicated tables, the native TCP protocol.
// Statements run one after another, and a result is sent when it is complete.
package clickhouse

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/weir-telemetry/weir/test/servers"
)

// Options are what a caller may set on the engine.
type Options struct {
	// DataDir is kept when given; otherwise it is temporary. One process may
	// use it at a time.
	DataDir string
	// User and Password, when User is set, must come with every request.
	User, Password string
}

const frontPackage = "github.com/weir-telemetry/weir/test/servers/cmd/clickhouse-engine"

// Start starts the engine and waits until it answers. The first call on a
// machine downloads 178 MB. The caller must Close it.
func Start(ctx context.Context, opts Options) (*servers.Server, error) {
	lib, err := library(ctx)
	if err != nil {
		return nil, err
	}
	front, err := buildFront()
	if err != nil {
		return nil, err
	}
	return servers.Start(ctx, servers.Spec{
		Name: "clickhouse", Path: front, DataDir: opts.DataDir, StartTimeout: time.Minute,
		Env: []string{"CLICKHOUSE_ENGINE_USER=" + opts.User, "CLICKHOUSE_ENGINE_PASSWORD=" + opts.Password},
		Args: func(port int, dataDir string) []string {
			return []string{"-library", lib, "-listen", "127.0.0.1:" + strconv.Itoa(port), "-data", dataDir}
		},
		Ready: servers.HTTPReady("/ping"),
	})
}

// Engine starts the engine for a test; see servers.Need and servers.Attach.
func Engine(tb testing.TB, opts Options) *servers.Server {
	tb.Helper()
	_, err := library(tb.Context())
	servers.Need(tb, err)
	s, err := Start(tb.Context(), opts)
	if err != nil {
		tb.Fatal(err)
	}
	servers.Attach(tb, s)
	return s
}

// buildFront compiles the front into the cache, once for a process. Go's own
// cache makes it quick; the rename lets several processes do it at once.
var buildFront = sync.OnceValues(func() (string, error) {
	cache, err := servers.CacheDir()
	if err != nil {
		return "", err
	}
	scratch := filepath.Join(cache, "clickhouse-engine.part-"+rand.Text())
	cmd := exec.Command("go", "build", "-o", scratch, frontPackage)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the engine's front: %w\n%s", err, strings.TrimSpace(string(out)))
	}
	path := filepath.Join(cache, "clickhouse-engine")
	if err := os.Rename(scratch, path); err != nil {
		return "", fmt.Errorf("keep the engine's front: %w", err)
	}
	return path, nil
})
