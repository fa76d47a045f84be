package packet_test

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/weir-telemetry/weir/internal/capture"
	"github.com/weir-telemetry/weir/internal/capture/packet"
)

var be = binary.BigEndian

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

func tcp(payload string) []byte {
	b := be.AppendUint16(be.AppendUint16(nil, 40000), 80)
	b = be.AppendUint32(be.AppendUint32(b, 7), 9)
	return join(b, []byte{0x60, 0x18, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0}, []byte(payload)) // with options
}

// ip4 wraps body; flags holds the fragment bits and offset.
func ip4(proto byte, total int, id, flags uint16, body []byte) []byte {
	b := []byte{0x46, 0}
	if total < 0 {
		total = 24 + len(body)
	}
	b = be.AppendUint16(be.AppendUint16(be.AppendUint16(b, uint16(total)), id), flags)
	return join(b, []byte{64, proto, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 0, 0, 0, 0}, body) // with an option
}

func ip6(next byte, plen int, body []byte) []byte {
	if plen < 0 {
		plen = len(body)
	}
	b := be.AppendUint16([]byte{0x60, 0, 0, 0}, uint16(plen))
	src, dst := netip.MustParseAddr("fd00::1").As16(), netip.MustParseAddr("fd00::2").As16()
	return join(b, []byte{next, 64}, src[:], dst[:], body)
}

func ether(tail ...[]byte) []byte { return join(make([]byte, 12), join(tail...)) }

const (
	v4 = "10.0.0.1:40000>10.0.0.2:80"
	v6 = "[fd00::1]:40000>[fd00::2]:80"
)

