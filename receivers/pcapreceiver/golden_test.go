package pcapreceiver

import (
	"bytes"
	"compress/gzip"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/golden"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/pdatatest/plogtest"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/pdatatest/ptracetest"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/receiver/receivertest"

	"github.com/weir-telemetry/weir/internal/capture/capturetest"
	"github.com/weir-telemetry/weir/receivers/pcapreceiver/internal/metadata"
)

var update = flag.Bool("update", false, "rewrite the goldens")

// TestGolden reads a capture that holds what the receiver's README promises:
// pipelined requests, a chunked and gzipped answer, a form, a HEAD, an error.
func TestGolden(t *testing.T) {
	ends := ended(t)
	cfg := config(mixedCapture(t))
	set := receivertest.NewNopSettings(metadata.Type)
	var logs consumertest.LogsSink
	var traces consumertest.TracesSink
	l, err := NewFactory().CreateLogs(t.Context(), set, cfg, &logs)
	require.NoError(t, err)
	tr, err := NewFactory().CreateTraces(t.Context(), set, cfg, &traces)
	require.NoError(t, err)
	for _, c := range []component.Component{l, tr} {
		require.NoError(t, c.Start(t.Context(), host{}))
	}
	require.Eventually(t, func() bool { return ends.Load() > 0 }, 10*time.Second, time.Millisecond)
	for _, c := range []component.Component{l, tr} {
		require.NoError(t, c.Shutdown(t.Context()))
	}
	require.Len(t, logs.AllLogs(), 1)
	require.Len(t, traces.AllTraces(), 1)
	ld, td := logs.AllLogs()[0], traces.AllTraces()[0]
	withoutRandomIDs(ld, td)

	logsFile, tracesFile := filepath.Join("testdata", "golden_logs.yaml"), filepath.Join("testdata", "golden_traces.yaml")
	if *update {
		require.NoError(t, golden.WriteLogs(t, logsFile, ld))
		require.NoError(t, golden.WriteTraces(t, tracesFile, td))
	}
	wantLogs, err := golden.ReadLogs(logsFile)
	require.NoError(t, err)
	require.NoError(t, plogtest.CompareLogs(wantLogs, ld, plogtest.IgnoreObservedTimestamp()))
	wantTraces, err := golden.ReadTraces(tracesFile)
	require.NoError(t, err)
	require.NoError(t, ptracetest.CompareTraces(wantTraces, td))
}

func withoutRandomIDs(ld plog.Logs, td ptrace.Traces) {
	given := pcommon.TraceID{0x4b, 0xf9, 0x2f, 0x35, 0x77, 0xb3, 0x4d, 0xa6, 0xa3, 0xce, 0x92, 0x9d, 0x0e, 0x0e, 0x47, 0x36}
	records := ld.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords()
	for i := range records.Len() {
		r := records.At(i)
		r.SetSpanID(pcommon.SpanID{byte(i + 1)})
		r.SetObservedTimestamp(0)
		if r.TraceID() != given {
			r.SetTraceID(pcommon.TraceID{byte(i + 1)})
		}
	}
	spans := td.ResourceSpans().At(0).ScopeSpans().At(0).Spans()
	for i := range spans.Len() {
		s := spans.At(i)
		s.SetSpanID(pcommon.SpanID{byte(i + 1)})
		if s.TraceID() != given {
			s.SetTraceID(pcommon.TraceID{byte(i + 1)})
		}
	}
}

func mixedCapture(t *testing.T) string {
	c := capturetest.NewConn(netip.MustParseAddrPort("10.0.0.9:40000"), netip.MustParseAddrPort("10.0.0.1:8080"),
		time.Unix(1_700_000_000, 0), 1, 1)
	c.Open()
	c.Request([]byte("GET /users/17?full=1 HTTP/1.1\r\nHost: users\r\n" +
		"traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n\r\n" +
		"HEAD /health HTTP/1.1\r\nHost: users\r\n\r\n"))
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	_, err := w.Write([]byte(`{"id":17,"plan":"free"}`))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	c.Response(fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n"+
		"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", zipped.Len(), zipped.Bytes()))
	c.Response([]byte("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"))
	form := "plan=pro&page=2"
	c.Request(fmt.Appendf(nil, "POST /users/17/plan HTTP/1.1\r\nHost: users\r\nContent-Type: application/x-www-form-urlencoded\r\n"+
		"Content-Length: %d\r\n\r\n%s", len(form), form))
	c.Response([]byte("HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\nbusy"))
	c.Close()
	path := filepath.Join(t.TempDir(), "mixed.pcap")
	f, err := os.Create(path) // #nosec G304 -- a folder of this test
	require.NoError(t, err)
	require.NoError(t, capturetest.WritePcap(f, c.Packets))
	require.NoError(t, f.Close())
	return path
}
