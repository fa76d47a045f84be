package clickhouseexporter

import (
	"context"
	"fmt"
	"io"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/weir-telemetry/weir/exporters/clickhouseexporter/internal/metadata"
	"github.com/weir-telemetry/weir/test/servers"
	"github.com/weir-telemetry/weir/test/servers/clickhouse"
)

func testConfig(s *servers.Server) *Config {
	cfg := createDefaultConfig().(*Config)
	cfg.Endpoint = s.URL()
	cfg.TTL = TTLConfig{}
	cfg.RetryConfig.InitialInterval = 50 * time.Millisecond
	cfg.RetryConfig.MaxInterval = 200 * time.Millisecond
	cfg.QueueConfig.Get().Batch.Get().FlushTimeout = 20 * time.Millisecond
	return cfg
}

func query(t testing.TB, s *servers.Server, q string) string {
	t.Helper()
	c := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := c.Post(s.URL(), "text/plain", strings.NewReader(q))
	require.NoError(t, err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, resp.StatusCode, "%s", b)
	return strings.TrimSpace(string(b))
}

func startLogs(t testing.TB, cfg *Config) exporter.Logs {
	t.Helper()
	e, err := NewFactory().CreateLogs(context.Background(), exportertest.NewNopSettings(metadata.Type), cfg)
	require.NoError(t, err)
	require.NoError(t, e.Start(context.Background(), componenttest.NewNopHost()))
	return e
}

// sampleLogs makes n records that differ by attribute n.
func sampleLogs(from, n int) plog.Logs {
	ld := plog.NewLogs()
	rl := ld.ResourceLogs().AppendEmpty()
	rl.SetSchemaUrl("https://schema.example/r")
	rl.Resource().Attributes().PutStr("service.name", "cart")
	sl := rl.ScopeLogs().AppendEmpty()
	sl.Scope().SetName("scope")
	sl.Scope().SetVersion("1.2")
	sl.Scope().Attributes().PutBool("beta", true)
	for i := from; i < from+n; i++ {
		r := sl.LogRecords().AppendEmpty()
		r.SetTimestamp(pcommon.Timestamp(1_790_000_000_123_456_789 + i))
		r.SetSeverityText("INFO")
		r.SetSeverityNumber(plog.SeverityNumberInfo)
		r.SetEventName("weir.exchange")
		r.Body().SetStr("GET /cart")
		r.Attributes().PutInt("n", int64(i))
	}
	return ld
}

func TestLogValuesRoundTrip(t *testing.T) {
	s := clickhouse.Engine(t, clickhouse.Options{})
	e := startLogs(t, testConfig(s))
	ld := sampleLogs(7, 1)
	r := ld.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().At(0)
	r.SetTraceID([16]byte{0xab, 15: 1})
	r.SetSpanID([8]byte{0xcd, 7: 2})
	r.SetFlags(1)
	body := r.Body().SetEmptyMap()
	body.PutEmptyMap("request").PutStr("body", "a\"b\n\u00fc\U0001f600")
	a := r.Attributes()
	a.PutStr("s", "tab\tand ' quote")
	a.PutStr("empty", "")
	a.PutBool("b", true)
	a.PutDouble("d", 1.5)
	a.PutInt("big", math.MaxInt64)
	a.PutEmptyBytes("bytes").FromRaw([]byte{0, 255})
	a.PutEmptySlice("slice").AppendEmpty().SetInt(3)
	a.PutEmptyMap("map").PutStr("k", "v")
	a.PutEmpty("none")
	far := ld.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().AppendEmpty()
	far.SetTimestamp(math.MaxUint64)
	ld.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().AppendEmpty() // all zero
	require.NoError(t, e.ConsumeLogs(t.Context(), ld))
	require.NoError(t, e.Shutdown(t.Context()))

	require.Equal(t, "3", query(t, s, "SELECT count() FROM otel.otel_logs"))
	got := query(t, s, `SELECT toUnixTimestamp64Nano(Timestamp), TraceId, SpanId, TraceFlags, SeverityText, SeverityNumber, ServiceName, Body,
		ResourceSchemaUrl, ScopeName, ScopeVersion, ScopeAttributes['beta'], EventName, ResourceAttributes['service.name']
		FROM otel.otel_logs WHERE TraceId != '' FORMAT TabSeparatedRaw`)
	require.Equal(t, "1790000000123456796\tab000000000000000000000000000001\tcd00000000000002\t1\tINFO\t9\tcart\t"+
		`{"request":{"body":"a\"b\nü😀"}}`+"\thttps://schema.example/r\tscope\t1.2\ttrue\tweir.exchange\tcart", got)
	got = query(t, s, `SELECT LogAttributes FROM otel.otel_logs WHERE TraceId != '' FORMAT JSONEachRow`)
	require.JSONEq(t, `{"LogAttributes":{"n":"7","s":"tab\tand ' quote","empty":"","b":"true","d":"1.5","big":"9223372036854775807",
		"bytes":"AP8=","slice":"[3]","map":"{\"k\":\"v\"}","none":""}}`, got)
	require.Equal(t, "0\n9223372036854775807", query(t, s,
		"SELECT toUnixTimestamp64Nano(Timestamp) AS n FROM otel.otel_logs WHERE TraceId = '' ORDER BY n"))
}

