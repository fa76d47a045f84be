package piiredactionprocessor

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/processor/processortest"

	"github.com/weir-telemetry/weir/processors/piiredactionprocessor/internal/metadata"
)

const (
	mail = "rosa.lindqvist@mail.example"
	card = "4111111111111111"
)

func keyFile(t testing.TB) string {
	f := filepath.Join(t.TempDir(), "key")
	require.NoError(t, os.WriteFile(f, []byte("a key of more than sixteen bytes\n"), 0o600))
	return f
}

func redactorOf(t testing.TB, action string) *redactor {
	cfg := &Config{DefaultAction: action, KeyFile: keyFile(t)}
	require.NoError(t, cfg.Validate())
	p, err := newProcessor(processortest.NewNopSettings(metadata.Type), cfg)
	require.NoError(t, err)
	require.NoError(t, p.start(context.Background(), componenttest.NewNopHost()))
	t.Cleanup(func() { _ = p.shutdown(context.Background()) })
	return p
}

var actions = []string{"mask", "replace", "remove", "hash"}

// One value in one place; none may be left, and a second pass changes nothing.
func TestLogPlaces(t *testing.T) {
	for name, plant := range map[string]func(plog.ResourceLogs, plog.LogRecord){
		"attribute": func(_ plog.ResourceLogs, r plog.LogRecord) { r.Attributes().PutStr("m", mail) },
		"int":       func(_ plog.ResourceLogs, r plog.LogRecord) { r.Attributes().PutInt("card", 4111111111111111) },
		"double":    func(_ plog.ResourceLogs, r plog.LogRecord) { r.Attributes().PutDouble("card", 4111111111111111) },
		"map":       func(_ plog.ResourceLogs, r plog.LogRecord) { r.Attributes().PutEmptyMap("m").PutStr("x", mail) },
		"slice": func(_ plog.ResourceLogs, r plog.LogRecord) {
			r.Attributes().PutEmptySlice("m").AppendEmpty().SetStr(mail)
		},
		"bytes": func(_ plog.ResourceLogs, r plog.LogRecord) {
			r.Attributes().PutEmptyBytes("m").FromRaw([]byte("to " + mail))
		},
		"binary": func(_ plog.ResourceLogs, r plog.LogRecord) {
			r.Body().SetEmptyBytes().FromRaw([]byte("\xff\x00 " + mail + " \xfe"))
		},
		"key":        func(_ plog.ResourceLogs, r plog.LogRecord) { r.Attributes().PutStr(mail, "x") },
		"nested key": func(_ plog.ResourceLogs, r plog.LogRecord) { r.Body().SetEmptyMap().PutEmptyMap("a").PutInt(mail, 1) },
		"event name": func(_ plog.ResourceLogs, r plog.LogRecord) { r.SetEventName("sent to " + mail) },
		"severity":   func(_ plog.ResourceLogs, r plog.LogRecord) { r.SetSeverityText(mail) },
		"body":       func(_ plog.ResourceLogs, r plog.LogRecord) { r.Body().SetStr("sent to " + mail) },
		"json body": func(_ plog.ResourceLogs, r plog.LogRecord) {
			r.Body().SetStr(`{"m":["` + mail + `"],"c":` + card + `}`)
		},
		"json bytes": func(_ plog.ResourceLogs, r plog.LogRecord) {
			r.Body().SetEmptyBytes().FromRaw([]byte(`{"` + mail + `":1}`))
		},
		"resource":      func(l plog.ResourceLogs, _ plog.LogRecord) { l.Resource().Attributes().PutStr("service.name", mail) },
		"scope":         func(l plog.ResourceLogs, _ plog.LogRecord) { l.ScopeLogs().At(0).Scope().SetName(mail) },
		"scope version": func(l plog.ResourceLogs, _ plog.LogRecord) { l.ScopeLogs().At(0).Scope().SetVersion(mail) },
		"schema url":    func(l plog.ResourceLogs, _ plog.LogRecord) { l.SetSchemaUrl("https://x.example/?m=" + mail) },
		"query":         func(_ plog.ResourceLogs, r plog.LogRecord) { r.Attributes().PutStr("url.query", "m="+mail) },
		"escaped path":  func(_ plog.ResourceLogs, r plog.LogRecord) { r.Attributes().PutStr("url.path", "/u/"+mail) },
		"statement": func(_ plog.ResourceLogs, r plog.LogRecord) {
			r.Attributes().PutStr("db.query.text", "select '"+mail+"'")
		},
		"header": func(_ plog.ResourceLogs, r plog.LogRecord) {
			r.Attributes().PutEmptySlice("http.request.header.cookie").AppendEmpty().SetStr(mail)
		},
		"header in body": func(_ plog.ResourceLogs, r plog.LogRecord) { exchangeHeader(r, "authorization", mail) },
	} {
		for _, a := range actions {
			t.Run(name+"/"+a, func(t *testing.T) {
				ld := plog.NewLogs()
				rl := ld.ResourceLogs().AppendEmpty()
				r := rl.ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
				plant(rl, r)
				m := plog.ProtoMarshaler{}
				j := plog.JSONMarshaler{}
				p := redactorOf(t, a)
				_, _ = p.logs(t.Context(), ld)
				once, err := m.MarshalLogs(ld)
				require.NoError(t, err)
				text, err := j.MarshalLogs(ld)
				require.NoError(t, err)
				clean(t, once, text)
				require.Equal(t, 1, ld.LogRecordCount())
				if s := r.Body().AsString(); strings.HasPrefix(name, "json body") {
					require.True(t, json.Valid([]byte(s)), s)
				}
				_, _ = p.logs(t.Context(), ld)
				twice, err := m.MarshalLogs(ld)
				require.NoError(t, err)
				require.Equal(t, string(once), string(twice))
			})
		}
	}
}

