package http1

import (
	"bytes"
	"io"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

// decoder removes content codings with reused readers.
type decoder struct {
	src bytes.Reader
	gz  *gzip.Reader
	fl  io.ReadCloser
	zl  io.ReadCloser
	zs  *zstd.Decoder
}

// What a decoder of each kind holds at most, for the account: the window and
// tables of flate; twice the window and its blocks of zstd, whose window RFC
// 9659 limits to 8 MB.
const (
	flateBytes    = 64 << 10
	maxZstdWindow = 8 << 20
	zstdBytes     = 2*maxZstdWindow + 1<<20
)

func (d *decoder) size() (n int) {
	if d.gz != nil {
		n += flateBytes
	}
	if d.fl != nil {
		n += flateBytes
	}
	if d.zl != nil {
		n += flateBytes
	}
	if d.zs != nil {
		n += zstdBytes
	}
	return n
}

// decode sets m.Body from m.raw. At most limit bytes come out, whatever the
// input expands to.
func (d *decoder) decode(m *Message, limit int) {
	m.Body = m.raw
	if !m.keep || len(m.raw) == 0 || m.coding == codingNone {
		return
	}
	d.src.Reset(m.raw)
	r := d.open(m)
	if r == nil {
		m.Undecoded = true
		return
	}
	out, err := readBounded(m.decoded[:0], r, limit)
	m.decoded = out
	switch {
	case err == nil:
		m.Truncated = true // the limit was reached
	case err == io.EOF:
	case len(out) > 0: // a prefix of the stream gives a prefix of the body
		m.Truncated = true
	default:
		m.Undecoded = true
		return
	}
	m.Body = out
}

func (d *decoder) open(m *Message) io.Reader {
	switch m.coding {
	case codingGzip:
		var err error
		if d.gz == nil {
			d.gz, err = gzip.NewReader(&d.src)
		} else {
			err = d.gz.Reset(&d.src)
		}
		if err != nil {
			return nil
		}
		return d.gz
	case codingDeflate: // zlib by the standard, bare deflate by habit
		if len(m.raw) >= 2 && m.raw[0]&15 == 8 && (int(m.raw[0])<<8|int(m.raw[1]))%31 == 0 {
			var err error
			if d.zl == nil {
				d.zl, err = zlib.NewReader(&d.src)
			} else {
				err = d.zl.(zlib.Resetter).Reset(&d.src, nil)
			}
			if err != nil {
				return nil
			}
			return d.zl
		}
		if d.fl == nil {
			d.fl = flate.NewReader(&d.src)
		} else if d.fl.(flate.Resetter).Reset(&d.src, nil) != nil {
			return nil
		}
		return d.fl
	case codingZstd:
		var err error
		if d.zs == nil {
			// One at a time: no goroutines. A larger window is refused.
			d.zs, err = zstd.NewReader(&d.src, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
				zstd.WithDecoderMaxWindow(maxZstdWindow))
		} else {
			err = d.zs.Reset(&d.src)
		}
		if err != nil {
			return nil
		}
		return d.zs
	}
	return nil
}

// readBounded appends up to limit bytes; a nil error means that there is more.
func readBounded(dst []byte, r io.Reader, limit int) ([]byte, error) {
	for {
		if len(dst) == cap(dst) {
			dst = append(dst, 0)[:len(dst)]
		}
		n, err := r.Read(dst[len(dst):cap(dst)])
		dst = dst[:len(dst)+n]
		if len(dst) > limit {
			return dst[:limit], nil
		}
		if err != nil {
			return dst, err
		}
	}
}
