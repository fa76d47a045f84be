package capture

import (
	"bytes"
	"fmt"
	"math/rand"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/weir-telemetry/weir/internal/capture/capturetest"
)

// shape is what a made capture is like.
type shape struct {
	name  string
	mss   int // segment size: of segmentation offload, or of an MTU of 1500
	conns int
	pairs int     // of each connection
	gzip  int     // one answer in so many is compressed
	loss  float64 // share of packets left out
	least float64 // ratio that must be reached; 0: 3
}

var shapes = []shape{
	{name: "A", mss: 60000, conns: 400, pairs: 110, gzip: 10},
	{name: "B", mss: 1448, conns: 400, pairs: 110, gzip: 10},
	// Inflating takes both the same time: with much of it they draw closer.
	{name: "B_gzip_third", mss: 1448, conns: 400, pairs: 110, gzip: 3, least: 2.5},
	{name: "B_0.1%_lost", mss: 1448, conns: 400, pairs: 110, gzip: 10, loss: 0.001},
	{name: "B_1%_lost", mss: 1448, conns: 400, pairs: 110, gzip: 10, loss: 0.01},
}

// build makes the file: keep-alive connections that overlap in time, one in
// four of them pipelined by up to 8, 90 % JSON answers of 0.2 to 8 KB, part of
// them gzip, part chunked, every tenth request a POST. Request line and answer carry
// the same id, so the capture holds its own truth.
func build(tb testing.TB, s shape) []byte {
	tb.Helper()
	rnd := rand.New(rand.NewSource(7))
	var all []capturetest.Packet
	for k := range s.conns {
		c := capturetest.NewConn(
			netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 1, byte(k >> 8), byte(k)}), uint16(20000+k)),
			netip.MustParseAddrPort("10.0.0.2:80"),
			time.Unix(1_700_000_000, 0).Add(time.Duration(rnd.Intn(200_000))*time.Microsecond),
			rnd.Uint32(), rnd.Uint32())
		c.MSS = s.mss
		c.Open()
		for i := 0; i < s.pairs; {
			depth := 1
			if k%4 == 0 {
				depth = min(1+rnd.Intn(8), s.pairs-i)
			}
			var reqs, resps []byte
			for range depth {
				id := fmt.Sprintf("%04d-%06d", k, i)
				reqs = appendRequest(reqs, id, i)
				resps = appendResponse(tb, resps, id, i, s, rnd)
				i++
			}
			c.Request(reqs)
			c.Response(resps)
		}
		c.Close()
		all = append(all, c.Packets...)
	}
	slices.SortStableFunc(all, func(a, b capturetest.Packet) int { return int(a.Time - b.Time) })
	if s.loss > 0 {
		all = slices.DeleteFunc(all, func(capturetest.Packet) bool { return rnd.Float64() < s.loss })
	}
	var file bytes.Buffer
	if err := capturetest.WritePcap(&file, all); err != nil {
		tb.Fatal(err)
	}
	return file.Bytes()
}

const commonHeaders = "Host: shop.example\r\nUser-Agent: load/1.0\r\nAccept: application/json\r\n" +
	"Accept-Encoding: gzip\r\nAuthorization: Bearer 0123456789abcdef0123456789abcdef\r\n"

func appendRequest(b []byte, id string, i int) []byte {
	if i%10 == 3 {
		body := `{"order":"` + id + `","email":"ann@example.com","items":[{"sku":"A-1","count":2}]}`
		return fmt.Appendf(b, "POST /api/v1/orders/%s HTTP/1.1\r\n%sContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
			id, commonHeaders, len(body), body)
	}
	return fmt.Appendf(b, "GET /api/v1/orders/%s?page=%d HTTP/1.1\r\n%s\r\n", id, i%7, commonHeaders)
}

func appendResponse(tb testing.TB, b []byte, id string, i int, s shape, rnd *rand.Rand) []byte {
	typ, extra := "application/json", ""
	body := fmt.Appendf(nil, `{"id":"%s","customers":[`, id)
	if i%10 == 9 {
		typ, body = "text/html", fmt.Appendf(nil, "<html><!-- %s --><body>", id)
	}
	for n := 200 + rnd.Intn(7800); len(body) < n; {
		body = fmt.Appendf(body, `{"name":"Ann %x","email":"ann%d@example.com","total":%d.%02d,"paid":true},`, rnd.Int63(), i, rnd.Intn(900), rnd.Intn(99))
	}
	body = append(body[:len(body)-1], "]}"...)
	if i%s.gzip == 0 {
		extra = "Content-Encoding: gzip\r\n"
		var z bytes.Buffer
		w, _ := gzip.NewWriterLevel(&z, gzip.BestSpeed)
		if _, err := w.Write(body); err != nil || w.Close() != nil {
			tb.Fatal("gzip failed")
		}
		body = z.Bytes()
	}
	b = fmt.Appendf(b, "HTTP/1.1 200 OK\r\nServer: nginx\r\nDate: Tue, 14 Nov 2023 22:13:20 GMT\r\nContent-Type: %s\r\nX-Request-Id: %s\r\n%s", typ, id, extra)
	if i%5 == 4 { // chunked by 4096
		b = append(b, "Transfer-Encoding: chunked\r\n\r\n"...)
		for len(body) > 0 {
			n := min(len(body), 4096)
			b = fmt.Appendf(b, "%x\r\n%s\r\n", n, body[:n])
			body = body[n:]
		}
		return append(b, "0\r\n\r\n"...)
	}
	return append(fmt.Appendf(b, "Content-Length: %d\r\n\r\n", len(body)), body...)
}

// verdict is what one reading of a capture gave.
type verdict struct{ right, wrong, bytes int }

var (
	idMark   = []byte("/api/v1/orders/")
	jsonMark = []byte(`{"id":"`)
)

// judge compares the ids of a request's path, its answer's header and, when the
// answer is JSON, its decoded body.
func (v *verdict) judge(path, header, body []byte, isJSON, partial bool) {
	v.bytes += len(body)
	id, ok := bytes.CutPrefix(path, idMark)
	ok = ok && bytes.Equal(id, header)
	if ok && isJSON && !(partial && len(body) < len(jsonMark)+len(id)) {
		rest, cut := bytes.CutPrefix(body, jsonMark)
		ok = cut && bytes.HasPrefix(rest, id)
	}
	if ok {
		v.right++
	} else {
		v.wrong++
	}
}
