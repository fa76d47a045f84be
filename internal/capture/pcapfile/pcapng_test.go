package pcapfile

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/weir-telemetry/weir/internal/capture"
)

// ng builds pcapng blocks in one byte order.
type ng struct {
	binary.AppendByteOrder
	b []byte
}

func (g *ng) block(typ uint32, body []byte) *ng {
	for len(body)%4 != 0 {
		body = append(body, 0)
	}
	n := uint32(12 + len(body))
	g.b = g.AppendUint32(g.AppendUint32(g.b, typ), n)
	g.b = g.AppendUint32(append(g.b, body...), n)
	return g
}

func (g *ng) words(w ...uint32) (b []byte) {
	for _, x := range w {
		b = g.AppendUint32(b, x)
	}
	return b
}

func (g *ng) section() *ng {
	return g.block(blockSection, g.words(0x1a2b3c4d, 0x00010001, 0xffffffff, 0xffffffff))
}

func (g *ng) option(code uint16, v []byte) []byte {
	b := g.AppendUint16(g.AppendUint16(nil, code), uint16(len(v)))
	b = append(b, v...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

func (g *ng) iface(link uint16, snap uint32, options ...[]byte) *ng {
	b := g.AppendUint16(g.AppendUint16(nil, link), 0)
	b = append(b, g.words(snap)...)
	return g.block(blockInterface, append(b, bytes.Join(options, nil)...))
}

func (g *ng) enhanced(id uint32, ticks uint64, data string, orig int) *ng {
	b := g.words(id, uint32(ticks>>32), uint32(ticks), uint32(len(data)), uint32(orig))
	b = append(b, data...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return g.block(blockEnhanced, append(b, g.words(0)...)) // end of options
}

type got struct {
	time int64
	link capture.LinkType
	data string
	orig int
}

func readAll(t *testing.T, b []byte) (out []got, err error) {
	t.Helper()
	r, err := NewReader(bytes.NewReader(b))
	require.NoError(t, err)
	for {
		var rec capture.Record
		if err = r.Next(&rec); err != nil {
			again := r.Next(&rec)
			require.Equal(t, err, again, "the end stays")
			return out, err
		}
		out = append(out, got{rec.Time, rec.Link, string(rec.Data), rec.OrigLen})
	}
}

func TestPcapngBothOrders(t *testing.T) {
	for name, order := range map[string]binary.AppendByteOrder{"little": binary.LittleEndian, "big": binary.BigEndian} {
		g := &ng{AppendByteOrder: order}
		g.section().
			iface(1, 0).                                                               // µs
			iface(101, 4, g.option(9, []byte{9})).                                     // ns
			iface(113, 0, g.option(2, []byte("eth0")), g.option(9, []byte{0x80 | 10}), // 2^-10 s
				g.option(14, order.AppendUint64(nil, 100))). // and 100 s
			block(0x0bad, []byte("unknown block")).
			enhanced(0, 1_500_000, "abc", 1500).
			enhanced(1, 1_500_000_007, "defg", 4).
			enhanced(2, 3<<10|512, "h", 1).
			block(blockSimple, append(g.words(9), "simple pa"...)).
			block(blockOldPacket, append(append(g.AppendUint16(g.AppendUint16(nil, 1), 0), g.words(0, 8, 2, 2)...), "op"...)).
			block(5, g.words(0, 0, 0)) // statistics
		other := &ng{AppendByteOrder: binary.BigEndian} // a second section may be in another order
		other.section().iface(228, 0).enhanced(0, 1, "second", 6)
		out, err := readAll(t, append(g.b, other.b...))
		require.ErrorIs(t, err, io.EOF, name)
		require.Equal(t, []got{
			{1_500_000_000, capture.LinkEthernet, "abc", 1500},
			{1_500_000_007, capture.LinkRaw, "defg", 4},
			{103_500_000_000, capture.LinkSLL, "h", 1},
			{1_500_000_000, capture.LinkEthernet, "simple pa", 9},
			{8, capture.LinkRaw, "op", 2},
			{1_000, capture.LinkIPv4, "second", 6},
		}, out, name)

		var z bytes.Buffer
		w := gzip.NewWriter(&z)
		_, _ = w.Write(g.b)
		require.NoError(t, w.Close())
		zipped, err := readAll(t, z.Bytes())
		require.ErrorIs(t, err, io.EOF)
		require.Equal(t, out[:5], zipped, "gzip-wrapped")
		_, err = readAll(t, z.Bytes()[:z.Len()-20])
		var d *DamageError
		require.ErrorAs(t, err, &d, "gzip cut")
	}
}

// Each damage is told with the offset of the block that has it; what stood
// before is returned.
func TestPcapngDamage(t *testing.T) {
	le := binary.LittleEndian
	fresh := func() *ng { return (&ng{AppendByteOrder: le}).section().iface(1, 0).enhanced(0, 5, "good", 4) }
	good := int64(len(fresh().b))
	for name, bad := range map[string][]byte{
		"length below a block":      fresh().words(blockEnhanced, 8, 0),
		"length not of fours":       fresh().words(blockEnhanced, 33, 0, 0, 0, 0, 0, 0, 0),
		"length 4 GiB":              fresh().words(blockEnhanced, 0xfffffffc),
		"unknown block to the moon": fresh().words(0x777, 0xfffffffc, 1, 2),
		"lengths differ":            fresh().words(blockSimple, 16, 0, 20),
		"cut in the header":         fresh().words(blockSimple),
		"cut in the body":           fresh().words(blockSimple, 32, 1),
		"packet longer than block":  (&ng{AppendByteOrder: le}).block(blockEnhanced, fresh().words(0, 0, 0, 99, 99)).b,
		"no such interface":         (&ng{AppendByteOrder: le}).block(blockEnhanced, fresh().words(7, 0, 0, 0, 0)).b,
		"interface too short":       (&ng{AppendByteOrder: le}).block(blockInterface, fresh().words(1)).b,
		"section without magic":     fresh().words(blockSection, 28, 0x12345678),
		"section too long":          fresh().words(blockSection, 0x7ffffffc, 0x1a2b3c4d),
	} {
		out, err := readAll(t, append(fresh().b, bad...))
		var d *DamageError
		require.ErrorAs(t, err, &d, name)
		require.Equal(t, good, d.Offset, name)
		require.ErrorContains(t, err, "byte 8", name)
		require.Len(t, out, 1, name)
	}
}

func TestPcapVariants(t *testing.T) {
	record := func(o binary.AppendByteOrder, sec, frac uint32, data string, extra int) []byte {
		b := (&ng{AppendByteOrder: o}).words(sec, frac, uint32(len(data)), uint32(len(data)+extra))
		return append(b, data...)
	}
	head := func(o binary.AppendByteOrder, magic, link uint32) []byte {
		version := uint32(0x00020004)
		if o == binary.AppendByteOrder(binary.LittleEndian) {
			version = 0x00040002
		}
		return (&ng{AppendByteOrder: o}).words(magic, version, 0, 0, 65535, link)
	}
	for _, o := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		for magic, ns := range map[uint32]int64{0xa1b2c3d4: 7000, 0xa1b23c4d: 7} {
			out, err := readAll(t, append(head(o, magic, 1|0x10000000), record(o, 3, 7, "abc", 10)...)) // FCS bits in the link type
			require.ErrorIs(t, err, io.EOF)
			require.Equal(t, []got{{3_000_000_000 + ns, capture.LinkEthernet, "abc", 13}}, out)
		}
		_, err := readAll(t, append(head(o, 0xa1b2c3d4, 1), (&ng{AppendByteOrder: o}).words(1, 1, 1<<30, 1<<30)...))
		var d *DamageError
		require.ErrorAs(t, err, &d)
		require.EqualValues(t, 24, d.Offset)
	}
	nokia := head(binary.LittleEndian, 0xa1b2c3d4, 1)
	for i := range uint32(3) {
		le := &ng{AppendByteOrder: binary.LittleEndian}
		nokia = append(append(nokia, le.words(1_700_000_000+i, 7, 60, 60, 0xdeadbeef)...), bytes.Repeat([]byte{0xee}, 60)...)
	}
	for name, b := range map[string][]byte{
		"kuznetzov's pcap": head(binary.LittleEndian, 0xa1b2cd34, 1),
		"nokia's pcap":     nokia,
		"version 1":        (&ng{AppendByteOrder: binary.LittleEndian}).words(0xa1b2c3d4, 1, 0, 0, 0, 1),
		"empty":            {},
		"gzip of nothing":  {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff},
		"header cut":       head(binary.LittleEndian, 0xa1b2c3d4, 1)[:20],
		"a snoop file":     []byte("snoop\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x04"),
		"ixia's pcap":      (&ng{AppendByteOrder: binary.LittleEndian}).words(0x1c0001ac, 0x00040002, 0, 0, 0, 1),
	} {
		_, err := NewReader(bytes.NewReader(b))
		var u *UnreadableError
		require.ErrorAs(t, err, &u, name)
	}
	_, err := NewReader(bytes.NewReader(nokia))
	require.ErrorContains(t, err, "nokia")
}

func TestNextDoesNotAllocate(t *testing.T) {
	g := (&ng{AppendByteOrder: binary.LittleEndian}).section().iface(1, 0)
	for range 500 {
		g.enhanced(0, 5, "some packet", 11)
	}
	r, err := NewReader(bytes.NewReader(g.b))
	require.NoError(t, err)
	var rec capture.Record
	require.NoError(t, r.Next(&rec))
	require.Zero(t, testing.AllocsPerRun(400, func() { _ = r.Next(&rec) }))
	require.Equal(t, "some packet", string(rec.Data))
}
