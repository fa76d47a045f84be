// Package pcapfile reads pcap and pcapng files, also gzip-wrapped, from a
// stream. The format is told from the content, never from the file name.
package pcapfile

import (
	"bufio"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/weir-telemetry/weir/internal/capture"
)

// maxBlock bounds one packet or block in bytes: 256 KiB of packet, as libpcap
// has it, and 64 KiB of options.
const maxBlock = 320 << 10

// bufBytes is the read buffer: a block must fit, and filling it must be rare.
const bufBytes = 1 << 20

// UnreadableError says that an input could not be read as a capture at all.
type UnreadableError struct{ Err error }

// Error tells what was attempted and why it failed.
func (e *UnreadableError) Error() string { return "open capture: " + e.Err.Error() }

// Unwrap returns the cause.
func (e *UnreadableError) Unwrap() error { return e.Err }

// DamageError says that a capture is damaged from Offset on. All packets before
// it were returned; nothing after it can be read.
type DamageError struct {
	Offset int64 // bytes from the start of the (unwrapped) capture
	Err    error
}

// Error tells offset and kind of the damage, never content.
func (e *DamageError) Error() string {
	return fmt.Sprintf("capture damaged at byte %d: %v", e.Offset, e.Err)
}

// Unwrap returns the cause.
func (e *DamageError) Unwrap() error { return e.Err }

var (
	errTruncated = errors.New("ends within a block")
	errLength    = errors.New("impossible block length")
	errInterface = errors.New("packet of an undescribed interface")
	errMagic     = errors.New("unknown byte order magic")
)

// Reader reads one capture. It is not safe for concurrent use.
type Reader struct {
	src    *bufio.Reader
	file   io.Closer
	off    int64 // of the next unread byte
	order  binary.ByteOrder
	little bool
	used   int   // bytes of src that the last take has handed out
	err    error // sticky

	ng     bool
	nanos  bool             // pcap: sub-second field in ns
	link   capture.LinkType // pcap
	ifaces []iface          // pcapng, of the present section
}

// Open opens a capture file. The error is an *UnreadableError when the file is
// missing, not permitted or not a capture.
func Open(path string) (*Reader, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, &UnreadableError{Err: err}
	}
	r, err := NewReader(f)
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	r.file = f
	return r, nil
}

// NewReader reads a capture from src. The error is an *UnreadableError when src
// does not begin like a capture.
func NewReader(src io.Reader) (*Reader, error) {
	r := &Reader{src: bufio.NewReaderSize(src, bufBytes)}
	if m, _ := r.src.Peek(2); len(m) == 2 && m[0] == 0x1f && m[1] == 0x8b {
		z, err := gzip.NewReader(r.src)
		if err != nil {
			return nil, &UnreadableError{Err: fmt.Errorf("gzip: %w", err)}
		}
		r.src = bufio.NewReaderSize(z, bufBytes)
	}
	if err := r.start(); err != nil {
		return nil, &UnreadableError{Err: err}
	}
	return r, nil
}

func (r *Reader) setOrder(little bool) {
	r.little = little
	if little {
		r.order = binary.LittleEndian
	} else {
		r.order = binary.BigEndian
	}
}

func (r *Reader) start() error {
	m, err := r.src.Peek(4)
	if err != nil {
		return errors.New("not a capture: shorter than a file header")
	}
	switch binary.BigEndian.Uint32(m) {
	case 0x0a0d0d0a:
		r.ng = true
		return nil
	case 0xa1b2c3d4, 0xa1b23c4d:
		r.setOrder(false)
		r.nanos = m[2] == 0x3c
	case 0xd4c3b2a1, 0x4d3cb2a1:
		r.setOrder(true)
		r.nanos = m[0] == 0x4d
	case 0xa1b2cd34, 0x34cdb2a1:
		return errVariant("kuznetzov's")
	case 0x1c0001ac, 0xac01001c, 0x1c0001ab, 0xab01001c:
		return errVariant("ixia's")
	default:
		return errors.New("not a capture: no pcap or pcapng magic number")
	}
	h, err := r.take(24)
	if err != nil {
		return errors.New("not a capture: file header cut")
	}
	if v := r.u16(h[4:]); v != 2 {
		return fmt.Errorf("pcap version %d is not supported, 2 is", v)
	}
	r.link = capture.LinkType(r.u32(h[20:]) & 0xffff)
	if r.nokia() {
		return errVariant("nokia's")
	}
	return nil
}

