package pcapfile

import (
	"encoding/binary"
	"io"
	"math/bits"

	"github.com/weir-telemetry/weir/internal/capture"
)

const (
	blockSection   = 0x0a0d0d0a
	blockInterface = 1
	blockOldPacket = 2
	blockSimple    = 3
	blockEnhanced  = 6

	maxInterfaces = 4096
)

// iface is what an interface description block says.
type iface struct {
	link   capture.LinkType
	snap   int    // 0: unlimited
	perSec uint64 // ticks per second
	offset int64  // seconds added to every time stamp
	last   int64
}

// nextNG reads blocks until one holds a packet. at is where the failing block
// starts.
func (r *Reader) nextNG(rec *capture.Record) (at int64, err error) {
	for {
		at = r.off
		typ, body, err := r.block()
		if err != nil {
			return at, err
		}
		switch typ {
		case blockInterface:
			err = r.addInterface(body)
		case blockEnhanced, blockOldPacket, blockSimple:
			return at, r.packet(typ, body, rec)
		}
		if err != nil {
			return at, err
		}
	}
}

// block reads one block and returns its body; blocks that hold nothing for us
// are skipped without being kept and return an empty body.
func (r *Reader) block() (typ uint32, body []byte, err error) {
	h, err := r.take(8)
	if err != nil {
		return 0, nil, err
	}
	if binary.BigEndian.Uint32(h) == blockSection {
		return blockSection, nil, r.section([4]byte(h[4:8]))
	}
	if r.order == nil {
		return 0, nil, errMagic
	}
	typ = r.u32(h)
	n := int64(r.u32(h[4:]))
	if n < 12 || n%4 != 0 {
		return 0, nil, errLength
	}
	switch typ {
	case blockInterface, blockOldPacket, blockSimple, blockEnhanced:
	default:
		return typ, nil, r.skip(n - 8)
	}
	if n > maxBlock {
		return 0, nil, errLength
	}
	b, err := r.take(int(n - 8))
	if err != nil {
		return 0, nil, cut(err)
	}
	if int64(r.u32(b[n-12:])) != n {
		return 0, nil, errLength
	}
	return typ, b[:n-12], nil
}

func cut(err error) error {
	if err == io.EOF {
		return errTruncated
	}
	return err
}

func (r *Reader) skip(n int64) error {
	if _, err := r.src.Discard(r.used); err != nil {
		return err
	}
	r.used = 0
	got, err := io.CopyN(io.Discard, r.src, n)
	r.off += got
	return cut(err)
}

// section reads what follows the type and length of a section header.
func (r *Reader) section(length [4]byte) error {
	m, err := r.take(4)
	if err != nil {
		return cut(err)
	}
	switch binary.BigEndian.Uint32(m) {
	case 0x1a2b3c4d:
		r.setOrder(false)
	case 0x4d3c2b1a:
		r.setOrder(true)
	default:
		return errMagic
	}
	n := int64(r.u32(length[:]))
	if n < 28 || n%4 != 0 || n > maxBlock {
		return errLength
	}
	r.ifaces = r.ifaces[:0]
	return r.skip(n - 12)
}

func (r *Reader) addInterface(b []byte) error {
	if len(b) < 8 || len(r.ifaces) == maxInterfaces {
		return errLength
	}
	i := iface{link: capture.LinkType(r.u16(b)), snap: int(r.u32(b[4:])), perSec: 1_000_000}
	for o := b[8:]; len(o) >= 4; {
		code, n := r.u16(o), int(r.u16(o[2:]))
		padded := (n + 3) &^ 3
		if code == 0 || len(o) < 4+padded {
			break
		}
		v := o[4 : 4+n]
		switch {
		case code == 9 && n == 1:
			i.perSec = resolution(v[0])
		case code == 14 && n == 8:
			hi, lo := r.u32(v), r.u32(v[4:])
			if r.little {
				hi, lo = lo, hi
			}
			i.offset = int64(uint64(hi)<<32 | uint64(lo))
		}
		o = o[4+padded:]
	}
	r.ifaces = append(r.ifaces, i)
	return nil
}

// resolution turns if_tsresol into ticks per second.
func resolution(v byte) uint64 {
	if v&0x80 != 0 {
		return 1 << min(v&0x7f, 63)
	}
	p := uint64(1)
	for range min(v, 19) {
		p *= 10
	}
	return p
}

// nanos turns ticks into nanoseconds since the epoch; out of range it saturates.
func (i *iface) nanos(ticks uint64) int64 {
	sec, frac := ticks/i.perSec, ticks%i.perSec
	hi, lo := bits.Mul64(frac, 1_000_000_000)
	ns, _ := bits.Div64(hi, lo, i.perSec)
	s := int64(min(sec, 1<<33))
	s = min(max(s+min(max(i.offset, -1<<33), 1<<33), -1<<33), 1<<33)
	return s*1_000_000_000 + int64(ns)
}

func (r *Reader) packet(typ uint32, b []byte, rec *capture.Record) error {
	id, head := uint32(0), 20
	switch typ {
	case blockSimple:
		head = 4
	case blockEnhanced:
		if len(b) >= 4 {
			id = r.u32(b)
		}
	case blockOldPacket:
		if len(b) >= 4 {
			id = uint32(r.u16(b))
		}
	}
	if len(b) < head {
		return errLength
	}
	if int64(id) >= int64(len(r.ifaces)) {
		return errInterface
	}
	i := &r.ifaces[id]
	rec.Link = i.link
	if typ == blockSimple { // carries no time: the last one of the interface holds
		orig := r.u32(b)
		n := min(int64(orig), int64(len(b)-4))
		if i.snap > 0 {
			n = min(n, int64(i.snap))
		}
		rec.Time, rec.Data, rec.OrigLen = i.last, b[4:4+n], int(min(orig, 1<<30))
		return nil
	}
	n := r.u32(b[12:])
	if int64(n) > int64(len(b)-20) {
		return errLength
	}
	i.last = i.nanos(uint64(r.u32(b[4:]))<<32 | uint64(r.u32(b[8:])))
	rec.Time, rec.Data = i.last, b[20:20+n]
	rec.OrigLen = max(int(min(r.u32(b[16:]), 1<<30)), int(n))
	return nil
}
