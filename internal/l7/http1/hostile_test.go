package http1

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"
)

// probe is a sink that keeps what it is told and answers with a method.
type probe struct {
	pool   *Pool
	method string
	got    []result
}

type result struct {
	status     int
	start, end int64
	size       int64
	body       string
	trunc      bool
	und, amb   bool
	upgrade    bool
	headers    int
}

func (p *probe) Head(*Message) []byte { return []byte(p.method) }

func (p *probe) Done(m *Message) {
	p.got = append(p.got, result{m.Status, m.Start, m.End, m.BodySize, string(m.Body), m.Truncated, m.Undecoded, m.Ambiguous, m.Upgrade, len(m.Headers)})
	p.pool.Release(m)
}

// run feeds in pieces of n bytes and returns messages, error, and whether the
// end cut a message.
func (p *probe) run(in string, request bool, n int) (cut bool, err error) {
	var ps Parser
	p.pool = &Pool{}
	ps.Init(&Config{MaxBodyBytes: 512, MaxHeadBytes: 2048, MaxHeaders: 8}, p.pool, p, request, 0)
	for b := []byte(in); len(b) > 0 && err == nil; {
		k := min(n, len(b))
		err = ps.Feed(b[:k], Mark{})
		b = b[k:]
	}
	return ps.Close(false), err
}

func TestOddButValid(t *testing.T) {
	for name, c := range map[string]struct {
		in      string
		request bool
		method  string
		want    []result
	}{
		"head answered without body": {in: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHTTP/1.1 404 no\r\nContent-Length: 9\r\n\r\n", method: "HEAD",
			want: []result{{status: 200, end: 38, headers: 1}, {status: 404, start: 38, end: 76, headers: 1}}},
		"204 and 304 have no body": {in: "HTTP/1.1 204 x\r\nContent-Length: 5\r\n\r\nHTTP/1.1 304 x\r\nTransfer-Encoding: chunked\r\n\r\n",
			want: []result{{status: 204, end: 37, headers: 1}, {status: 304, start: 37, end: 83, headers: 1}}},
		"1xx before the final one": {in: "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
			want: []result{{status: 100, end: 25}, {status: 103, start: 25, end: 56, headers: 1}, {status: 200, start: 56, end: 95, headers: 1, size: 1, body: "x"}}},
		"connect turns into a tunnel": {in: "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n\x16\x03\x01", method: "CONNECT",
			want: []result{{status: 200, end: 38, headers: 1, upgrade: true}}},
		"101 turns into a tunnel": {in: "HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\n\x81\x05hello",
			want: []result{{status: 101, end: 46, headers: 1, upgrade: true}}},
		"chunk extensions and trailers": {request: true, in: "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;a=\"b\" ; c\r\nabc\r\n2\t\r\nde\r\n0;last\r\nX-Sum: 1\r\nY: 2\r\n\r\n",
			want: []result{{end: 99, size: 5, body: "abcde", headers: 1}}},
		"bare line feeds": {request: true, in: "\nPOST / HTTP/1.1\nContent-Length: 2\n\nok",
			want: []result{{start: 1, end: 38, size: 2, body: "ok", headers: 1}}},
		"obs-fold": {in: "HTTP/1.1 200 OK\r\nA: b\r\n\tc\r\nContent-Length: 0\r\n\r\n",
			want: []result{{status: 200, end: 48, headers: 2}}},
		"equal content lengths": {request: true, in: "POST / HTTP/1.1\r\nContent-Length: 2, 2\r\nContent-Length: 2\r\n\r\nok",
			want: []result{{end: 62, size: 2, body: "ok", headers: 2}}},
		"te wins over cl": {request: true, in: "POST / HTTP/1.1\r\nContent-Length: 99\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
			want: []result{{end: 78, size: 1, body: "x", headers: 2, amb: true}}},
		"headers past the limit are framing still": {in: "HTTP/1.1 200 OK\r\n" + strings.Repeat("A: b\r\n", 50) + "Content-Length: 1\r\n\r\nx",
			want: []result{{status: 200, end: 339, size: 1, body: "x", headers: 8}}},
	} {
		for _, n := range []int{1, 2, 7, 1 << 20} {
			p := &probe{method: c.method}
			cut, err := p.run(c.in, c.request, n)
			require.NoError(t, err, "%s by %d", name, n)
			require.False(t, cut, name)
			require.Equal(t, c.want, p.got, "%s by %d", name, n)
		}
	}
}

