package flow_test

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/weir-telemetry/weir/internal/exchange"
	"github.com/weir-telemetry/weir/internal/flow"
)

// talk is one hand-made connection: segments are placed by their offset in the
// stream, so that a test can lose, repeat and forge them.
type talk struct {
	*testing.T
	tr     *flow.Tracker
	ends   [2]netip.AddrPort // client, server
	isn    [2]uint32
	now    time.Time
	got    []string
	silent bool // exchanges are not noted
}

const (
	client = 0
	server = 1
)

func newTalk(t *testing.T, cfg flow.Config) *talk {
	k := &talk{T: t, now: epoch, isn: [2]uint32{0xffffff00, 77}}
	k.ends[client], k.ends[server] = ports(0)
	k.tr = flow.NewTracker(cfg, func(e *exchange.Exchange) {
		if k.silent {
			return
		}
		partial := ""
		if e.Partial {
			partial = " partial"
		}
		k.got = append(k.got, fmt.Sprintf("%s>%s %s %s %d %q%s", e.Client, e.Server, e.Method, e.Path, e.Status, e.Response.Body, partial))
	})
	return k
}

// seg sends b at offset off of one side's stream (0 is the first byte after the
// SYN), which acknowledges the peer's stream up to ack.
func (k *talk) seg(from int, off, ack int, flags uint8, b string, missing ...int) {
	k.now = k.now.Add(time.Millisecond)
	s := flow.Segment{
		Src: k.ends[from], Dst: k.ends[1-from],
		Seq: k.isn[from] + 1 + uint32(off), Ack: k.isn[1-from] + 1 + uint32(ack), Flags: flags, Payload: []byte(b),
	}
	if len(missing) > 0 {
		s.Missing = missing[0]
	}
	k.tr.Packet(k.now.UnixNano(), &s)
	if n := k.tr.Stats().BufferedBytes; n < 0 {
		k.Fatalf("%d bytes held", n)
	}
}

func (k *talk) data(from, off, ack int, b string) { k.seg(from, off, ack, flow.ACK|flow.PSH, b) }
func (k *talk) ack(from, off, ack int)            { k.seg(from, off, ack, flow.ACK, "") }

func (k *talk) open() {
	k.seg(client, -1, -1, flow.SYN, "")
	k.seg(server, -1, 0, flow.SYN|flow.ACK, "")
	k.ack(client, 0, 0)
}

func (k *talk) pass(d time.Duration) {
	k.now = k.now.Add(d)
	k.tr.Advance(k.now.UnixNano())
}

// drops are the counted reasons, by name.
func (k *talk) drops() map[string]int {
	out := map[string]int{}
	for r, n := range k.tr.Stats().Drops {
		if n > 0 {
			out[flow.Reason(r).String()] = int(n)
		}
	}
	return out
}
