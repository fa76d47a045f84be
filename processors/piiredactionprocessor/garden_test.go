package piiredactionprocessor

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"mime/multipart"
	"net/textproto"
	"net/url"
	"strings"
	"testing"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// secret is a made-up value that must not be left, in whatever coding. Without
// a key it is found by its own shape.
type secret struct{ key, value string }

var secrets = []secret{
	{"", "rosa.lindqvist@mail.example"},
	{"", "4111 1111 1111 1111"},
	{"", "5500005555555559"},
	{"", "DE89 3704 0044 0532 0130 00"},
	{"", "GB33BUKB20201555555555"},
	{"", "536-22-8145"},
	{"", "+49 176 12345678"},
	{"", "203.0.113.77"},
	{"", "2001:db8:85a3::8a2e:370:7334"},
	{"", "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"},
	{"", "ghp_16C7e42F292c6912E7710c838347Ae178B4a"},
	{"password", "hunter2"},
	{"client_secret", "Zyx-9!wvu"},
	{"first_name", "Annelise"},
	{"date_of_birth", "1987-03-14"},
	{"ssn", "536228145"},
	{"api_key", "q8w7e6r5t4y3u2i1"},
}

// codings of a secret in kept bytes.
func codings(s string) []string {
	js, _ := json.Marshal(s)
	esc := strings.Trim(string(js), `"`)
	js2, _ := json.Marshal(esc)
	out := []string{s, esc, strings.Trim(string(js2), `"`), url.QueryEscape(s), url.PathEscape(s), everyByte(s)}
	if digits := strings.ReplaceAll(s, " ", ""); digits != s {
		out = append(out, digits)
	}
	return out
}

func everyByte(s string) string {
	var b strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&b, "%%%02X", s[i])
	}
	return b.String()
}

// left returns the first secret that is in b, or in the bytes values of the
// JSON that b is, with what stands around it; empty when there is none.
func left(b []byte, of []secret) (found string) {
	for _, s := range of {
		for _, c := range codings(s.value) {
			if bytes.Contains(b, []byte(c)) {
				return fmt.Sprintf("%s %q as %q in %q", s.key, s.value, c, around(b, c))
			}
		}
	}
	var tree any
	if json.Unmarshal(b, &tree) == nil {
		bytesValues(tree, func(inner []byte) {
			if l := left(inner, of); l != "" {
				found = "bytes: " + l
			}
		})
	}
	return found
}

func clearOf(t testing.TB, b []byte, of []secret, action string) {
	t.Helper()
	if l := left(b, of); l != "" {
		t.Fatalf("%s leaves %s", action, l)
	}
}

func around(b []byte, c string) []byte {
	n := bytes.Index(b, []byte(c))
	return b[max(0, n-80):min(len(b), n+len(c)+40)]
}

func bytesValues(v any, f func([]byte)) {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			if s, ok := e.(string); ok && k == "bytesValue" {
				if b, err := base64.StdEncoding.DecodeString(s); err == nil {
					f(b)
				}
			}
			bytesValues(e, f)
		}
	case []any:
		for _, e := range v {
			bytesValues(e, f)
		}
	}
}

// garden grows random telemetry with secrets in it.
type garden struct{ *rand.Rand }

func (g *garden) pick() secret { return secrets[g.IntN(len(secrets))] }

// text is prose, JSON, a form or a URL that holds s.
func (g *garden) text(s secret) string {
	key := s.key
	if key == "" {
		key = []string{"a", "note", "userData", "x-thing"}[g.IntN(4)]
	}
	js, _ := json.Marshal(map[string]any{"id": 7, key: s.value, "ok": true})
	switch g.IntN(9) {
	case 0:
		return string(js)
	case 1:
		inner, _ := json.Marshal(map[string]any{"payload": string(js), "n": []int{1, 2}})
		return string(inner)
	case 2:
		return "a=1&" + url.QueryEscape(key) + "=" + url.QueryEscape(s.value) + "&z=2"
	case 3:
		return "https://shop.example/x?" + url.QueryEscape(key) + "=" + url.QueryEscape(s.value)
	case 4:
		return "[" + string(js) + ",{\"b\":null}]"
	case 5:
		return string(js) + "\n" + string(js) + "\n"
	case 6:
		if s.key == "" {
			return s.value
		}
		return `level=info ` + key + `="` + s.value + `" ok=true`
	case 7:
		return prose(s)
	default:
		return "POST failed: " + string(js)
	}
}

