// Package capturetest makes captures of HTTP conversations for tests, the demo
// and benchmarks: Ethernet, IPv4 or IPv6, TCP with handshake, segmentation,
// acknowledgments and FIN.
package capturetest

import (
	"encoding/binary"
	"io"
	"net/netip"
	"time"
)

// Packet is one made packet: an Ethernet frame and its time in nanoseconds
// since the Unix epoch.
type Packet struct {
	Time int64
	Data []byte
}

// Conn makes the packets of one TCP connection, in order.
type Conn struct {
	Client, Server netip.AddrPort
	MSS            int           // default 1460
	Step           time.Duration // between packets; default 50 µs
	Packets        []Packet
	now            int64
	seq            [2]uint32 // client's, server's next
}

// NewConn returns a connection that starts at now with the given initial
// sequence numbers.
func NewConn(client, server netip.AddrPort, now time.Time, clientISN, serverISN uint32) *Conn {
	return &Conn{
		Client: client, Server: server, MSS: 1460, Step: 50 * time.Microsecond,
		now: now.UnixNano(), seq: [2]uint32{clientISN, serverISN},
	}
}

// The TCP flags used here.
const (
	fin = 1
	syn = 2
	psh = 8
	ack = 16
)

// Open makes the handshake.
func (c *Conn) Open() {
	c.add(0, syn, nil)
	c.seq[0]++
	c.add(1, syn|ack, nil)
	c.seq[1]++
	c.add(0, ack, nil)
}

// Request sends b from the client, acknowledged by the server.
func (c *Conn) Request(b []byte) { c.send(0, b) }

// Response sends b from the server, acknowledged by the client.
func (c *Conn) Response(b []byte) { c.send(1, b) }

// Close makes both FINs.
func (c *Conn) Close() {
	c.add(0, fin|ack, nil)
	c.seq[0]++
	c.add(1, fin|ack, nil)
	c.seq[1]++
	c.add(0, ack, nil)
}

func (c *Conn) send(side int, b []byte) {
	for len(b) > 0 {
		n := min(len(b), c.MSS)
		c.add(side, psh|ack, b[:n])
		c.seq[side] += uint32(n)
		b = b[n:]
	}
	c.add(1-side, ack, nil)
}

func (c *Conn) add(side int, flags byte, payload []byte) {
	src, dst := c.Client, c.Server
	if side == 1 {
		src, dst = dst, src
	}
	ackNo := c.seq[1-side]
	if flags&ack == 0 {
		ackNo = 0
	}
	c.Packets = append(c.Packets, Packet{c.now, Frame(src, dst, c.seq[side], ackNo, flags, payload)})
	c.now += int64(c.Step)
}

// Frame makes one Ethernet frame with a TCP segment in it. Checksums are left
// empty, as offloading leaves them.
func Frame(src, dst netip.AddrPort, seq, ackNo uint32, flags byte, payload []byte) []byte {
	b := make([]byte, 12, 74+len(payload))
	tcpLen := 20 + len(payload)
	if src.Addr().Is4() {
		b = append(b, 8, 0, 0x45, 0)
		b = binary.BigEndian.AppendUint16(b, uint16(20+tcpLen))
		b = append(b, 0, 0, 0x40, 0, 64, 6, 0, 0)
	} else {
		b = append(b, 0x86, 0xdd, 0x60, 0, 0, 0)
		b = binary.BigEndian.AppendUint16(b, uint16(tcpLen))
		b = append(b, 6, 64)
	}
	b = append(append(b, src.Addr().AsSlice()...), dst.Addr().AsSlice()...)
	b = binary.BigEndian.AppendUint16(b, src.Port())
	b = binary.BigEndian.AppendUint16(b, dst.Port())
	b = binary.BigEndian.AppendUint32(b, seq)
	b = binary.BigEndian.AppendUint32(b, ackNo)
	b = append(b, 0x50, flags, 0xff, 0xff, 0, 0, 0, 0)
	return append(b, payload...)
}

// WritePcap writes packets as a pcap file with nanoseconds, little-endian.
func WritePcap(w io.Writer, packets []Packet) error {
	le := binary.LittleEndian
	b := le.AppendUint32(nil, 0xa1b23c4d)
	b = le.AppendUint16(b, 2)
	b = le.AppendUint16(b, 4)
	b = append(b, make([]byte, 8)...)
	b = le.AppendUint32(b, 256<<10)
	b = le.AppendUint32(b, 1)
	for _, p := range packets {
		b = le.AppendUint32(b, uint32(p.Time/1e9))
		b = le.AppendUint32(b, uint32(p.Time%1e9))
		b = le.AppendUint32(b, uint32(len(p.Data)))
		b = le.AppendUint32(b, uint32(len(p.Data)))
		b = append(b, p.Data...)
		if len(b) > 1<<16 {
			if _, err := w.Write(b); err != nil {
				return err
			}
			b = b[:0]
		}
	}
	_, err := w.Write(b)
	return err
}
