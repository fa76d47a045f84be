package http1

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/stretchr/testify/require"
)

// collect notes all that a sink is told, in text.
type collect struct {
	pool *Pool
	out  bytes.Buffer
	body []byte
}

func (c *collect) Head(*Message) []byte { return nil }

func (c *collect) Done(m *Message) {
	fmt.Fprintf(&c.out, "%s %s %d %d-%d size %d trunc %v und %v amb %v %q\n", m.Method, m.Target, m.Status,
		m.Start, m.End, m.BodySize, m.Truncated, m.Undecoded, m.Ambiguous, m.Body)
	for _, h := range m.Headers {
		fmt.Fprintf(&c.out, "%q: %q\n", h.Name, h.Value)
	}
	c.body = append(c.body[:0], m.Body...)
	c.pool.Release(m)
}

// parse feeds input in pieces of at most n bytes.
func parse(input []byte, request bool, n int) (string, []byte) {
	var p Parser
	pool := &Pool{}
	c := &collect{pool: pool}
	p.Init(&Config{MaxHeadBytes: 1024, MaxBodyBytes: 512}, pool, c, request, 0)
	var err error
	for len(input) > 0 && err == nil {
		k := min(n, len(input))
		err = p.Feed(input[:k], Mark{})
		input = input[k:]
	}
	p.Close(true)
	return c.out.String(), c.body
}

func FuzzHTTP1(f *testing.F) {
	f.Add([]byte("GET /a?b HTTP/1.1\r\nA: b\r\n c\r\n\r\n"), true, uint8(1))
	f.Add([]byte("POST / HTTP/1.1\nTransfer-Encoding: chunked\nContent-Length: 3\n\n3;x=y\r\nabc\r\n0\r\nT: 1\r\n\r\nGET / HTTP/1.1\n\n"), true, uint8(3))
	f.Add([]byte("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcHTTP/1.0 200\r\n\r\nto the end"), false, uint8(2))
	f.Fuzz(func(t *testing.T, b []byte, request bool, n uint8) {
		whole, _ := parse(b, request, len(b)+1)
		parts, _ := parse(b, request, int(n)+1)
		if whole != parts {
			t.Fatalf("split changes the result:\n%s\n---\n%s", whole, parts)
		}
	})
}

func TestGzipBodyAndBomb(t *testing.T) {
	for _, size := range []int{100, 1 << 20} {
		var z bytes.Buffer
		w := gzip.NewWriter(&z)
		_, _ = w.Write(bytes.Repeat([]byte("a"), size))
		require.NoError(t, w.Close())
		in := fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", z.Len(), z.String())
		_, body := parse([]byte(in), false, 7)
		require.Equal(t, bytes.Repeat([]byte("a"), min(size, 512)), body)
	}
}

func TestBrokenFraming(t *testing.T) {
	for _, h := range []string{
		"Content-Length: -1", "Content-Length: 9223372036854775808", "Content-Length: 1\r\nContent-Length: 2",
		"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n", "Transfer-Encoding: gzip",
		"A: " + string(bytes.Repeat([]byte("x"), 2000)),
	} {
		out, _ := parse([]byte("POST / HTTP/1.1\r\n"+h+"\r\n\r\nabc"), true, 5)
		require.Empty(t, out, h[:10])
	}
}