func prose(s secret) string {
	if s.key == "" {
		return "seen " + s.value + ", twice: (" + s.value + ")"
	}
	return `WARN {"` + s.key + `": "` + s.value + `"} refused`
}

// grow fills v, which stands under no key of meaning.
func (g *garden) grow(v pcommon.Value, depth int) {
	switch n := g.IntN(9); {
	case n == 0 && depth < 6:
		g.fill(v.SetEmptyMap(), depth+1)
	case n == 1 && depth < 6:
		s := v.SetEmptySlice()
		for range g.IntN(4) {
			g.grow(s.AppendEmpty(), depth+1)
		}
	case n == 2:
		v.SetEmptyBytes().FromRaw([]byte(g.text(g.pick())))
	case n == 3:
		v.SetEmptyBytes().FromRaw([]byte("\xff\xfe \x00 " + prose(g.pick()) + " \x00"))
	case n == 4:
		v.SetBool(true)
	case n == 5:
		v.SetInt(int64(g.IntN(1000)))
	default:
		v.SetStr(g.text(g.pick()))
	}
}

func (g *garden) fill(m pcommon.Map, depth int) {
	for i := range g.IntN(5) {
		s := g.pick()
		switch g.IntN(6) {
		case 0:
			if s.key == "" {
				m.PutInt(s.value, 1)
			}
		case 1: // a value under its key, also deeper
			if s.key != "" {
				g.under(m.PutEmpty([]string{"", "user.", "app."}[g.IntN(3)]+s.key), s, depth)
			}
		default:
			g.grow(m.PutEmpty(fmt.Sprintf("k%d", i)), depth)
		}
	}
}

func (g *garden) under(v pcommon.Value, s secret, depth int) {
	n := g.IntN(4)
	switch {
	case n == 0:
		v.SetEmptySlice().AppendEmpty().SetStr(s.value)
	case n == 1:
		v.SetEmptyBytes().FromRaw([]byte(s.value))
	case n == 2 && depth < 6 && (s.key == "password" || s.key == "client_secret"):
		m := v.SetEmptyMap()
		m.PutStr("current", s.value)
		m.PutEmptyMap("older").PutEmptySlice("list").AppendEmpty().SetStr(s.value)
	default:
		v.SetStr(s.value)
	}
}

func (g *garden) logs() plog.Logs {
	ld := plog.NewLogs()
	rl := ld.ResourceLogs().AppendEmpty()
	rl.SetSchemaUrl(g.text(g.pick()))
	g.fill(rl.Resource().Attributes(), 0)
	sl := rl.ScopeLogs().AppendEmpty()
	sl.Scope().SetName(g.text(g.pick()))
	g.fill(sl.Scope().Attributes(), 0)
	for range 2 {
		lr := sl.LogRecords().AppendEmpty()
		lr.SetEventName(g.text(g.pick()))
		g.fill(lr.Attributes(), 0)
		g.grow(lr.Body(), 0)
	}
	g.exchange(sl.LogRecords().AppendEmpty())
	return ld
}

// exchange makes a record as the capture receivers do.
func (g *garden) exchange(r plog.LogRecord) {
	r.SetEventName("weir.exchange")
	s := g.pick()
	if s.key == "" {
		r.Attributes().PutStr("url.path", "/u/"+url.PathEscape(s.value)+"/"+everyByte(s.value))
	}
	r.Attributes().PutStr("url.query", "x="+url.QueryEscape(g.text(g.pick())))
	r.Attributes().PutStr("client.address", "203.0.113.77")
	m := r.Body().SetEmptyMap()
	for _, direction := range []string{"request", "response"} {
		msg := m.PutEmptyMap(direction)
		h := msg.PutEmptyMap("headers")
		for _, name := range []string{"authorization", "set-cookie", "x-api-key"} {
			h.PutEmptySlice(name).AppendEmpty().SetStr(g.pick().value)
		}
		h.PutEmptySlice("referer").AppendEmpty().SetStr("https://x.example/a?q=" + url.QueryEscape(g.text(g.pick())))
		ct, body := g.body()
		h.PutEmptySlice("content-type").AppendEmpty().SetStr(ct)
		if g.IntN(2) == 0 {
			msg.PutStr("body", body)
		} else {
			msg.PutEmptyBytes("body").FromRaw([]byte(body))
		}
	}
}

