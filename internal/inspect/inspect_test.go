package inspect

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/weir-telemetry/weir/internal/datatype"
	"github.com/weir-telemetry/weir/internal/detect"
	"github.com/weir-telemetry/weir/internal/walk"
)

// found is a finding as a reader sees it.
type found struct{ typ, value, path string }

// looker notes what the inspector finds.
type looker struct {
	i     *Inspector
	r     detect.Result
	found []found
	check func(r *detect.Result, s []byte)
}

func (l *looker) Enter(*walk.Place) {}
func (l *looker) Leave(*walk.Place) {}
func (l *looker) Value(at *walk.Place, v pcommon.Value) walk.Verdict {
	switch v.Type() {
	case pcommon.ValueTypeStr:
		l.scan(at, Bytes(v.Str()))
	case pcommon.ValueTypeBytes:
		l.scan(at, v.Bytes().AsRaw())
	case pcommon.ValueTypeInt, pcommon.ValueTypeDouble:
		l.note(l.i.Number(&l.r, at, v))
	}
	return walk.Stay
}
func (l *looker) Text(at *walk.Place, s string) string { l.scan(at, Bytes(s)); return s }
func (l *looker) Key(at *walk.Place, k string) string {
	l.i.Key(&l.r, at, k)
	l.note(Bytes(k))
	return k
}
func (l *looker) Failed(_ *walk.Place, recovered any) bool { panic(recovered) }

func (l *looker) scan(at *walk.Place, s []byte) {
	l.i.Scan(&l.r, at, s)
	l.note(s)
}

func (l *looker) note(s []byte) {
	if l.check != nil {
		l.check(&l.r, s)
	}
	for _, f := range l.r.Findings {
		l.found = append(l.found, found{f.Type.String(), string(s[f.Start:f.End]), string(l.i.Path(&l.r, f))})
	}
}

func newLooker(t testing.TB) *looker {
	e, err := detect.New(detect.Options{})
	require.NoError(t, err)
	return &looker{i: New(e, nil)}
}

func look(t *testing.T, put func(plog.LogRecord)) []found {
	ld := plog.NewLogs()
	put(ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty())
	l := newLooker(t)
	walk.New(l).Logs(ld)
	return l.found
}

// request puts an exchange with a request body of a content type.
func request(r plog.LogRecord, contentType string) pcommon.Map {
	r.SetEventName(ExchangeEvent)
	m := r.Body().SetEmptyMap().PutEmptyMap("request")
	m.PutEmptyMap("headers").PutEmptySlice("content-type").AppendEmpty().SetStr(contentType)
	return m
}

func TestBodiesAreReadAsTheirContentTypeSays(t *testing.T) {
	for _, tc := range []struct {
		contentType, body string
		want              []found
	}{
		{"application/x-www-form-urlencoded; charset=utf-8", "free text&to=rosa%40mail.example&password=%68unter2", []found{
			{"EMAIL", "rosa%40mail.example", ".to"}, {"PASSWORD", "%68unter2", ".password"},
		}},
		{"Multipart/Form-Data; boundary=\"b b\"", "--b b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nhunter2\r\n--b b\r\n" +
			"Content-Disposition: form-data; filename=\"x\"; name=\"doc\"\r\nContent-Type: application/json\r\n\r\n{\"a\":[\"rosa@mail.example\"]}\r\n--b b--\r\n", []found{
			{"PASSWORD", "hunter2", ".password"}, {"EMAIL", "rosa@mail.example", ".doc.a[*]"},
		}},
		{"multipart/mixed", "to rosa@mail.example", []found{{"EMAIL", "rosa@mail.example", ""}}},
		{"application/x-ndjson", "{\"password\":\"one\"}\n{broken\n{\"password\":\"two\"}", []found{
			{"PASSWORD", "one", ".password"}, {"PASSWORD", "two", ".password"},
		}},
		{"text/event-stream", "id: 1\ndata: {\"password\":\"one\"}\n\n", []found{{"PASSWORD", "one", ".password"}}},
		{"application/vnd.api+json", `{"password":"one"}`, []found{{"PASSWORD", "one", ".password"}}},
		{"text/html", `{"password":"one"}`, []found{{"PASSWORD", "one", ".password"}}},
	} {
		got := look(t, func(r plog.LogRecord) { request(r, tc.contentType).PutStr("body", tc.body) })
		require.Equal(t, tc.want, got, tc.contentType)
		got = look(t, func(r plog.LogRecord) {
			request(r, tc.contentType).PutEmptyBytes("body").FromRaw([]byte(tc.body))
		})
		require.Equal(t, tc.want, got, tc.contentType)
	}
}

func TestURLs(t *testing.T) {
	for value, want := range map[string][]found{
		"/u/%72osa%40mail.example/x":                  {{"EMAIL", "%72osa%40mail.example", ""}},
		"/u/rosa@mail.example?password=a%20b#top":     {{"EMAIL", "rosa@mail.example", ""}, {"PASSWORD", "a%20b", ".password"}},
		"https://x.example/cb#password=abc&b=1":       {{"PASSWORD", "abc", ".password"}},
		"https://x.example/?a=1#to-rosa@mail.example": {{"EMAIL", "to-rosa@mail.example", ""}},
		"/%":          nil,
		"?":           nil,
		"#":           nil,
		"/ok?lang=sv": nil,
	} {
		for _, key := range []string{"url.full", "http.target", "url.path"} {
			require.Equal(t, want, look(t, func(r plog.LogRecord) { r.Attributes().PutStr(key, value) }), "%s %s", key, value)
		}
	}
}