func TestDecode(t *testing.T) {
	t4, t6 := []byte{8, 0}, []byte{0x86, 0xdd}
	plain4, plain6 := ip4(6, -1, 0, 0, tcp("hi")), ip6(6, -1, tcp("hi"))
	ext := func(next byte) []byte { return []byte{next, 0, 1, 4, 0, 0, 0, 0} }
	for name, c := range map[string]struct {
		link    capture.LinkType
		data    []byte
		orig    int // more than the data
		verdict packet.Verdict
		ends    string
		missing int
	}{
		"ethernet":                 {link: 1, data: ether(t4, plain4), ends: v4},
		"ethernet ipv6":            {link: 1, data: ether(t6, plain6), ends: v6},
		"padding is not payload":   {link: 1, data: ether(t4, plain4, make([]byte, 20)), ends: v4},
		"vlan":                     {link: 1, data: ether([]byte{0x81, 0, 0, 5}, t4, plain4), ends: v4},
		"qinq":                     {link: 1, data: ether([]byte{0x88, 0xa8, 0, 5, 0x81, 0, 0, 6}, t6, plain6), ends: v6},
		"old qinq":                 {link: 1, data: ether([]byte{0x91, 0, 0, 5, 0x81, 0, 0, 6}, t4, plain4), ends: v4},
		"pppoe":                    {link: 1, data: ether([]byte{0x88, 0x64, 0x11, 0, 0, 1, 0, 50, 0, 0x21}, plain4), ends: v4},
		"sll":                      {link: 113, data: join(make([]byte, 14), t4, plain4), ends: v4},
		"sll vlan":                 {link: 113, data: join(make([]byte, 14), []byte{0x81, 0, 0, 5}, t4, plain4), ends: v4},
		"sll2":                     {link: 276, data: join(t6, make([]byte, 18), plain6), ends: v6},
		"null, little":             {link: 0, data: join([]byte{2, 0, 0, 0}, plain4), ends: v4},
		"null, ipv6 of another os": {link: 0, data: join([]byte{30, 0, 0, 0}, plain6), ends: v6},
		"loop":                     {link: 108, data: join([]byte{0, 0, 0, 2}, plain4), ends: v4},
		"raw":                      {link: 101, data: plain4, ends: v4},
		"raw, old numbers":         {link: 12, data: plain6, ends: v6},
		"raw ipv6":                 {link: 229, data: plain6, ends: v6},
		"offload: length 0":        {link: 101, data: ip4(6, 0, 0, 0, tcp("hi")), ends: v4},
		"offload: ipv6 length 0":   {link: 101, data: ip6(6, 0, tcp("hi")), ends: v6},
		"snap length":              {link: 101, data: plain4[:len(plain4)-1], orig: 1, ends: v4, missing: 1},
		"snap length, all gone":    {link: 101, data: plain4[:len(plain4)-2], orig: 2, ends: v4, missing: 2},
		"offload and snap length":  {link: 101, data: ip4(6, 0, 0, 0, tcp("h")), orig: 1, ends: v4, missing: 1},
		"extension headers": {link: 101, ends: v6, data: ip6(0, -1, join(ext(60), ext(43), ext(51),
			[]byte{135, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, ext(6), tcp("hi")))},
		"atomic fragment": {link: 101, data: ip6(44, -1, join([]byte{6, 0, 0, 0, 0, 0, 0, 1}, tcp("hi"))), ends: v6},

		"ethernet cut":          {link: 1, data: make([]byte, 13), verdict: packet.Short},
		"sll cut":               {link: 113, data: make([]byte, 15), verdict: packet.Short},
		"sll2 cut":              {link: 276, data: make([]byte, 19), verdict: packet.Short},
		"null cut":              {link: 0, data: make([]byte, 3), verdict: packet.Short},
		"vlan cut":              {link: 1, data: ether([]byte{0x81, 0, 0}), verdict: packet.Short},
		"vlans without end":     {link: 1, data: ether(bytes.Repeat([]byte{0x81, 0, 0, 5}, 40)), verdict: packet.Malformed},
		"arp":                   {link: 1, data: ether([]byte{8, 6}, make([]byte, 28)), verdict: packet.NotIP},
		"ip version 5":          {link: 101, data: []byte{0x55, 0, 0}, verdict: packet.NotIP},
		"nothing":               {link: 101, data: nil, verdict: packet.Short},
		"unknown link":          {link: 147, data: plain4, verdict: packet.UnknownLink},
		"ip header too short":   {link: 101, data: join([]byte{0x44}, plain4[1:]), verdict: packet.Malformed},
		"ip total below header": {link: 101, data: ip4(6, 23, 0, 0, tcp("hi")), verdict: packet.Malformed},
		"ip cut":                {link: 101, data: plain4[:21], orig: 30, verdict: packet.Short},
		"ipv6 cut":              {link: 101, data: plain6[:39], orig: 30, verdict: packet.Short},
		"tcp cut":               {link: 101, data: plain4[:40], orig: 30, verdict: packet.Short},
		"tcp options cut":       {link: 101, data: plain4[:46], orig: 30, verdict: packet.Short},
		"tcp header too short":  {link: 101, data: ip4(6, -1, 0, 0, join(tcp("")[:12], []byte{0x40}, tcp("")[13:])), verdict: packet.Malformed},
		"udp":                   {link: 101, data: ip4(17, -1, 0, 0, make([]byte, 20)), verdict: packet.NotTCP},
		"vxlan":                 {link: 101, data: ip4(17, -1, 0, 0, []byte{1, 1, 0x12, 0xb5, 0, 0, 0, 0}), verdict: packet.Tunnel},
		"gre":                   {link: 101, data: ip4(47, -1, 0, 0, make([]byte, 20)), verdict: packet.Tunnel},
		"extension to the moon": {link: 101, data: ip6(0, -1, []byte{6, 255, 0, 0, 0, 0, 0, 0}), verdict: packet.Short},
		"extensions, endless":   {link: 101, data: ip6(60, -1, bytes.Repeat(ext(60), 100)), verdict: packet.Malformed},
	} {
		var d packet.Decoder
		seg := packet.Segment{Missing: 99}
		rec := capture.Record{Link: c.link, Data: c.data, OrigLen: len(c.data) + c.orig}
		require.Equal(t, c.verdict, d.Decode(&rec, &seg), name)
		if c.verdict != packet.TCP {
			continue
		}
		require.Equal(t, c.ends, seg.Src.String()+">"+seg.Dst.String(), name)
		require.Equal(t, "hi"[:2-c.missing], string(seg.Payload), name)
		require.Equal(t, []uint32{7, 9, 0x18, uint32(c.missing)}, []uint32{seg.Seq, seg.Ack, uint32(seg.Flags), uint32(seg.Missing)}, name)
		require.Zero(t, testing.AllocsPerRun(10, func() { d.Decode(&rec, &seg) }), name)
	}
}

// piece makes a fragment of whole: bytes from to to.
func piece(six bool, id uint16, whole []byte, from, to int) []byte {
	more := to < len(whole)
	if !six {
		flags := uint16(from / 8)
		if more {
			flags |= 0x2000
		}
		return ip4(6, -1, id, flags, whole[from:to])
	}
	off := uint16(from)
	if more {
		off |= 1
	}
	return ip6(44, -1, join([]byte{6, 0}, be.AppendUint16(nil, off), []byte{0, 0}, be.AppendUint16(nil, id), whole[from:to]))
}

func TestFragments(t *testing.T) {
	whole := tcp("a request in several pieces")
	for _, six := range []bool{false, true} {
		var d packet.Decoder
		var seg packet.Segment
		add := func(now int64, b []byte) packet.Verdict {
			return d.Decode(&capture.Record{Time: now, Link: capture.LinkRaw, Data: b, OrigLen: len(b)}, &seg)
		}
		f := func(id uint16, from, to int) []byte { return piece(six, id, whole, from, to) }
		n := len(whole)

		require.Equal(t, packet.Fragment, add(0, f(1, 16, 32)), "any order")
		require.Equal(t, packet.Fragment, add(0, f(1, 32, n)))
		require.Equal(t, packet.Fragment, add(0, f(1, 16, 32)), "again the same")
		require.Equal(t, packet.TCP, add(0, f(1, 0, 16)))
		require.Equal(t, "a request in several pieces", string(seg.Payload))

		require.Equal(t, packet.Fragment, add(0, f(2, 0, 16)))
		require.Equal(t, packet.FragmentDropped, add(0, f(2, 8, 32)), "an overlap drops all")
		require.Equal(t, packet.Fragment, add(0, f(2, 32, n)), "a new set begins")

		require.Equal(t, packet.FragmentDropped, add(0, f(3, 0, 9)), "not of eights")
		require.Equal(t, packet.FragmentDropped, add(0, piece(six, 3, make([]byte, 70000), 65528, 65536)), "past 64 KiB")

		require.Equal(t, packet.Fragment, add(0, f(4, 0, 16)))
		require.Equal(t, packet.Fragment, add(31e9, f(4, 16, n)), "the first one is too old")
		for id := uint16(100); id < 10_000; id++ {
			require.Equal(t, packet.Fragment, add(32e9, f(id, 0, 16)))
		}
		require.LessOrEqual(t, d.Size(), 5<<20)
		require.Equal(t, packet.TCP, add(32e9, f(9_999, 16, n)), "the youngest are kept")
		require.Equal(t, packet.Fragment, add(32e9, f(100, 16, n)), "the oldest made room")
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(uint16(1), ether([]byte{8, 0}, ip4(6, -1, 0, 0, tcp("hi"))), 0)
	f.Add(uint16(101), piece(false, 1, tcp("hi, in pieces of 16"), 0, 16), 0)
	f.Add(uint16(101), piece(true, 1, tcp("hi, in pieces of 16"), 0, 16), 9)
	f.Add(uint16(276), join([]byte{0x86, 0xdd}, make([]byte, 18), ip6(0, -1, []byte{60, 0, 0, 0, 0, 0, 0, 0})), 0)
	f.Fuzz(func(t *testing.T, link uint16, b []byte, orig int) {
		var d packet.Decoder
		for cut := 0; cut < 3 && cut <= len(b); cut++ { // the same again, shorter: fragments meet
			var seg packet.Segment
			rec := capture.Record{Link: capture.LinkType(link), Data: b[: len(b)-cut : len(b)-cut], OrigLen: orig}
			v := d.Decode(&rec, &seg)
			if v == packet.TCP && (seg.Missing < 0 || !seg.Src.IsValid() || len(seg.Payload) > 1<<16 && len(seg.Payload) > len(b)) {
				t.Fatalf("impossible segment %+v", seg)
			}
			if v >= packet.NumVerdicts || d.Size() > 5<<20 {
				t.Fatal(v, d.Size())
			}
		}
	})
}
