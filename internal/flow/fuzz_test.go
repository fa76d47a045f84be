package flow

import (
	"net/netip"
	"testing"

	"github.com/weir-telemetry/weir/internal/exchange"
)

// words are what a fuzzed segment may carry.
var words = []string{
	"", "GET /a HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "hello",
	"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", "3\r\nabc\r\n", "0\r\n\r\n",
	"HTTP/1.1 200 OK\r\n\r\n", "CONNECT a HTTP/1.1\r\n\r\n", "HTTP/1.1 101 S\r\n\r\n",
	"HEAD / HTTP/1.1\r\n\r\n", "HTTP/1.1 100 C\r\n\r\n", "x\n", "\r\n", "PRI * HTTP/2.0\r\n\r\n",
	"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 20\r\n\r\n",
}

// segmentFrom makes a segment of five bytes: who, where, acknowledging, flags,
// content.
func segmentFrom(b []byte) Segment {
	ends := [2]netip.AddrPort{
		netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, 1}), 20000+uint16(b[0]>>1&3)),
		netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, 2}), 80),
	}
	from := b[0] & 1
	base := [2]uint32{0xffffffe0, 100}
	s := Segment{
		Src: ends[from], Dst: ends[1-from],
		Seq: base[from] + uint32(b[1]), Ack: base[1-from] + uint32(b[2]),
		Flags: b[3] & 31, Payload: []byte(words[b[4]&15]),
	}
	if b[4]&0x80 != 0 && len(s.Payload) > 2 {
		s.Missing = int(b[4] >> 4 & 7)
		s.Payload = s.Payload[:len(s.Payload)-2]
	}
	return s
}

// audit compares the running account with what is really there.
func (t *Tracker) audit(tb testing.TB) {
	used, listed := 0, 0
	for _, c := range t.conns {
		if used += c.size(); c.closed || c.size() != c.counted {
			tb.Fatalf("connection of %d bytes counted as %d, closed %v", c.size(), c.counted, c.closed)
		}
		q := 0
		for _, p := range c.queue {
			if p.done {
				q += p.m.Size()
			}
			if p.resp != nil {
				q += p.resp.Size()
			}
		}
		if q != c.qsize {
			tb.Fatalf("queue of %d bytes counted as %d", q, c.qsize)
		}
		for i := range c.dirs {
			at, n := c.dirs[i].next, 0
			for _, h := range c.dirs[i].held {
				if before(h.seq, at) && c.dirs[i].held[0].seq != h.seq {
					tb.Fatal("held segments overlap")
				}
				at, n = h.end(), n+cap(h.data)
			}
			if n != c.dirs[i].bytes {
				tb.Fatalf("held %d bytes counted as %d", n, c.dirs[i].bytes)
			}
		}
	}
	for c := t.silent.front; c != nil; c = c.links[listSilent].next {
		listed++
	}
	if used != t.used || listed != len(t.conns) {
		tb.Fatalf("%d bytes counted as %d; %d of %d connections listed", used, t.used, listed, len(t.conns))
	}
	if size := t.Stats().BufferedBytes; size > t.cfg.MaxBufferedBytes {
		tb.Fatalf("%d bytes held, %d allowed", size, t.cfg.MaxBufferedBytes)
	}
}

func FuzzTracker(f *testing.F) {
	f.Add([]byte{0, 0, 0, SYN, 0, 1, 0, 1, SYN | ACK, 0, 0, 1, 1, ACK, 1, 1, 1, 20, ACK, 2, 1, 39, 20, ACK, 3})
	f.Add([]byte{0, 9, 0, ACK, 1, 1, 9, 28, ACK, 0x82, 1, 90, 28, ACK, 7, 0, 28, 9, FIN, 0})
	f.Fuzz(func(t *testing.T, in []byte) {
		var tr *Tracker
		emitted := uint64(0)
		tr = NewTracker(Config{MaxConnections: 3, MaxBufferedBytes: 20 << 10, MaxOutOfOrderBytes: 512, MaxPipelined: 4}, func(e *exchange.Exchange) {
			emitted++
			if e.Client == e.Server || e.Status < 100 || len(e.Method) == 0 {
				t.Fatalf("impossible exchange %+v", e)
			}
		})
		now := int64(1)
		for ; len(in) >= 5; in = in[5:] {
			s := segmentFrom(in)
			now += int64(in[2]) << (in[3] >> 5 * 4) // up to a minute at once
			tr.Packet(now, &s)
			tr.audit(t)
		}
		tr.Flush()
		tr.audit(t)
		st := tr.Stats()
		if st.ActiveConnections != 0 || st.BufferedBytes != 0 || st.Exchanges != emitted {
			t.Fatalf("after flush: %+v", st)
		}
		if st.Requests < emitted || st.Responses < emitted {
			t.Fatalf("more pairs than messages: %+v", st)
		}
	})
}