func TestRefused(t *testing.T) {
	post := "POST / HTTP/1.1\r\n"
	for name, c := range map[string]struct {
		in   string
		resp bool
		want error
	}{
		"http/0.9":                     {in: "GET /index.html\r\n", want: ErrMalformed},
		"tls":                          {in: "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03abcdefgh", want: ErrMalformed},
		"binary with line feeds":       {in: "\x00\n\x00\n\n", want: ErrMalformed},
		"h2 preface":                   {in: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", want: ErrHTTP2},
		"response where requests come": {in: "HTTP/1.1 200 OK\r\n\r\n", want: ErrMalformed},
		"request where responses come": {in: "GET / HTTP/1.1\r\n\r\n", resp: true, want: ErrMalformed},
		"no colon":                     {in: post + "Content-Length 5\r\n\r\n", want: ErrMalformed},
		"cl negative":                  {in: post + "Content-Length: -1\r\n\r\n", want: ErrMalformed},
		"cl 2^63":                      {in: post + "Content-Length: 9223372036854775808\r\n\r\n", want: ErrMalformed},
		"cl plus sign":                 {in: post + "Content-Length: +5\r\n\r\n", want: ErrMalformed},
		"cl empty":                     {in: post + "Content-Length:\r\n\r\n", want: ErrMalformed},
		"cl twice, different":          {in: post + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n", want: ErrMalformed},
		"cl list, different":           {in: post + "Content-Length: 5, 6\r\n\r\n", want: ErrMalformed},
		"cl folded":                    {in: post + "Content-Length: 5\r\n 0\r\n\r\n", want: ErrMalformed},
		"te not chunked at the end":    {in: post + "Transfer-Encoding: chunked, gzip\r\n\r\n", want: ErrMalformed},
		"te chunked, then another":     {in: post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n", want: ErrMalformed},
		"chunk size 2^64":              {in: post + "Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\n", want: ErrMalformed},
		"chunk size no number":         {in: post + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n", want: ErrMalformed},
		"chunk longer than told":       {in: post + "Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n", want: ErrMalformed},
		"chunk line without end":       {in: post + "Transfer-Encoding: chunked\r\n\r\n1;" + strings.Repeat("x", 5000), want: ErrMalformed},
		"endless trailers":             {in: post + "Transfer-Encoding: chunked\r\n\r\n0\r\n" + strings.Repeat("A: b\r\n", 500), want: ErrHeadTooLong},
		"status no number":             {in: "HTTP/1.1 2x0 OK\r\n\r\n", resp: true, want: ErrMalformed},
		"long head":                    {in: post + "A: " + strings.Repeat("x", 3000), want: ErrHeadTooLong},
		"many headers":                 {in: post + strings.Repeat("A:\r\n", 1000), want: ErrHeadTooLong},
	} {
		for _, n := range []int{1, 5, 1 << 20} {
			p := &probe{}
			_, err := p.run(c.in, !c.resp, n)
			require.ErrorIs(t, err, c.want, "%s by %d", name, n)
			require.Empty(t, p.got, name)
		}
	}
}

// A long request line must not depend on where segments end.
func TestLongRequestLine(t *testing.T) {
	in := "GET /" + strings.Repeat("a", 20000) + " HTTP/1.1\r\n\r\n"
	for _, n := range []int{1, 1460, 10000, 1 << 20} {
		var ps Parser
		p := &probe{pool: &Pool{}}
		ps.Init(&Config{}, p.pool, p, true, 0)
		for b := []byte(in); len(b) > 0; {
			k := min(n, len(b))
			require.NoError(t, ps.Feed(b[:k], Mark{}))
			b = b[k:]
		}
		require.Len(t, p.got, 1, n)
	}
}

func pack(t *testing.T, coding string, b []byte) string {
	t.Helper()
	var z bytes.Buffer
	var err error
	switch coding {
	case "gzip":
		w := gzip.NewWriter(&z)
		_, _ = w.Write(b)
		err = w.Close()
	case "zlib":
		w := zlib.NewWriter(&z)
		_, _ = w.Write(b)
		err = w.Close()
	case "flate":
		w, _ := flate.NewWriter(&z, 5)
		_, _ = w.Write(b)
		err = w.Close()
	case "zstd":
		w, _ := zstd.NewWriter(&z)
		_, _ = w.Write(b)
		err = w.Close()
	}
	require.NoError(t, err)
	return z.String()
}

func TestContentCodings(t *testing.T) {
	plain := []byte(`{"name":"Ann"}`)
	bomb := bytes.Repeat([]byte("a"), 8<<20)
	for name, c := range map[string]struct {
		header, body, want string
		trunc, und         bool
	}{
		"gzip":               {header: "gzip", body: pack(t, "gzip", plain), want: string(plain)},
		"x-gzip":             {header: "X-GZIP", body: pack(t, "gzip", plain), want: string(plain)},
		"deflate":            {header: "deflate", body: pack(t, "zlib", plain), want: string(plain)},
		"bare deflate":       {header: "deflate", body: pack(t, "flate", plain), want: string(plain)},
		"zstd":               {header: "zstd", body: pack(t, "zstd", plain), want: string(plain)},
		"identity":           {header: "identity", body: string(plain), want: string(plain)},
		"brotli stays":       {header: "br", body: "\x0b\x02\x80abc\x03", want: "\x0b\x02\x80abc\x03", und: true},
		"nested stays":       {header: "gzip, gzip", body: pack(t, "gzip", []byte(pack(t, "gzip", plain))), want: pack(t, "gzip", []byte(pack(t, "gzip", plain))), und: true},
		"nested in two":      {header: "gzip\r\nContent-Encoding: gzip", body: "x", want: "x", und: true},
		"empty element":      {header: ",gzip", body: "x", want: "x", und: true},
		"lying gzip":         {header: "gzip", body: string(plain), want: string(plain), und: true},
		"lying zstd":         {header: "zstd", body: string(plain), want: string(plain), und: true},
		"lying deflate":      {header: "deflate", body: "\xff\xff\xff", want: "\xff\xff\xff", und: true},
		"gzip bomb":          {header: "gzip", body: pack(t, "gzip", bomb[:200<<10]), want: string(bomb[:512]), trunc: true},
		"zstd bomb":          {header: "zstd", body: pack(t, "zstd", bomb), want: string(bomb[:512]), trunc: true},
		"gzip cut":           {header: "gzip", body: pack(t, "gzip", plain)[:27], want: "", trunc: true},
		"gzip wrong sum":     {header: "gzip", body: pack(t, "gzip", plain)[:len(pack(t, "gzip", plain))-5] + "abcde", want: string(plain), trunc: true},
		"gzip, more behind":  {header: "gzip", body: pack(t, "gzip", plain) + pack(t, "gzip", plain), want: string(plain) + string(plain)},
		"gzip, trash behind": {header: "gzip", body: pack(t, "gzip", plain) + "trash", want: string(plain), trunc: true},
	} {
		in := fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\nContent-Length: %d\r\n\r\n%s", c.header, len(c.body), c.body)
		p := &probe{}
		_, err := p.run(in, false, 100)
		require.NoError(t, err, name)
		require.Len(t, p.got, 1, name)
		got := p.got[0]
		if name == "gzip cut" {
			require.True(t, got.trunc || got.und, name)
			continue
		}
		require.Equal(t, c.want, got.body, name)
		require.Equal(t, []bool{c.trunc, c.und}, []bool{got.trunc, got.und}, name)
	}
}

// 100 MB of head, or a million headers, are let go at the limit.
func TestHugeHeadsAreBounded(t *testing.T) {
	for name, piece := range map[string][]byte{
		"one header":  bytes.Repeat([]byte("x"), 1<<16),
		"many fields": bytes.Repeat([]byte("A: b\r\n"), 10000),
	} {
		var ps Parser
		p := &probe{pool: &Pool{}}
		ps.Init(&Config{}, p.pool, p, true, 0)
		err := ps.Feed([]byte("GET / HTTP/1.1\r\nA: "), Mark{})
		for fed := 0; fed < 100<<20; fed += len(piece) {
			err = ps.Feed(piece, Mark{})
			require.Less(t, ps.Size()+p.pool.Size(), 256<<10, name)
		}
		require.ErrorIs(t, err, ErrHeadTooLong, name)
	}
}

func TestPoolIsBounded(t *testing.T) {
	var p Pool
	for range 2000 {
		p.Release(&Message{raw: make([]byte, 0, 100<<10)})
	}
	p.Release(&Message{raw: make([]byte, 0, maxPooled+1)})
	require.LessOrEqual(t, p.Size(), poolBytes)
	require.Greater(t, p.Size(), poolBytes/2)
	for range 2000 {
		p.get()
	}
	require.Zero(t, p.Size())
}

// A gap in a body of known length keeps the framing, any other breaks it.
func TestGap(t *testing.T) {
	for name, c := range map[string]struct {
		before string
		n      int64
		ok     bool
	}{
		"in a body":            {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab", 7, true},
		"past the body":        {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab", 8, false},
		"in a chunk":           {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\na", 4, true},
		"over a chunk's end":   {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\na", 5, false},
		"in a head":            {"HTTP/1.1 200 OK\r\nConte", 3, false},
		"between two":          {"", 3, false},
		"in one without end":   {"HTTP/1.1 200 OK\r\n\r\nabc", 3, false},
		"in a chunk-size line": {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5", 1, false},
	} {
		var ps Parser
		p := &probe{pool: &Pool{}}
		ps.Init(&Config{}, p.pool, p, false, 0)
		require.NoError(t, ps.Feed([]byte(c.before), Mark{}), name)
		require.Equal(t, c.ok, ps.Gap(c.n), name)
	}
}

func TestNoAllocationWhenWarm(t *testing.T) {
	z := pack(t, "gzip", bytes.Repeat([]byte(`{"a":1},`), 200))
	in := fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", len(z), z)
	in = append(in, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"...)
	var ps Parser
	pool := &Pool{}
	s := &release{pool: pool}
	ps.Init(&Config{}, pool, s, false, 0)
	require.Zero(t, testing.AllocsPerRun(200, func() {
		if ps.Feed(in[:100], Mark{}) != nil || ps.Feed(in[100:], Mark{}) != nil {
			panic("not parsed")
		}
	}))
	require.NotZero(t, s.n)
}

type release struct {
	pool *Pool
	n    int
}

func (r *release) Head(*Message) []byte { return nil }
func (r *release) Done(m *Message)      { r.n++; r.pool.Release(m) }
