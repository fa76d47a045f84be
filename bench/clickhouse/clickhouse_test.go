// Package clickhouse compares Weir's clickhouse exporter and contrib's, each
// as its factory makes it without queue, writing the same records to the same
// real ClickHouse engine over HTTP, and each into tables that it made itself.
// What counts is the CPU time of the exporters' process; the engine is a
// process of its own, and is asked in the end whether it has every row.
package clickhouse

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	contrib "github.com/open-telemetry/opentelemetry-collector-contrib/exporter/clickhouseexporter"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/weir-telemetry/weir/bench/cpu"
	"github.com/weir-telemetry/weir/exporters/clickhouseexporter"
	"github.com/weir-telemetry/weir/test/servers/clickhouse"
)

// rows of one request.
const rows = 10_000

var start = time.Now().Truncate(time.Second)

func resource(a pcommon.Map, i int) {
	a.PutStr("service.name", "checkout")
	a.PutStr("service.namespace", "shop")
	a.PutStr("service.version", "2026.11.3")
	a.PutStr("k8s.namespace.name", "shop")
	a.PutStr("k8s.deployment.name", "checkout")
	a.PutStr("k8s.pod.name", fmt.Sprintf("checkout-6c9f-%02d", i))
}

// attributes are ten, as the HTTP conventions have them.
func attributes(a pcommon.Map, i int) {
	a.PutStr("http.request.method", "GET")
	a.PutStr("http.route", "/api/v1/orders/{id}")
	a.PutStr("url.path", fmt.Sprintf("/api/v1/orders/%d", i))
	a.PutStr("url.scheme", "https")
	a.PutInt("http.response.status_code", 200)
	a.PutStr("server.address", "10.1.2.3")
	a.PutInt("server.port", 8080)
	a.PutStr("client.address", fmt.Sprintf("10.1.4.%d", i%250))
	a.PutStr("network.protocol.version", "1.1")
	a.PutDouble("weir.exchange.duration", float64(i%1000)/1e4)
}

// logs have a body of 400 bytes; 20 pods send them.
func logs() plog.Logs {
	ld := plog.NewLogs()
	for p := range 20 {
		rl := ld.ResourceLogs().AppendEmpty()
		resource(rl.Resource().Attributes(), p)
		sl := rl.ScopeLogs().AppendEmpty()
		sl.Scope().SetName("shop/checkout")
		for i := range rows / 20 {
			r := sl.LogRecords().AppendEmpty()
			r.SetTimestamp(pcommon.NewTimestampFromTime(start.Add(time.Duration(i) * time.Millisecond)))
			r.SetSeverityText("INFO")
			r.SetSeverityNumber(plog.SeverityNumberInfo)
			r.SetTraceID(pcommon.TraceID{1, byte(p), byte(i), byte(i >> 8), 5})
			r.SetSpanID(pcommon.SpanID{2, byte(p), byte(i), byte(i >> 8)})
			r.Body().SetStr(fmt.Sprintf("order %d of cart %d stored; %s", i, p, strings.Repeat("took the usual way through the shop ", 12))[:400])
			attributes(r.Attributes(), i)
		}
	}
	return ld
}

// traces have two events and a link each.
func traces() ptrace.Traces {
	td := ptrace.NewTraces()
	for p := range 20 {
		rs := td.ResourceSpans().AppendEmpty()
		resource(rs.Resource().Attributes(), p)
		ss := rs.ScopeSpans().AppendEmpty()
		ss.Scope().SetName("shop/checkout")
		for i := range rows / 20 {
			at := start.Add(time.Duration(i) * time.Millisecond)
			s := ss.Spans().AppendEmpty()
			s.SetName("GET /api/v1/orders/{id}")
			s.SetKind(ptrace.SpanKindServer)
			s.SetTraceID(pcommon.TraceID{1, byte(p), byte(i), byte(i >> 8), 5})
			s.SetSpanID(pcommon.SpanID{2, byte(p), byte(i), byte(i >> 8)})
			s.SetStartTimestamp(pcommon.NewTimestampFromTime(at))
			s.SetEndTimestamp(pcommon.NewTimestampFromTime(at.Add(3 * time.Millisecond)))
			attributes(s.Attributes(), i)
			for n := range 2 {
				e := s.Events().AppendEmpty()
				e.SetName("retry")
				e.SetTimestamp(pcommon.NewTimestampFromTime(at.Add(time.Duration(n) * time.Millisecond)))
				e.Attributes().PutInt("attempt", int64(n))
				e.Attributes().PutStr("reason", "connection reset by peer")
			}
			l := s.Links().AppendEmpty()
			l.SetTraceID(pcommon.TraceID{9, byte(i)})
			l.SetSpanID(pcommon.SpanID{9, byte(i)})
		}
	}
	return td
}