func errVariant(whose string) error {
	return fmt.Errorf("%s variant of pcap is not supported: convert the capture to pcapng", whose)
}

// nokia tells a file whose record headers have four bytes more than the
// standard: with the same magic number, only the second record shows it.
func (r *Reader) nokia() bool {
	const head, more = 16, 4
	_, _ = r.src.Discard(r.used)
	r.used = 0
	b, err := r.src.Peek(head)
	if err != nil {
		return false
	}
	sec, n := r.u32(b), r.u32(b[8:])
	if n > maxBlock {
		return false
	}
	b, err = r.src.Peek(int(n) + head + more + head)
	if err != nil {
		return false
	}
	plausible := func(h []byte) bool {
		frac, n, orig := r.u32(h[4:]), r.u32(h[8:]), r.u32(h[12:])
		day := int64(r.u32(h)) - int64(sec)
		return frac < 1e9 && n <= maxBlock && n <= orig && orig <= maxBlock && day > -86400 && day < 86400
	}
	return !plausible(b[head+n:]) && plausible(b[head+more+n:])
}

// take returns the next n bytes, at most bufBytes, where they stand in the
// buffer; they are valid until the next call. At the end of input before the
// first byte it returns io.EOF.
func (r *Reader) take(n int) ([]byte, error) {
	if _, err := r.src.Discard(r.used); err != nil {
		return nil, err
	}
	b, err := r.src.Peek(n)
	r.used = len(b)
	r.off += int64(len(b))
	if err == io.EOF && len(b) > 0 {
		err = errTruncated
	}
	return b, err
}

func (r *Reader) u16(b []byte) uint16 {
	if r.little {
		return binary.LittleEndian.Uint16(b)
	}
	return binary.BigEndian.Uint16(b)
}

func (r *Reader) u32(b []byte) uint32 {
	if r.little {
		return binary.LittleEndian.Uint32(b)
	}
	return binary.BigEndian.Uint32(b)
}

// Next reads the next packet into rec, without allocating. It returns io.EOF at
// the end and a *DamageError where nothing more can be read; both stay.
func (r *Reader) Next(rec *capture.Record) error {
	if r.err != nil {
		return r.err
	}
	at := r.off
	var err error
	if r.ng {
		at, err = r.nextNG(rec)
	} else {
		err = r.nextPcap(rec)
	}
	if err == nil {
		return nil
	}
	if err != io.EOF {
		err = &DamageError{Offset: at, Err: err}
	}
	r.err = err
	return err
}

func (r *Reader) nextPcap(rec *capture.Record) error {
	h, err := r.take(16)
	if err != nil {
		return err
	}
	sec, frac := int64(r.u32(h)), int64(r.u32(h[4:]))
	n, orig := r.u32(h[8:]), r.u32(h[12:])
	if n > maxBlock || orig > 1<<30 {
		return errLength
	}
	if !r.nanos {
		frac *= 1000
	}
	b, err := r.take(int(n))
	if err != nil {
		if err == io.EOF {
			err = errTruncated
		}
		return err
	}
	rec.Time, rec.Link, rec.Data, rec.OrigLen = sec*1e9+frac, r.link, b, max(int(orig), len(b))
	return nil
}

// Close closes the file that Open opened.
func (r *Reader) Close() error {
	if r.file == nil {
		return nil
	}
	return r.file.Close()
}