func TestSpanValuesRoundTrip(t *testing.T) {
	s := clickhouse.Engine(t, clickhouse.Options{})
	e, err := NewFactory().CreateTraces(t.Context(), exportertest.NewNopSettings(metadata.Type), testConfig(s))
	require.NoError(t, err)
	require.NoError(t, e.Start(t.Context(), componenttest.NewNopHost()))
	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	rs.Resource().Attributes().PutStr("service.name", "cart")
	ss := rs.ScopeSpans().AppendEmpty()
	sp := ss.Spans().AppendEmpty()
	sp.SetTraceID([16]byte{1})
	sp.SetSpanID([8]byte{2})
	sp.SetParentSpanID([8]byte{3})
	sp.SetName("GET /cart")
	sp.SetKind(ptrace.SpanKindServer)
	sp.SetStartTimestamp(1_790_000_000_000_000_001)
	sp.SetEndTimestamp(1_790_000_000_000_000_043)
	sp.Status().SetCode(ptrace.StatusCodeError)
	sp.Status().SetMessage("gone")
	for i := range 2 {
		ev := sp.Events().AppendEmpty()
		ev.SetName(fmt.Sprintf("ev%d", i))
		ev.SetTimestamp(pcommon.Timestamp(i))
		ev.Attributes().PutInt("i", int64(i))
	}
	l := sp.Links().AppendEmpty()
	l.SetTraceID([16]byte{9})
	l.Attributes().PutStr("k", "v")
	ss.Spans().AppendEmpty().SetStartTimestamp(1_790_000_000_000_000_001)
	require.NoError(t, e.ConsumeTraces(t.Context(), td))
	require.NoError(t, e.Shutdown(t.Context()))

	require.Equal(t, "01000000000000000000000000000000\t0200000000000000\t0300000000000000\tGET /cart\tServer\tcart\t42\tError\tgone\t['ev0','ev1']\t[{'i':'0'},{'i':'1'}]\t['09000000000000000000000000000000']\t[{'k':'v'}]",
		query(t, s, "SELECT TraceId, SpanId, ParentSpanId, SpanName, SpanKind, ServiceName, Duration, StatusCode, StatusMessage, Events.Name, Events.Attributes, Links.TraceId, Links.Attributes FROM otel.otel_traces WHERE TraceId != '' FORMAT TabSeparatedRaw"))
	require.Equal(t, "1", query(t, s, "SELECT count() FROM otel.otel_traces_trace_id_ts"))
	require.Equal(t, "2\t0", query(t, s, "SELECT count(), min(Duration) FROM otel.otel_traces"))
}