func check(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// exporters of both sides, with their settings for the engine at url.
func sides(url string) map[string]func() (exporter.Factory, component.Config) {
	return map[string]func() (exporter.Factory, component.Config){
		"weir": func() (exporter.Factory, component.Config) {
			f := clickhouseexporter.NewFactory()
			cfg := f.CreateDefaultConfig().(*clickhouseexporter.Config)
			cfg.Endpoint, cfg.Database = url, "weir"
			cfg.QueueConfig = configoptional.None[exporterhelper.QueueBatchConfig]()
			return f, cfg
		},
		"contrib": func() (exporter.Factory, component.Config) {
			f := contrib.NewFactory()
			cfg := f.CreateDefaultConfig().(*contrib.Config)
			cfg.Endpoint, cfg.Database, cfg.AsyncInsert = url, "contrib", false
			cfg.QueueSettings = configoptional.None[exporterhelper.QueueBatchConfig]()
			return f, cfg
		},
	}
}

func BenchmarkInsert(b *testing.B) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	b.Run("logs", func(b *testing.B) {
		ld := logs()
		compare(b, work{
			table: "otel_logs",
			create: func(f exporter.Factory, cfg component.Config) (component.Component, func() error) {
				e, err := f.CreateLogs(context.Background(), exportertest.NewNopSettings(f.Type()), cfg)
				check(b, err)
				return e, func() error { return e.ConsumeLogs(context.Background(), ld) }
			},
			number: func(n int64) {
				ld.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().At(0).Attributes().PutInt("http.request.number", n)
			},
		})
	})
	b.Run("traces", func(b *testing.B) {
		td := traces()
		compare(b, work{
			table: "otel_traces",
			create: func(f exporter.Factory, cfg component.Config) (component.Component, func() error) {
				e, err := f.CreateTraces(context.Background(), exportertest.NewNopSettings(f.Type()), cfg)
				check(b, err)
				return e, func() error { return e.ConsumeTraces(context.Background(), td) }
			},
			number: func(n int64) {
				td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0).Attributes().PutInt("http.request.number", n)
			},
		})
	})
}

// work is one signal.
type work struct {
	table  string
	create func(exporter.Factory, component.Config) (component.Component, func() error)
	// number changes the records a little: an insert like an earlier one is
	// a retry to Weir's tables, and its rows are not stored again.
	number func(n int64)
}

// compare prints rows per CPU-second of both and their ratio, bytes of a row
// in a request and on the engine's disk, and fails when rows are missing.
func compare(b *testing.B, w work) {
	engine, err := clickhouse.Start(b.Context(), clickhouse.Options{})
	check(b, err)
	b.Cleanup(func() { _ = engine.Close() })
	url := engine.URL()
	wire := meter(b, url)
	push, stored, sent := map[string]func(){}, map[string]int{}, map[string]float64{}
	var pushes int64
	prepare := func() { pushes++; w.number(pushes) }
	for name, side := range sides(wire.url) {
		e, consume := w.create(side())
		check(b, e.Start(context.Background(), componenttest.NewNopHost()))
		prepare()
		from := wire.bytes.Load()
		check(b, consume())
		sent[name] = float64(wire.bytes.Load()-from) / rows
		check(b, e.Shutdown(context.Background()))
		stored[name] = rows
	}
	for name, side := range sides(url) {
		e, consume := w.create(side())
		check(b, e.Start(context.Background(), componenttest.NewNopHost()))
		b.Cleanup(func() { _ = e.Shutdown(context.Background()) })
		push[name] = func() { check(b, consume()); stored[name] += rows }
		prepare()
		push[name]()
	}
	for b.Loop() {
		weir := cpu.Rate(b, rows, prepare, push["weir"])
		contrib := cpu.Rate(b, rows, prepare, push["contrib"])
		b.ReportMetric(weir, "weir-rows/cpu-s")
		b.ReportMetric(contrib, "contrib-rows/cpu-s")
		b.ReportMetric(weir/contrib, "ratio")
	}
	for name, want := range stored {
		if got := ask(b, url, "SELECT count() FROM "+name+"."+w.table); got != float64(want) {
			b.Fatalf("%s: %s has %.0f rows of %d", name, w.table, got, want)
		}
		onDisk := ask(b, url, "SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND database = '"+name+"' AND table = '"+w.table+"'")
		b.ReportMetric(sent[name], name+"-sent-B/row")
		b.ReportMetric(onDisk/float64(want), name+"-disk-B/row")
	}
}

// metered hands requests on and counts the bytes of their bodies.
type metered struct {
	url   string
	bytes atomic.Int64
}

func meter(b *testing.B, target string) *metered {
	to, err := url.Parse(target)
	check(b, err)
	m := &metered{}
	proxy := httputil.NewSingleHostReverseProxy(to)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, "read", http.StatusBadRequest)
			return
		}
		m.bytes.Add(int64(len(body)))
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		proxy.ServeHTTP(w, r)
	}))
	b.Cleanup(srv.Close)
	m.url = srv.URL
	return m
}

// ask returns the one number that a query yields.
func ask(b *testing.B, url, query string) float64 {
	resp, err := http.Post(url, "text/plain", strings.NewReader(query))
	check(b, err)
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	check(b, err)
	n, err := strconv.ParseFloat(strings.TrimSpace(string(text)), 64)
	if err != nil {
		b.Fatalf("%s: %s", query, text)
	}
	return n
}