func exchangeHeader(r plog.LogRecord, name, value string) {
	r.SetEventName("weir.exchange")
	r.Body().SetEmptyMap().PutEmptyMap("request").PutEmptyMap("headers").PutEmptySlice(name).AppendEmpty().SetStr(value)
}

func clean(t *testing.T, forms ...[]byte) {
	t.Helper()
	for _, b := range forms {
		require.NotContains(t, string(b), "lindqvist")
		require.NotContains(t, string(b), card)
	}
}

func TestSpanPlaces(t *testing.T) {
	for name, plant := range map[string]func(ptrace.Span){
		"name":        func(s ptrace.Span) { s.SetName("get " + mail) },
		"status":      func(s ptrace.Span) { s.Status().SetMessage("no " + mail) },
		"trace state": func(s ptrace.Span) { s.TraceState().FromRaw("a=1,b=" + mail) },
		"event":       func(s ptrace.Span) { s.Events().AppendEmpty().SetName(mail) },
		"event attr":  func(s ptrace.Span) { s.Events().AppendEmpty().Attributes().PutStr("m", mail) },
		"link state":  func(s ptrace.Span) { s.Links().AppendEmpty().TraceState().FromRaw("b=" + mail) },
		"link attr":   func(s ptrace.Span) { s.Links().AppendEmpty().Attributes().PutStr("m", mail) },
	} {
		for _, a := range actions {
			t.Run(name+"/"+a, func(t *testing.T) {
				td := ptrace.NewTraces()
				s := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty()
				plant(s)
				_, _ = redactorOf(t, a).traces(t.Context(), td)
				j := ptrace.JSONMarshaler{}
				text, err := j.MarshalTraces(td)
				require.NoError(t, err)
				clean(t, text)
				require.Equal(t, 1, td.SpanCount())
			})
		}
	}
}

// Two series that differ in a value only stay two.
func TestSeriesStayApart(t *testing.T) {
	for _, a := range actions {
		md := pmetric.NewMetrics()
		m := md.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty().Metrics().AppendEmpty()
		g := m.SetEmptyGauge()
		for _, v := range []string{mail, "b." + mail, mail} {
			p := g.DataPoints().AppendEmpty()
			p.Attributes().PutStr("m", v)
			p.Exemplars().AppendEmpty().FilteredAttributes().PutStr("m", v)
		}
		_, _ = redactorOf(t, a).metrics(t.Context(), md)
		j := pmetric.JSONMarshaler{}
		text, err := j.MarshalMetrics(md)
		require.NoError(t, err)
		clean(t, text)
		ps := g.DataPoints()
		require.False(t, ps.At(0).Attributes().Equal(ps.At(1).Attributes()), a)
		require.True(t, ps.At(0).Attributes().Equal(ps.At(2).Attributes()), a)
		_, has := ps.At(0).Attributes().Get(seriesKey)
		require.Equal(t, a != "hash", has)
	}
}