func TestLargeBatchCompressionsAndRestart(t *testing.T) {
	s := clickhouse.Engine(t, clickhouse.Options{})
	for i, compression := range []string{compressionLZ4, compressionZSTD, compressionNone} {
		cfg := testConfig(s)
		cfg.BlockCompression = compression
		e := startLogs(t, cfg) // the second and third start find the tables
		require.NoError(t, e.ConsumeLogs(t.Context(), sampleLogs(i*10_000, 10_000)))
		require.NoError(t, e.Shutdown(t.Context()))
	}
	require.Equal(t, "30000\t30000", query(t, s, "SELECT count(), uniqExact(LogAttributes['n']) FROM otel.otel_logs"))
	// The same batch again is a retry to the server.
	e := startLogs(t, testConfig(s))
	require.NoError(t, e.ConsumeLogs(t.Context(), sampleLogs(0, 10_000)))
	require.NoError(t, e.Shutdown(t.Context()))
	require.Equal(t, "30000", query(t, s, "SELECT count() FROM otel.otel_logs"))
}

func TestTTLIsInTheTable(t *testing.T) {
	s := clickhouse.Engine(t, clickhouse.Options{})
	cfg := testConfig(s)
	cfg.TTL.Logs = 168 * time.Hour
	require.NoError(t, startLogs(t, cfg).Shutdown(t.Context()))
	require.Contains(t, query(t, s, "SHOW CREATE TABLE otel.otel_logs"), "TTL TimestampTime + toIntervalSecond(604800)")
}

func TestWrongSchemaAndPasswordFailTheStart(t *testing.T) {
	s := clickhouse.Engine(t, clickhouse.Options{})
	query(t, s, "CREATE DATABASE otel")
	query(t, s, "CREATE TABLE otel.otel_logs (Timestamp DateTime) ENGINE = MergeTree ORDER BY Timestamp")
	require.ErrorContains(t, startError(t, testConfig(s)), "column Timestamp has type DateTime, DateTime64(9) is written")

	locked := clickhouse.Engine(t, clickhouse.Options{User: "weir", Password: "right"})
	cfg := testConfig(locked)
	cfg.Username, cfg.Password = "weir", configopaque.String("wrong")
	err := startError(t, cfg)
	require.ErrorContains(t, err, "AUTHENTICATION_FAILED")
	require.NotContains(t, err.Error(), "wrong")
	cfg.Password = "right"
	require.NoError(t, startLogs(t, cfg).Shutdown(t.Context()))
}

func startError(t *testing.T, cfg component.Config) error {
	t.Helper()
	e, err := NewFactory().CreateLogs(t.Context(), exportertest.NewNopSettings(metadata.Type), cfg)
	require.NoError(t, err)
	defer func() { require.NoError(t, e.Shutdown(context.Background())) }()
	return e.Start(t.Context(), componenttest.NewNopHost())
}

// The engine is killed again and again while batches are sent; each record
// must be there once in the end.
func TestKilledServerLosesAndDoublesNothing(t *testing.T) {
	s := clickhouse.Engine(t, clickhouse.Options{})
	cfg := testConfig(s)
	cfg.QueueConfig.Get().BlockOnOverflow = true
	e := startLogs(t, cfg)
	const size = 200
	sent := 0
	send := func(batches int) {
		for range batches {
			require.NoError(t, e.ConsumeLogs(t.Context(), sampleLogs(sent, size)))
			sent += size
		}
	}
	arrived := func() {
		require.Eventually(t, func() bool {
			return query(t, s, "SELECT uniqExact(LogAttributes['n']) FROM otel.otel_logs") == fmt.Sprint(sent)
		}, time.Minute, 200*time.Millisecond)
	}
	for round := range servers.Long(3, 200) {
		send(15)
		require.NoError(t, s.Kill()) // while these are under way
		send(5)
		require.NoError(t, s.Restart(t.Context()))
		// The queue holds 1000 requests, and a round leaves it hardly time to
		// send: full, it would block while the engine is away.
		if round%10 == 9 {
			arrived()
		}
	}
	arrived()
	require.NoError(t, e.Shutdown(t.Context()))
	require.Equal(t, fmt.Sprint(sent), query(t, s, "SELECT count() FROM otel.otel_logs"))
}