func TestColumnsNameTheValuesOfAnInsert(t *testing.T) {
	for statement, want := range map[string][]found{
		"INSERT INTO users (id, `first_name`, password, note) VALUES (1, 'Jane', 'hun''ter2', NULL), (2,'O''Hara',crypt('s\\'x', 'bf'),'x'), (3, ?, now(), E'y')": {
			{"PERSON_NAME", "Jane", ""}, {"PASSWORD", "hun''ter2", ""}, {"PERSON_NAME", "O''Hara", ""}, {"PASSWORD", `s\'x`, ""}, {"PASSWORD", "bf", ""},
		},
		"insert into t (ssn, doc) values (536228145, '{\"password\":\"one\"}')": {{"US_SSN", "536228145", ""}, {"PASSWORD", "one", ""}},
		"INSERT INTO t (password) VALUES ($1)":                                  nil,
		"INSERT INTO t (password) VALUES ('cut":                                 {{"PASSWORD", "cut", ""}},
		"INSERT INTO t VALUES ('Jane', 'x')":                                    nil,
		"INSERT INTO t (first_name) SELECT 'x'":                                 nil,
		"insert (":                                                              nil,
		"replace":                                                               nil,
		"SELECT 1":                                                              nil,
		"UPDATE t SET mail = 'rosa@mail.example'":                               {{"EMAIL", "rosa@mail.example", ""}},
	} {
		require.Equal(t, want, look(t, func(r plog.LogRecord) { r.Attributes().PutStr("db.query.text", statement) }), statement)
	}
}

func TestMapsOfHeaders(t *testing.T) {
	for _, key := range []string{"headers", "requestHeaders", "req_headers"} {
		got := look(t, func(r plog.LogRecord) {
			h := r.Body().SetEmptyMap().PutEmptyMap("req").PutEmptyMap(key)
			h.PutStr("Authorization", "Bearer abc")
			h.PutEmptySlice("cookie").AppendEmpty().SetStr("a=b")
			h.PutStr("accept", "*/*")
		})
		require.Equal(t, []found{{"API_KEY", "Bearer abc", ""}, {"API_KEY", "a=b", ""}}, got, key)
	}
}

func TestMerge(t *testing.T) {
	at := func(start, end int, id datatype.ID) detect.Finding {
		return detect.Finding{Start: start, End: end, Type: id}
	}
	for _, tc := range []struct {
		have []detect.Finding
		add  detect.Finding
		want []detect.Finding
	}{
		{nil, at(1, 2, datatype.Email), []detect.Finding{at(1, 2, datatype.Email)}},
		{[]detect.Finding{at(1, 3, datatype.Phone), at(8, 9, datatype.Phone)}, at(4, 6, datatype.Email),
			[]detect.Finding{at(1, 3, datatype.Phone), at(4, 6, datatype.Email), at(8, 9, datatype.Phone)}},
		{[]detect.Finding{at(1, 3, datatype.Phone), at(5, 9, datatype.Phone)}, at(2, 8, datatype.Email), []detect.Finding{at(1, 9, datatype.Email)}},
		{[]detect.Finding{at(1, 9, datatype.Phone)}, at(2, 4, datatype.Email), []detect.Finding{at(1, 9, datatype.Phone)}},
		{[]detect.Finding{at(1, 3, datatype.Phone)}, at(3, 5, datatype.Email), []detect.Finding{at(1, 3, datatype.Phone), at(3, 5, datatype.Email)}},
	} {
		r := &detect.Result{Findings: tc.have}
		(&Inspector{extra: []detect.Finding{tc.add}}).merge(r)
		require.Equal(t, tc.want, r.Findings)
	}
}

// Whatever the bytes, in whatever place, findings lie within them, in order.
func FuzzScan(f *testing.F) {
	for _, ct := range []string{"application/json", "multipart/form-data; boundary=b", "application/x-www-form-urlencoded", "text/event-stream", ""} {
		f.Add(ct, []byte("--b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nhunter2\r\n--b--"))
		f.Add(ct, []byte(`{"a":"rosa%40mail.example"}`))
		f.Add(ct, []byte("insert into t(a,password)values('x','y'"))
		f.Add(ct, []byte("data: a=1&b=%34111+1111+1111+1111#x"))
	}
	f.Fuzz(func(t *testing.T, contentType string, b []byte) {
		l := newLooker(t)
		l.check = func(r *detect.Result, s []byte) {
			end := 0
			for _, f := range r.Findings {
				if f.Start < end || f.End <= f.Start || f.End > len(s) {
					t.Fatalf("finding [%d,%d) after %d in %d bytes", f.Start, f.End, end, len(s))
				}
				end = f.End
				_ = l.i.Path(r, f)
			}
		}
		ld := plog.NewLogs()
		r := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
		m := request(r, contentType)
		m.PutEmptyBytes("body").FromRaw(b)
		r.Attributes().PutBool("weir.exchange.partial", len(b)%2 == 1)
		for _, key := range []string{"url.full", "url.query", "message", "db.query.text", "http.request.header.referer", string(b)} {
			r.Attributes().PutStr(key, string(b))
		}
		walk.New(l).Logs(ld)
	})
}
