package http1

import (
	"bytes"
	"errors"
	"io"

	"github.com/klauspost/compress/zstd"

	"github.com/weir-telemetry/weir/internal/inflate"
)

// decoder removes content codings with reused readers.
type decoder struct {
	inflate *inflate.Decoder
	src     bytes.Reader
	zs      *zstd.Decoder
}

// What a decoder of each kind holds at most, for the account: the tables of
// inflate; twice the window and its blocks of zstd, whose window RFC 9659
// limits to 8 MB.
const (
	inflateBytes  = 10 << 10
	maxZstdWindow = 8 << 20
	zstdBytes     = 2*maxZstdWindow + 1<<20
)

func (d *decoder) size() (n int) {
	if d.inflate != nil {
		n += inflateBytes
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
	out, err := d.expand(m, limit)
	m.decoded = out
	switch {
	case err == nil:
	case len(out) > 0 || errors.Is(err, inflate.ErrLimit): // a prefix of the stream gives a prefix of the body
		m.Truncated = true
	default:
		m.Undecoded = true
		return
	}
	m.Body = out
}

func (d *decoder) expand(m *Message, limit int) ([]byte, error) {
	if d.inflate == nil && (m.coding == codingGzip || m.coding == codingDeflate) {
		d.inflate = &inflate.Decoder{}
	}
	dst := m.decoded[:0]
	switch m.coding {
	case codingGzip:
		return d.inflate.Gzip(dst, m.raw, limit)
	case codingDeflate: // by the standard that means zlib, by habit a bare stream
		if inflate.IsZlib(m.raw) {
			return d.inflate.Zlib(dst, m.raw, limit)
		}
		out, _, err := d.inflate.Append(dst, m.raw, limit)
		return out, err
	case codingZstd:
		return d.zstd(m, limit)
	}
	return dst, errors.ErrUnsupported
}

func (d *decoder) zstd(m *Message, limit int) ([]byte, error) {
	d.src.Reset(m.raw)
	var err error
	if d.zs == nil {
		// One at a time: no goroutines. A larger window is refused.
		d.zs, err = zstd.NewReader(&d.src, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
			zstd.WithDecoderMaxWindow(maxZstdWindow))
	} else {
		err = d.zs.Reset(&d.src)
	}
	if err != nil {
		return m.decoded[:0], err
	}
	return readBounded(m.decoded[:0], d.zs, limit)
}

// readBounded appends all that r gives, or limit bytes and inflate.ErrLimit.
func readBounded(dst []byte, r io.Reader, limit int) ([]byte, error) {
	for {
		if len(dst) == cap(dst) {
			dst = append(dst, 0)[:len(dst)]
		}
		n, err := r.Read(dst[len(dst):cap(dst)])
		dst = dst[:len(dst)+n]
		if len(dst) > limit {
			return dst[:limit], inflate.ErrLimit
		}
		if err == io.EOF {
			return dst, nil
		}
		if err != nil {
			return dst, err
		}
	}
}
