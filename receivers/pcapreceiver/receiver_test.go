package pcapreceiver

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/receiver/receivertest"

	"github.com/weir-telemetry/weir/internal/capture/capturetest"
	"github.com/weir-telemetry/weir/receivers/pcapreceiver/internal/metadata"
)

type host struct{ events chan *componentstatus.Event }

func (host) GetExtensions() map[component.ID]component.Component { return nil }
func (h host) Report(e *componentstatus.Event)                   { h.events <- e }

// captureFile writes a capture of n exchanges on one connection.
func captureFile(t *testing.T, n int) string {
	c := capturetest.NewConn(netip.MustParseAddrPort("10.0.0.9:40000"), netip.MustParseAddrPort("10.0.0.1:8080"),
		time.Unix(1_700_000_000, 0), 1, 1)
	c.Open()
	for i := range n {
		c.Request(fmt.Appendf(nil, "GET /users/%d?full=1 HTTP/1.1\r\nHost: users\r\n\r\n", i))
		body := fmt.Sprintf(`{"n":%d}`, i)
		c.Response(fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body))
	}
	c.Close()
	path := filepath.Join(t.TempDir(), "a.pcap")
	f, err := os.Create(path)
	require.NoError(t, err)
	require.NoError(t, capturetest.WritePcap(f, c.Packets))
	require.NoError(t, f.Close())
	return path
}

// ended replaces the signal and counts.
func ended(t *testing.T) *atomic.Int32 {
	var n atomic.Int32
	before := signalSelf
	signalSelf = func() error { n.Add(1); return nil }
	t.Cleanup(func() { signalSelf = before })
	return &n
}

func config(files ...string) *Config {
	cfg := createDefaultConfig().(*Config)
	cfg.Files, cfg.StopAtEnd = files, true
	return cfg
}

func TestFilesToThreeSignals(t *testing.T) {
	ends := ended(t)
	cfg := config(captureFile(t, 3))
	set := receivertest.NewNopSettings(metadata.Type)
	var logs consumertest.LogsSink
	var traces consumertest.TracesSink
	var metrics consumertest.MetricsSink
	f := NewFactory()
	l, err := f.CreateLogs(t.Context(), set, cfg, &logs)
	require.NoError(t, err)
	tr, err := f.CreateTraces(t.Context(), set, cfg, &traces)
	require.NoError(t, err)
	m, err := f.CreateMetrics(t.Context(), set, cfg, &metrics)
	require.NoError(t, err)
	for _, c := range []component.Component{l, tr, m} {
		require.NoError(t, c.Start(t.Context(), host{}))
	}
	require.Eventually(t, func() bool { return ends.Load() > 0 }, 10*time.Second, time.Millisecond)
	require.Equal(t, 3, logs.LogRecordCount())
	require.Equal(t, 3, traces.SpanCount())
	require.Equal(t, 1, metrics.DataPointCount())
	rec := logs.AllLogs()[0].ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().At(1)
	assert.Equal(t, "weir.exchange", rec.EventName())
	got := rec.Attributes().AsRaw()
	assert.Equal(t, "/users/{id}", got["http.route"])
	assert.Equal(t, "/users/1", got["url.path"])
	assert.EqualValues(t, 200, got["http.response.status_code"])
	assert.Equal(t, `{"n":1}`, rec.Body().Map().AsRaw()["response"].(map[string]any)["body"])
	span := traces.AllTraces()[0].ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(1)
	assert.Equal(t, "GET /users/{id}", span.Name())
	assert.Equal(t, rec.SpanID(), span.SpanID())
	for _, c := range []component.Component{l, tr, m} {
		require.NoError(t, c.Shutdown(t.Context()))
	}
}

func TestFilesWaitForRefusingPipeline(t *testing.T) {
	ends := ended(t)
	var tries, taken atomic.Int32
	next, err := consumer.NewLogs(func(_ context.Context, ld plog.Logs) error {
		if tries.Add(1) <= 2 {
			return errors.New("busy")
		}
		taken.Add(int32(ld.LogRecordCount()))
		return nil
	})
	require.NoError(t, err)
	r, err := NewFactory().CreateLogs(t.Context(), receivertest.NewNopSettings(metadata.Type), config(captureFile(t, 5)), next)
	require.NoError(t, err)
	require.NoError(t, r.Start(t.Context(), host{}))
	require.Eventually(t, func() bool { return ends.Load() > 0 }, 10*time.Second, time.Millisecond)
	assert.EqualValues(t, 5, taken.Load())
	require.NoError(t, r.Shutdown(t.Context()))
}

func TestUnreadableFileIsFatal(t *testing.T) {
	ends := ended(t)
	bad := filepath.Join(t.TempDir(), "bad.pcap")
	require.NoError(t, os.WriteFile(bad, []byte("this is no capture at all"), 0o600))
	var logs consumertest.LogsSink
	r, err := NewFactory().CreateLogs(t.Context(), receivertest.NewNopSettings(metadata.Type), config(bad, captureFile(t, 1)), &logs)
	require.NoError(t, err)
	h := host{events: make(chan *componentstatus.Event, 1)}
	require.NoError(t, r.Start(t.Context(), h))
	e := <-h.events
	assert.Equal(t, componentstatus.StatusFatalError, e.Status())
	assert.Equal(t, 1, logs.LogRecordCount(), "the other file was read")
	assert.Zero(t, ends.Load())
	require.NoError(t, r.Shutdown(t.Context()))
}

func TestMissingFileFailsStart(t *testing.T) {
	for _, f := range []string{"none.pcap", "none*.pcap"} {
		r, err := NewFactory().CreateLogs(t.Context(), receivertest.NewNopSettings(metadata.Type), config(f), consumertest.NewNop())
		require.NoError(t, err)
		assert.ErrorContains(t, r.Start(t.Context(), host{}), "files")
		require.NoError(t, r.Shutdown(t.Context()))
	}
	assert.Zero(t, unfinished.Load())
}
