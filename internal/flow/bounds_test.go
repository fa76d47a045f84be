package flow_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/netip"
	"runtime"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/stretchr/testify/require"

	"github.com/weir-telemetry/weir/internal/exchange"
	"github.com/weir-telemetry/weir/internal/flow"
	"github.com/weir-telemetry/weir/internal/l7/http1"
)

// peerOf is the n-th of many clients.
func peerOf(n int) netip.AddrPort {
	var a [4]byte
	binary.BigEndian.PutUint32(a[:], 0x0b000000+uint32(n>>10))
	return netip.AddrPortFrom(netip.AddrFrom4(a), uint16(1024+n&1023))
}

var target = netip.MustParseAddrPort("10.0.0.2:80")

// flood sends to a Tracker what fn makes for each of n connections, and checks
// after each packet that the account stays within its bound.
func flood(t *testing.T, cfg flow.Config, n int, fn func(i int, send func(flow.Segment))) *flow.Tracker {
	t.Helper()
	tr := flow.NewTracker(cfg, func(*exchange.Exchange) {})
	now := epoch.UnixNano()
	for i := range n {
		fn(i, func(s flow.Segment) {
			s.Src, s.Dst = peerOf(i), target
			now += 1000
			tr.Packet(now, &s)
			if held := tr.Stats().BufferedBytes; held > cfg.MaxBufferedBytes {
				t.Fatalf("%d bytes held, %d allowed", held, cfg.MaxBufferedBytes)
			}
		})
	}
	return tr
}

func heap() int {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// Floods end at the bound, the bound is counted honestly (the heap does not
// hold much more than is told), and what was given up is counted.
func TestFloodsAreBounded(t *testing.T) {
	const bound = 24 << 20
	head := "POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000000\r\n\r\n"
	kilo := strings.Repeat("x", 1000)
	for name, c := range map[string]struct {
		n    int
		cfg  flow.Config
		why  flow.Reason
		play func(i int, send func(flow.Segment))
	}{
		"half-open connections": {100_000, flow.Config{MaxConnections: 4096}, flow.DropConnections, func(_ int, send func(flow.Segment)) {
			send(flow.Segment{Seq: 1, Flags: flow.SYN})
		}},
		"half-open connections, by memory": {100_000, flow.Config{}, flow.DropBuffer, func(_ int, send func(flow.Segment)) {
			send(flow.Segment{Seq: 1, Flags: flow.SYN})
		}},
		"heads that never end": {20_000, flow.Config{}, flow.DropBuffer, func(_ int, send func(flow.Segment)) {
			send(flow.Segment{Seq: 1, Flags: flow.SYN})
			send(flow.Segment{Seq: 2, Flags: flow.ACK, Payload: []byte("GET / HTTP/1.1\r\nA: " + kilo)})
			send(flow.Segment{Seq: 1021, Flags: flow.ACK, Payload: []byte(kilo)})
		}},
		"bodies that never end": {20_000, flow.Config{}, flow.DropBuffer, func(_ int, send func(flow.Segment)) {
			send(flow.Segment{Seq: 2, Flags: flow.ACK, Payload: []byte(head)})
			for k := range 3 {
				send(flow.Segment{Seq: uint32(2 + len(head) + 1000*k), Flags: flow.ACK, Payload: []byte(kilo)})
			}
		}},
		"answered requests and no answer": {3_000, flow.Config{}, flow.DropBuffer, func(_ int, send func(flow.Segment)) {
			send(flow.Segment{Seq: 2, Flags: flow.ACK, Payload: []byte(strings.Repeat("GET / HTTP/1.1\r\n\r\n", 60))})
		}},
		"one byte in two": {200, flow.Config{}, flow.DropOutOfOrder, func(_ int, send func(flow.Segment)) {
			send(flow.Segment{Seq: 1, Flags: flow.SYN})
			for k := range 5000 {
				send(flow.Segment{Seq: uint32(20000 - 2*k), Flags: flow.ACK, Payload: []byte("x")})
			}
		}},
		"far ahead": {2_000, flow.Config{}, flow.DropBuffer, func(_ int, send func(flow.Segment)) {
			send(flow.Segment{Seq: 1, Flags: flow.SYN})
			for k := range 20 {
				send(flow.Segment{Seq: uint32(1<<20 + 1000*k), Flags: flow.ACK, Payload: []byte(kilo)})
			}
		}},
		"acknowledgments alone": {100_000, flow.Config{}, flow.NumReasons, func(_ int, send func(flow.Segment)) {
			send(flow.Segment{Seq: 1, Ack: 5, Flags: flow.ACK})
		}},
	} {
		before := heap()
		c.cfg.MaxBufferedBytes = bound
		tr := flood(t, c.cfg, c.n, c.play)
		held, real := tr.Stats().BufferedBytes, heap()-before
		t.Logf("%s: %d connections, %d bytes told, %d on the heap", name, tr.Stats().ActiveConnections, held, real)
		require.Less(t, real, held+held/4+2<<20, name)
		if c.why < flow.NumReasons {
			require.NotZero(t, tr.Stats().Drops[c.why], name)
		} else {
			require.Zero(t, tr.Stats().ActiveConnections, name)
		}
		tr.Flush()
		require.Zero(t, tr.Stats().BufferedBytes, name)
	}
}

// steady is a connection on which the same exchange comes again and again.
func steady(t *testing.T, body []byte, coding string) (tr *flow.Tracker, round func(), n *int) {
	t.Helper()
	n = new(int)
	tr = flow.NewTracker(flow.Config{HTTP: http1.Config{MaxBodyBytes: 4096}}, func(e *exchange.Exchange) {
		if len(e.Response.Body) > 0 {
			*n++
		}
	})
	req := []byte("GET /api/v1/orders?x=1 HTTP/1.1\r\nHost: shop\r\nAccept: */*\r\n\r\n")
	resp := fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: %s\r\nContent-Length: %d\r\n\r\n%s", coding, len(body), body)
	seq := [2]uint32{1, 1}
	now := epoch.UnixNano()
	var s flow.Segment
	send := func(from int, flags uint8, b []byte) {
		s = flow.Segment{Src: peerOf(1), Dst: target, Seq: seq[from], Ack: seq[1-from], Flags: flags, Payload: b}
		if from == server {
			s.Src, s.Dst = s.Dst, s.Src
		}
		now += 1000
		tr.Packet(now, &s)
		seq[from] += uint32(len(b))
		if flags&(flow.SYN|flow.FIN) != 0 {
			seq[from]++
		}
	}
	return tr, func() {
		send(client, flow.SYN, nil)
		send(server, flow.SYN|flow.ACK, nil)
		for range 4 {
			send(client, flow.ACK, req)
			send(server, flow.ACK, resp[:50])
			send(server, flow.ACK, resp[50:])
		}
		send(client, flow.FIN|flow.ACK, nil)
		send(server, flow.FIN|flow.ACK, nil)
	}, n
}

// Neither exchanges nor connections allocate, once the buffers have grown.
func TestNoAllocationWhenWarm(t *testing.T) {
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	_, _ = w.Write(bytes.Repeat([]byte(`{"name":"Ann"},`), 100))
	require.NoError(t, w.Close())
	for coding, body := range map[string][]byte{"gzip": z.Bytes(), "identity": []byte(`{"name":"Ann"}`)} {
		tr, round, n := steady(t, body, coding)
		for range 10 {
			round()
		}
		*n = 0
		require.Zero(t, testing.AllocsPerRun(100, round), coding)
		require.Equal(t, 101*4, *n, "%s %+v", coding, tr.Stats())
	}
}
