package victoriametricsexporter

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/storage/filestorage"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/extension"
	"go.opentelemetry.io/collector/extension/extensiontest"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/weir-telemetry/weir/exporters/victoriametricsexporter/internal/metadata"
	"github.com/weir-telemetry/weir/test/servers"
)

// storageHost offers one file storage extension.
type storageHost map[component.ID]component.Component

func (h storageHost) GetExtensions() map[component.ID]component.Component { return h }

var storageID = component.MustNewID("file_storage")

// durable starts an exporter with the default queue in a file storage.
func durable(t *testing.T, dir, endpoint string) (exp exporter.Metrics, stop func()) {
	t.Helper()
	f := filestorage.NewFactory()
	storageCfg := f.CreateDefaultConfig().(*filestorage.Config)
	storageCfg.Directory = dir
	var ext extension.Extension
	ext, err := f.Create(t.Context(), extensiontest.NewNopSettings(f.Type()), storageCfg)
	require.NoError(t, err)
	host := storageHost{storageID: ext}
	require.NoError(t, ext.Start(t.Context(), host))

	cfg := createDefaultConfig().(*Config)
	cfg.Endpoint = endpoint
	cfg.QueueConfig.Get().StorageID = &storageID
	cfg.QueueConfig.Get().Batch.Get().FlushTimeout = 20 * time.Millisecond
	cfg.RetryConfig.InitialInterval = 50 * time.Millisecond
	cfg.RetryConfig.MaxInterval = 200 * time.Millisecond
	require.NoError(t, cfg.Validate())
	set := settings()
	set.ID = component.NewID(metadata.Type) // the storage is found by it
	exp, err = NewFactory().CreateMetrics(t.Context(), set, cfg)
	require.NoError(t, err)
	require.NoError(t, exp.Start(t.Context(), host))
	return exp, func() {
		require.NoError(t, exp.Shutdown(context.Background()))
		require.NoError(t, ext.Shutdown(context.Background()))
	}
}

// numbered is one accepted message: a gauge that no other message has.
func numbered(n int, at time.Time) pmetric.Metrics {
	md, ms := scope()
	gaugePoint(ms, "accepted", at, float64(n)).Attributes().PutInt("n", int64(n))
	return md
}

// TestServerIsKilledAndRestarted: the server dies by kill -9 while messages are
// accepted, then the exporter is stopped and a new one takes over its storage.
// VictoriaMetrics itself loses what it acknowledged in the last seconds before
// a kill -9, so it is ended by SIGTERM here; Prometheus has a write-ahead log.
func TestServerIsKilledAndRestarted(t *testing.T) {
	for name, c := range map[string]struct {
		start func(testing.TB, servers.Options) *servers.Server
		end   func(*servers.Server) error
	}{
		"prometheus":       {servers.Prometheus, (*servers.Server).Kill},
		"victoria-metrics": {servers.VictoriaMetrics, (*servers.Server).Stop},
	} {
		t.Run(name, func(t *testing.T) {
			server := c.start(t, servers.Options{})
			dir := t.TempDir()
			at := time.Now().Add(-10 * time.Second)
			rounds := servers.Long(1, 100)
			for n := range rounds {
				killDuring(t, server, dir, at, n*80, c.end)
				// The queue holds 1000 messages, and a round leaves it hardly time
				// to send: looked at often, it keeps a backlog and is never full.
				if last := n == rounds-1; last || n%5 == 4 {
					_, stop := durable(t, dir, server.URL())
					awaitAll(t, server, at, (n+1)*80)
					stop()
				}
			}
		})
	}
}

// killDuring accepts 80 messages from number n on, during which the server is
// ended and the exporter replaced.
func killDuring(t *testing.T, server *servers.Server, dir string, at time.Time, n int, end func(*servers.Server) error) {
	t.Helper()
	accept := func(count int, between func(i int)) {
		exp, stop := durable(t, dir, server.URL())
		for i := range count {
			between(i)
			require.NoError(t, exp.ConsumeMetrics(t.Context(), numbered(n, at)))
			n++
		}
		stop()
	}
	accept(60, func(i int) {
		if i == 20 {
			require.NoError(t, end(server))
		}
	})
	accept(20, func(int) {})
	require.NoError(t, server.Restart(t.Context()))
}

func awaitAll(t *testing.T, server *servers.Server, at time.Time, want int) {
	t.Helper()
	last := 0
	assert.Eventually(t, func() bool {
		if got := query(t, server.URL(), "count(accepted)", at.Add(time.Second)); len(got) == 1 {
			last = int(got[0].number(t))
		}
		return last == want
	}, 30*time.Second, 100*time.Millisecond)
	require.Equal(t, want, last)
	assert.InDelta(t, float64(want*(want-1)/2), one(t, server.URL(), "sum(accepted)", at.Add(time.Second)), 0)
}

const childStorage = "WEIR_TEST_CHILD_STORAGE"

// TestAcceptingChild is no test of its own: TestProcessIsKilled runs it as a
// process that accepts messages for a store that isn't there, and kills it.
func TestAcceptingChild(t *testing.T) {
	dir := os.Getenv(childStorage)
	if dir == "" {
		t.Skip("started by TestProcessIsKilled only")
	}
	exp, _ := durable(t, dir, "http://127.0.0.1:1")
	for n := range 40 {
		require.NoError(t, exp.ConsumeMetrics(t.Context(), numbered(n, time.Now().Add(-10*time.Second))))
	}
	fmt.Println("all accepted")
	select {}
}

// TestProcessIsKilled: what a process accepted before kill -9 is sent by the
// next one.
func TestProcessIsKilled(t *testing.T) {
	server := servers.Prometheus(t, servers.Options{})
	dir := t.TempDir()
	exe, err := os.Executable()
	require.NoError(t, err)
	child := exec.CommandContext(t.Context(), exe, "-test.run=^TestAcceptingChild$")
	child.Env = append(os.Environ(), childStorage+"="+dir)
	out, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	accepted := false
	for lines := bufio.NewScanner(out); !accepted && lines.Scan(); {
		accepted = lines.Text() == "all accepted"
	}
	require.NoError(t, child.Process.Kill())
	_ = child.Wait()
	require.True(t, accepted)

	_, stop := durable(t, dir, server.URL())
	awaitAll(t, server, time.Now(), 40)
	stop()
}

// TestWrongPassword: VictoriaMetrics answers 401, which is tried again; a changed
// password file is used without a restart.
func TestWrongPassword(t *testing.T) {
	server := servers.VictoriaMetrics(t, servers.Options{Args: []string{"-httpAuth.username=weir", "-httpAuth.password=right"}})
	file := filepath.Join(t.TempDir(), "password")
	require.NoError(t, os.WriteFile(file, []byte("wrong\n"), 0o600))
	cfg := testConfig(server.URL())
	cfg.Username, cfg.PasswordFile = "weir", file
	exp := started(t, cfg, settings())
	err := exp.ConsumeMetrics(t.Context(), manyGauges(1))
	require.Error(t, err)
	assert.False(t, consumererror.IsPermanent(err))
	assert.Contains(t, err.Error(), fmt.Sprintf("status %d", http.StatusUnauthorized))
	require.NoError(t, os.WriteFile(file, []byte("right one"), 0o600))
	require.Error(t, exp.ConsumeMetrics(t.Context(), manyGauges(1)))
	require.NoError(t, os.WriteFile(file, []byte("right"), 0o600))
	require.NoError(t, exp.ConsumeMetrics(t.Context(), manyGauges(1)))
}
