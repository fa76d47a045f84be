package flow_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weir-telemetry/weir/internal/exchange"
	"github.com/weir-telemetry/weir/internal/flow"
)

const (
	getA  = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n"
	getB  = "GET /b HTTP/1.1\r\nHost: x\r\n\r\n"
	okA   = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nfirst!"
	okB   = "HTTP/1.1 201 OK\r\nContent-Length: 7\r\n\r\nsecond!"
	paths = "10.0.0.1:20000>10.0.0.2:80 "
	pairA = paths + `GET /a 200 "first!"`
	pairB = paths + `GET /b 201 "second!"`
)

type counts = map[string]int

func TestTransportTricks(t *testing.T) {
	nA, mA := len(getA), len(okA)
	for name, c := range map[string]struct {
		play  func(k *talk)
		want  []string
		drops counts
	}{
		"the plain case": {
			play: func(k *talk) {
				k.data(client, 0, 0, getA)
				k.data(server, 0, nA, okA)
				k.data(client, nA, mA, getB)
				k.data(server, mA, 2*nA, okB)
			},
			want: []string{pairA, pairB},
		},
		"overlap with other bytes, ahead: the first wins": {
			play: func(k *talk) {
				k.data(client, 10, 0, getA[10:])
				k.data(client, 0, 0, "GET /z HTT"+strings.Repeat("z", 8))
				k.data(client, 0, 0, getA[:10])
				k.data(server, 0, nA, okA)
			},
			want:  []string{paths + `GET /z 200 "first!"`},
			drops: counts{"conflicting_overlap": 2},
		},
		"repeated with other bytes, behind": {
			play: func(k *talk) {
				k.data(client, 0, 0, getA)
				k.data(client, 0, 0, strings.Replace(getA, "/a", "/z", 1))
				k.data(client, 0, 0, getA)
				k.data(server, 0, nA, okA)
			},
			want: []string{pairA}, drops: counts{"conflicting_overlap": 1},
		},
		"rst with a wrong number": {
			play: func(k *talk) {
				k.data(client, 0, 0, getA)
				k.seg(server, 5000, 0, flow.RST, "")
				k.seg(client, 3, 0, flow.RST, "")
				k.data(server, 0, nA, okA)
			},
			want: []string{pairA}, drops: counts{"bad_sequence": 2},
		},
		"rst after fin": {
			play: func(k *talk) {
				k.data(client, 0, 0, getA)
				k.data(server, 0, nA, okA)
				k.seg(client, nA, mA, flow.FIN|flow.ACK, "")
				k.seg(client, nA+1, 0, flow.RST, "")
				if n := k.tr.Stats().ActiveConnections; n != 0 {
					k.Errorf("%d connections left", n)
				}
			},
			want: []string{pairA},
		},
		"fin with a wrong number": {
			play: func(k *talk) {
				k.seg(client, 9, 0, flow.FIN|flow.ACK, "") // before the data that follows
				k.data(client, 0, 0, getA)
				k.seg(client, 3, 0, flow.FIN|flow.ACK, "") // behind
				k.seg(server, 5000, nA, flow.FIN|flow.ACK, "")
				k.data(server, 0, nA, okA)
				k.seg(server, mA, nA, flow.FIN|flow.ACK, "")
				k.seg(client, nA, mA+1, flow.FIN|flow.ACK, "")
				if n := k.tr.Stats().ActiveConnections; n != 0 {
					k.Errorf("%d connections left", n)
				}
			},
			want: []string{pairA}, drops: counts{"bad_sequence": 2},
		},
		"sequence numbers from elsewhere": {
			play: func(k *talk) {
				k.data(client, 1<<31, 0, getB)
				k.data(client, 0, 0, getA)
				k.data(server, 0, nA, okA)
				k.seg(server, 99, nA, flow.SYN|flow.ACK, "")
			},
			want: []string{pairA}, drops: counts{"bad_sequence": 2},
		},
		"the ports are used again": {
			play: func(k *talk) {
				k.data(client, 0, 0, getA)
				k.data(server, 0, nA, okA[:20]) // never ends
				k.isn = [2]uint32{1000, 2000}
				k.open()
				k.data(client, 0, 0, getB)
				k.data(server, 0, nA, okB)
			},
			want: []string{pairB}, drops: counts{"truncated_message": 1, "unanswered": 1},
		},
		"keep-alive and window probes": {
			play: func(k *talk) {
				k.seg(client, -1, 0, flow.ACK, "\x00")
				k.data(client, 0, 0, getA[:10])
				k.seg(client, 10, 0, flow.ACK, getA[10:11]) // into a zero window
				k.seg(client, 10, 0, flow.ACK, getA[10:11])
				k.data(client, 10, 0, getA[10:])
				k.seg(client, nA-1, 0, flow.ACK, "\x00")
				k.data(server, 0, nA, okA)
			},
			want: []string{pairA},
		},
		"response before the request's end": {
			play: func(k *talk) {
				post := "POST /a HTTP/1.1\r\nContent-Length: 10\r\n\r\n"
				k.data(client, 0, 0, post+"01234")
				k.data(server, 0, len(post)+5, okA)
				k.data(client, len(post)+5, mA, "56789")
			},
			want: []string{paths + `POST /a 200 "first!"`},
		},
		"request never ended": {
			play: func(k *talk) {
				post := "POST /a HTTP/1.1\r\nContent-Length: 10\r\n\r\n"
				k.data(client, 0, 0, post+"01234")
				k.data(server, 0, len(post)+5, okA)
			},
			drops: counts{"truncated_message": 1, "uncertain_pair": 1},
		},
		"response without request": {
			play: func(k *talk) { k.data(server, 0, 0, okA) }, drops: counts{"uncertain_pair": 1},
		},
		"never answered": {
			play: func(k *talk) { k.data(client, 0, 0, getA) }, drops: counts{"unanswered": 1},
		},
		"continue, then the answer; head has no body": {
			play: func(k *talk) {
				k.data(client, 0, 0, getA+"HEAD /h HTTP/1.1\r\n\r\n"+getB)
				k.data(server, 0, 0, "HTTP/1.1 100 Continue\r\n\r\n"+okA+"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n"+okB)
			},
			want: []string{pairA, paths + `HEAD /h 200 ""`, pairB},
		},
		"connect": {
			play: func(k *talk) {
				req := "CONNECT a:443 HTTP/1.1\r\n\r\n"
				k.data(client, 0, 0, req)
				k.data(server, 0, len(req), "HTTP/1.1 200 OK\r\n\r\n")
				k.data(client, len(req), 19, "\x16\x03\x01 not http")
				k.data(client, len(req)+12, 19, getA)
				k.data(server, 19, len(req)+12+nA, okA)
			},
			want: []string{paths + `CONNECT a:443 200 ""`}, drops: counts{"tunnel": 1},
		},
		"upgrade": {
			play: func(k *talk) {
				k.data(client, 0, 0, getA)
				k.data(server, 0, nA, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"+okB)
			},
			want: []string{paths + `GET /a 101 ""`}, drops: counts{"tunnel": 1},
		},
		"http/0.9": {play: func(k *talk) { k.data(client, 0, 0, "GET /\r\n") }, drops: counts{"not_http": 1}},
		"http/2":   {play: func(k *talk) { k.data(client, 0, 0, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") }, drops: counts{"http2": 1}},
		"tls":      {play: func(k *talk) { k.data(client, 0, 0, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n\n0123456789") }, drops: counts{"not_http": 1}},
		"framing that differs": {play: func(k *talk) {
			k.data(client, 0, 0, getA+"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n")
		}, drops: counts{"malformed": 1, "unanswered": 1}},
		"head without end": {play: func(k *talk) { k.data(client, 0, 0, getA+"GET / HTTP/1.1\r\nA: "+strings.Repeat("x", 66000)) }, drops: counts{"head_too_long": 1, "unanswered": 1}},
		"cut by the snap length": {
			play: func(k *talk) {
				k.data(client, 0, 0, getA)
				k.seg(server, 0, nA, flow.ACK, okA[:mA-4], 4)
				k.data(client, nA, mA, getB)
				k.data(server, mA, 2*nA, okB)
			},
			want: []string{paths + `GET /a 200 "fi" partial`, pairB}, drops: counts{"gap": 1},
		},
	} {
		k := newTalk(t, flow.Config{})
		k.open()
		c.play(k)
		k.tr.Flush()
		require.Equal(t, c.want, k.got, name)
		got := k.drops()
		for r, n := range c.drops {
			if n == 0 {
				delete(c.drops, r)
			}
		}
		if len(c.drops) == 0 {
			require.Empty(t, got, name)
		} else {
			require.Equal(t, c.drops, got, name)
		}
		require.Zero(t, k.tr.Stats().BufferedBytes, name)
	}
}

// A client that sends what looks like a response, after a gap, is still the
// client; its own words never become an answer.
func TestBodyDoesNotTurnTheConnection(t *testing.T) {
	for _, handshake := range []bool{true, false} {
		k := newTalk(t, flow.Config{})
		if handshake {
			k.open()
		}
		k.data(client, 0, 0, getA)
		k.data(server, 0, len(getA), okA)
		at, back := len(getA), len(okA)
		at += 1000 // lost, acknowledged by the server
		k.data(client, at, back, okB)
		k.ack(server, back, at+len(okB))
		k.pass(time.Second)
		k.data(server, back, at+len(okB), getB) // reflected
		at += len(okB)
		k.data(client, at, back+len(getB), getB)
		k.data(server, back+len(getB), at+len(getB), okB)
		k.tr.Flush()
		require.Equal(t, pairA, k.got[0])
		for _, g := range k.got {
			require.True(t, strings.HasPrefix(g, paths), g)
		}
	}
}

// A connection picked up in the middle of a body that quotes HTTP is read the
// right way around as soon as the ports contradict.
func TestPickedUpInABody(t *testing.T) {
	k := newTalk(t, flow.Config{})
	k.data(server, 0, 0, getB) // the rest of an answer
	k.data(client, 0, len(getB), getA)
	k.data(server, len(getB), len(getA), okA)
	k.tr.Flush()
	require.Equal(t, []string{pairA}, k.got, "%v", k.drops())
}

func TestUntilClose(t *testing.T) {
	body := "HTTP/1.1 200 OK\r\n\r\nto the end"
	for name, c := range map[string]struct {
		end  func(k *talk)
		want string
	}{
		"both fins": {func(k *talk) {
			k.seg(server, len(body), len(getA), flow.FIN|flow.ACK, "")
			k.seg(client, len(getA), len(body)+1, flow.FIN|flow.ACK, "")
		}, `"to the end"`},
		"server's fin":     {func(k *talk) { k.seg(server, len(body), len(getA), flow.FIN|flow.ACK, "") }, `"to the end"`},
		"capture ended":    {func(*talk) {}, `"to the end" partial`},
		"reset":            {func(k *talk) { k.seg(server, len(body), len(getA), flow.RST, "") }, `"to the end" partial`},
		"idle":             {func(k *talk) { k.pass(time.Hour) }, `"to the end" partial`},
		"fin behind a gap": {func(k *talk) { k.seg(server, len(body)+50, len(getA), flow.FIN|flow.ACK, "") }, `"to the end" partial`},
	} {
		k := newTalk(t, flow.Config{})
		k.open()
		k.data(client, 0, 0, getA)
		k.data(server, 0, len(getA), body)
		c.end(k)
		k.tr.Flush()
		require.Equal(t, []string{paths + "GET /a 200 " + c.want}, k.got, name)
	}
}

// What waits behind a gap that nobody acknowledged past is delivered before the
// connection is forgotten.
func TestIdleDeliversBehindGaps(t *testing.T) {
	k := newTalk(t, flow.Config{})
	k.open()
	k.data(client, 0, 0, getA)
	k.data(server, 0, len(getA), okA)
	k.data(client, 2*len(getA), len(okA)+300, getB) // one request and its answer are lost
	k.data(server, len(okA)+300, 3*len(getA), okB)
	k.pass(time.Hour)
	require.Equal(t, []string{pairA, pairB}, k.got, "%v", k.drops())
	require.Zero(t, k.tr.Stats().ActiveConnections)
}

// After a gap, an answer framed without knowing that it answers HEAD is not
// trusted.
func TestHeadAfterGap(t *testing.T) {
	k := newTalk(t, flow.Config{})
	head := "HEAD /h HTTP/1.1\r\n\r\n"
	answer := "HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n"
	k.data(client, 0, 0, head)
	k.data(server, 0, len(head), answer)
	k.data(client, len(head), len(answer), getB)
	k.data(server, len(answer), len(head)+len(getB), okB)
	k.tr.Flush()
	require.Equal(t, []string{paths + `HEAD /h 200 ""`, pairB}, k.got, fmt.Sprint(k.drops()))
}

// The handshake's answer tells where a client begins whose SYN was lost.
func TestLostSYN(t *testing.T) {
	k := newTalk(t, flow.Config{})
	k.seg(server, -1, 0, flow.SYN|flow.ACK, "")
	k.data(client, 0, 0, getA)
	k.data(server, 0, len(getA), okA)
	require.Equal(t, []string{pairA}, k.got)
	require.Zero(t, k.tr.Stats().Proven, "in order from the beginning")
}

// Clocks that go back neither hold up anything nor make durations negative.
func TestClockGoesBack(t *testing.T) {
	var durations []time.Duration
	tr := flow.NewTracker(flow.Config{}, func(e *exchange.Exchange) { durations = append(durations, e.Duration) })
	at := epoch.UnixNano()
	for i, s := range []flow.Segment{
		{Src: peerOf(1), Dst: target, Seq: 1, Ack: 1, Flags: flow.ACK, Payload: []byte(getA)},
		{Src: target, Dst: peerOf(1), Seq: 1, Ack: 1 + uint32(len(getA)), Flags: flow.ACK, Payload: []byte(okA)},
	} {
		tr.Packet(at-int64(i)*int64(time.Hour), &s)
	}
	tr.Advance(at - int64(48*time.Hour))
	require.Equal(t, []time.Duration{0}, durations)
	require.Equal(t, 1, tr.Stats().ActiveConnections)
	tr.Advance(at + int64(time.Hour))
	require.Zero(t, tr.Stats().ActiveConnections)
}
