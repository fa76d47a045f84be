package clickhouseexporter

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/storage/filestorage"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/extension/extensiontest"

	"github.com/weir-telemetry/weir/exporters/clickhouseexporter/internal/metadata"
	"github.com/weir-telemetry/weir/test/servers/clickhouse"
)

const (
	crashRows      = 100  // records in one call of ConsumeLogs
	crashBatch     = 1000 // largest insert
	crashConsumers = 2
)

// storageHost is a host with one extension.
type storageHost struct {
	id  component.ID
	ext component.Component
}

func (h storageHost) GetExtensions() map[component.ID]component.Component {
	return map[component.ID]component.Component{h.id: h.ext}
}

// TestCrashChild is no test of its own: it is the process that
// TestKilledExporterLosesNothing kills. It sends records until its limit,
// writes a line for each accepted call, and stops when its input ends.
func TestCrashChild(t *testing.T) {
	endpoint := os.Getenv("CLICKHOUSE_CRASH_ENDPOINT")
	if endpoint == "" {
		t.Skip("runs as the child of TestKilledExporterLosesNothing")
	}
	calls, err := strconv.Atoi(os.Getenv("CLICKHOUSE_CRASH_CALLS"))
	require.NoError(t, err)
	ctx := context.Background()

	factory := filestorage.NewFactory()
	storageCfg := factory.CreateDefaultConfig().(*filestorage.Config)
	storageCfg.Directory = os.Getenv("CLICKHOUSE_CRASH_STORAGE")
	storage, err := factory.Create(ctx, extensiontest.NewNopSettings(factory.Type()), storageCfg)
	require.NoError(t, err)
	host := storageHost{component.NewID(factory.Type()), storage}
	require.NoError(t, storage.Start(ctx, host))

	cfg := createDefaultConfig().(*Config)
	cfg.Endpoint, cfg.TTL = endpoint, TTLConfig{}
	cfg.RetryConfig.InitialInterval = 50 * time.Millisecond
	cfg.RetryConfig.MaxInterval = 200 * time.Millisecond
	queue := cfg.QueueConfig.Get()
	queue.StorageID, queue.NumConsumers = &host.id, crashConsumers
	b := queue.Batch.Get()
	b.MinSize, b.MaxSize, b.FlushTimeout = crashBatch/2, crashBatch, 20*time.Millisecond
	set := exportertest.NewNopSettings(metadata.Type)
	set.ID = component.NewID(metadata.Type) // the queue's name in the storage
	e, err := NewFactory().CreateLogs(ctx, set, cfg)
	require.NoError(t, err)
	require.NoError(t, e.Start(ctx, host))
	for i := range calls {
		require.NoError(t, e.ConsumeLogs(ctx, sampleLogs(i*crashRows, crashRows)))
		fmt.Println("accepted", i)
	}
	_, err = io.Copy(io.Discard, os.Stdin)
	require.NoError(t, err)
	require.NoError(t, e.Shutdown(ctx))
	require.NoError(t, storage.Shutdown(ctx))
}

// crashChild starts the child; accepted is closed when its output ends.
func crashChild(t *testing.T, endpoint, storage string, calls int) (cmd *exec.Cmd, stdin io.WriteCloser, accepted <-chan int) {
	t.Helper()
	cmd = exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestCrashChild$")
	cmd.Env = append(os.Environ(), "CLICKHOUSE_CRASH_ENDPOINT="+endpoint,
		"CLICKHOUSE_CRASH_STORAGE="+storage, "CLICKHOUSE_CRASH_CALLS="+strconv.Itoa(calls))
	stdin, err := cmd.StdinPipe()
	require.NoError(t, err)
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	cmd.Stderr = os.Stderr
	require.NoError(t, cmd.Start())
	lines := make(chan int, calls+1)
	go func() {
		defer close(lines)
		for sc := bufio.NewScanner(stdout); sc.Scan(); {
			var i int
			if n, _ := fmt.Sscanf(sc.Text(), "accepted %d", &i); n == 1 {
				lines <- i
			}
		}
	}()
	return cmd, stdin, lines
}

// The engine is killed, then the exporter's process with kill -9 while its
// batches can't be delivered; a second process finds them in the storage.
func TestKilledExporterLosesNothing(t *testing.T) {
	s := clickhouse.Engine(t, clickhouse.Options{})
	storage := t.TempDir()
	cmd, _, accepted := crashChild(t, s.URL(), storage, 300)
	calls := 0
	for i := range accepted {
		calls = i + 1
		switch calls {
		case 20:
			require.NoError(t, s.Kill())
		case 150:
			require.NoError(t, cmd.Process.Kill())
		}
	}
	require.Error(t, cmd.Wait(), "the child was killed")
	require.GreaterOrEqual(t, calls, 150)
	require.NoError(t, s.Restart(t.Context()))

	second, stdin, _ := crashChild(t, s.URL(), storage, 0)
	want := calls * crashRows
	require.Eventually(t, func() bool {
		got, err := strconv.Atoi(query(t, s, fmt.Sprintf("SELECT uniqExact(LogAttributes['n']) FROM otel.otel_logs WHERE toUInt64(LogAttributes['n']) < %d", want)))
		return err == nil && got == want
	}, time.Minute, 100*time.Millisecond)
	require.NoError(t, stdin.Close())
	require.NoError(t, second.Wait())
	doubles, err := strconv.Atoi(query(t, s, "SELECT count() - uniqExact(LogAttributes['n']) FROM otel.otel_logs"))
	require.NoError(t, err)
	require.LessOrEqual(t, doubles, crashConsumers*crashBatch)
	t.Logf("%d accepted, %d doubles", want, doubles)
}