func (g *garden) body() (contentType, body string) {
	s := g.pick()
	key := s.key
	if key == "" {
		key = "field"
	}
	js, _ := json.Marshal(map[string]any{key: s.value})
	switch g.IntN(6) {
	case 0:
		return "application/x-www-form-urlencoded", "free text+here&" + key + "=" + url.QueryEscape(s.value)
	case 1:
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		_ = w.SetBoundary("part-of-a-body")
		_ = w.WriteField("first", "1")
		_ = w.WriteField(key, s.value)
		part, _ := w.CreatePart(textproto.MIMEHeader{"Content-Disposition": {`form-data; name="doc"; filename="a.json"`}, "Content-Type": {"application/json"}})
		_, _ = part.Write(js)
		_ = w.Close()
		return w.FormDataContentType(), b.String()
	case 2:
		return "application/x-ndjson", string(js) + "\n{broken\n" + string(js) + "\n"
	case 3:
		return "text/event-stream", "event: x\ndata: " + string(js) + "\n\n"
	case 4:
		return "application/problem+json; charset=utf-8", string(js)
	default:
		return "text/plain", g.text(s)
	}
}

func (g *garden) traces() ptrace.Traces {
	td := ptrace.NewTraces()
	sp := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty()
	sp.SetName("GET " + g.text(g.pick()))
	sp.Status().SetMessage(g.text(g.pick()))
	sp.TraceState().FromRaw("a=1,b=" + mail)
	g.fill(sp.Attributes(), 0)
	s := g.pick()
	sp.Attributes().PutEmptySlice("http.request.header.cookie").AppendEmpty().SetStr(s.value)
	for _, k := range []string{"url.full", "http.url", "http.target"} {
		sp.Attributes().PutStr(k, "https://x.example/p/"+everyByte(mail)+"?q="+url.QueryEscape(g.text(g.pick()))+"#id_token="+s.value)
	}
	sp.Attributes().PutStr("db.query.text", "UPDATE t SET note = '"+mail+"', password = 'hunter2' WHERE ssn = '536-22-8145'")
	e := sp.Events().AppendEmpty()
	e.SetName(g.text(g.pick()))
	g.fill(e.Attributes(), 0)
	l := sp.Links().AppendEmpty()
	l.TraceState().FromRaw("c=" + mail)
	g.fill(l.Attributes(), 0)
	return td
}

func (g *garden) metrics() pmetric.Metrics {
	md := pmetric.NewMetrics()
	rm := md.ResourceMetrics().AppendEmpty()
	g.fill(rm.Resource().Attributes(), 0)
	ms := rm.ScopeMetrics().AppendEmpty().Metrics()
	m := ms.AppendEmpty()
	m.SetName(g.text(g.pick()))
	m.SetDescription(g.text(g.pick()))
	g.fill(m.Metadata(), 0)
	n := m.SetEmptySum().DataPoints().AppendEmpty()
	g.fill(n.Attributes(), 0)
	g.fill(n.Exemplars().AppendEmpty().FilteredAttributes(), 0)
	h := ms.AppendEmpty().SetEmptyHistogram().DataPoints().AppendEmpty()
	g.fill(h.Attributes(), 0)
	g.fill(h.Exemplars().AppendEmpty().FilteredAttributes(), 0)
	x := ms.AppendEmpty().SetEmptyExponentialHistogram().DataPoints().AppendEmpty()
	g.fill(x.Attributes(), 0)
	g.fill(ms.AppendEmpty().SetEmptySummary().DataPoints().AppendEmpty().Attributes(), 0)
	return md
}
