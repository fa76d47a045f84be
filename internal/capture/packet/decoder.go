package packet

import (
	"encoding/binary"
	"net/netip"

	"github.com/weir-telemetry/weir/internal/capture"
)

const (
	etherIPv4  = 0x0800
	etherIPv6  = 0x86dd
	etherVLAN  = 0x8100
	etherQinQ  = 0x88a8
	etherQinQ2 = 0x9100
	etherPPPoE = 0x8864

	protoTCP   = 6
	maxVLAN    = 8
	maxExtHdrs = 16
)

// Decoder decodes packets one after the other. The zero value is ready. It is
// not safe for concurrent use. It holds fragments up to 6 MiB.
type Decoder struct {
	frags fragments
	now   int64
}

// Size is how many bytes of fragments d holds: at most 64 packets of 64 KiB and
// the lists of their pieces.
func (d *Decoder) Size() int { return d.frags.size() }

// Decode decodes one packet. When the verdict is TCP, seg is set; otherwise its
// content is undefined. It does not allocate, but for fragments.
func (d *Decoder) Decode(rec *capture.Record, seg *Segment) Verdict {
	d.now = rec.Time
	b := rec.Data
	cut := max(rec.OrigLen-len(b), 0)
	switch rec.Link {
	case capture.LinkEthernet:
		if len(b) < 14 {
			return Short
		}
		return d.ether(binary.BigEndian.Uint16(b[12:]), b[14:], cut, seg)
	case capture.LinkSLL:
		if len(b) < 16 {
			return Short
		}
		return d.ether(binary.BigEndian.Uint16(b[14:]), b[16:], cut, seg)
	case capture.LinkSLL2:
		if len(b) < 20 {
			return Short
		}
		return d.ether(binary.BigEndian.Uint16(b), b[20:], cut, seg)
	case capture.LinkNull, capture.LinkLoop:
		if len(b) < 4 {
			return Short
		}
		return d.ip(b[4:], cut, seg) // address families differ by system; the version nibble does not
	case capture.LinkRaw, capture.LinkRawBSD, capture.LinkRawOBSD, capture.LinkIPv4, capture.LinkIPv6:
		return d.ip(b, cut, seg)
	}
	return UnknownLink
}

func (d *Decoder) ether(typ uint16, b []byte, cut int, seg *Segment) Verdict {
	for i := 0; typ == etherVLAN || typ == etherQinQ || typ == etherQinQ2; i++ {
		if len(b) < 4 {
			return Short
		}
		if i == maxVLAN {
			return Malformed
		}
		typ = binary.BigEndian.Uint16(b[2:])
		b = b[4:]
	}
	switch typ {
	case etherIPv4, etherIPv6:
		return d.ip(b, cut, seg)
	case etherPPPoE:
		if len(b) < 8 {
			return Short
		}
		if p := binary.BigEndian.Uint16(b[6:]); p == 0x0021 || p == 0x0057 {
			return d.ip(b[8:], cut, seg)
		}
	}
	return NotIP
}

func (d *Decoder) ip(b []byte, cut int, seg *Segment) Verdict {
	if len(b) == 0 {
		return Short
	}
	switch b[0] >> 4 {
	case 4:
		return d.ip4(b, cut, seg)
	case 6:
		return d.ip6(b, cut, seg)
	}
	return NotIP
}

func (d *Decoder) ip4(b []byte, cut int, seg *Segment) Verdict {
	if len(b) < 20 {
		return Short
	}
	hl := int(b[0]&15) * 4
	total := int(binary.BigEndian.Uint16(b[2:]))
	if total == 0 { // segmentation offload: the length did not fit
		total = len(b) + cut
	}
	if hl < 20 || total < hl {
		return Malformed
	}
	if len(b) < hl {
		return Short
	}
	src, dst := netip.AddrFrom4([4]byte(b[12:16])), netip.AddrFrom4([4]byte(b[16:20]))
	ff := binary.BigEndian.Uint16(b[6:])
	proto := b[9]
	body, miss := clip(b[hl:], total-hl)
	if ff&0x3fff != 0 {
		if proto != protoTCP {
			return NotTCP
		}
		if miss > 0 {
			return FragmentDropped
		}
		k := fragKey{src: src, dst: dst, id: uint32(binary.BigEndian.Uint16(b[4:]))}
		whole, v := d.frags.add(k, d.now, int(ff&0x1fff)*8, ff&0x2000 != 0, body)
		if v != TCP {
			return v
		}
		body = whole
	}
	return transport(proto, src, dst, body, miss, seg)
}

func (d *Decoder) ip6(b []byte, cut int, seg *Segment) Verdict {
	if len(b) < 40 {
		return Short
	}
	plen := int(binary.BigEndian.Uint16(b[4:]))
	if plen == 0 { // segmentation offload or jumbogram
		plen = len(b) - 40 + cut
	}
	src, dst := netip.AddrFrom16([16]byte(b[8:24])), netip.AddrFrom16([16]byte(b[24:40]))
	next := b[6]
	body, miss := clip(b[40:], plen)
	for range maxExtHdrs {
		switch next {
		case 0, 43, 60, 135: // hop-by-hop, routing, destination options, mobility
			if len(body) < 8 {
				return Short
			}
			n := int(body[1])*8 + 8
			if len(body) < n {
				return Short
			}
			next, body = body[0], body[n:]
		case 51: // authentication header
			if len(body) < 8 {
				return Short
			}
			n := int(body[1])*4 + 8
			if len(body) < n {
				return Short
			}
			next, body = body[0], body[n:]
		case 44:
			if len(body) < 8 {
				return Short
			}
			off := binary.BigEndian.Uint16(body[2:])
			id := binary.BigEndian.Uint32(body[4:])
			next, body = body[0], body[8:]
			if off&0xfff9 == 0 {
				continue // atomic fragment
			}
			if miss > 0 {
				return FragmentDropped
			}
			whole, v := d.frags.add(fragKey{src: src, dst: dst, id: id}, d.now, int(off&0xfff8), off&1 != 0, body)
			if v != TCP {
				return v
			}
			body = whole
		default:
			return transport(next, src, dst, body, miss, seg)
		}
	}
	return Malformed
}

// clip cuts b to the n bytes that the header promises (Ethernet pads short
// frames) and tells how many of them were not captured.
func clip(b []byte, n int) (body []byte, missing int) {
	if len(b) >= n {
		return b[:n], 0
	}
	return b, n - len(b)
}

func transport(proto byte, src, dst netip.Addr, b []byte, miss int, seg *Segment) Verdict {
	if proto != protoTCP {
		switch proto {
		case 4, 41, 47: // IP in IP, IPv6 in IP, GRE
			return Tunnel
		case 17:
			if len(b) >= 4 {
				switch binary.BigEndian.Uint16(b[2:]) {
				case 4789, 6081, 2152: // VXLAN, Geneve, GTP-U
					return Tunnel
				}
			}
		}
		return NotTCP
	}
	if len(b) < 20 {
		return Short
	}
	hl := int(b[12]>>4) * 4
	if hl < 20 {
		return Malformed
	}
	if len(b) < hl {
		return Short
	}
	seg.Src = netip.AddrPortFrom(src, binary.BigEndian.Uint16(b))
	seg.Dst = netip.AddrPortFrom(dst, binary.BigEndian.Uint16(b[2:]))
	seg.Seq = binary.BigEndian.Uint32(b[4:])
	seg.Ack = binary.BigEndian.Uint32(b[8:])
	seg.Flags = b[13]
	seg.Payload = b[hl:]
	seg.Missing = miss
	return TCP
}
