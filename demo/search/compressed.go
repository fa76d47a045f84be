package search

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/binary"
	"io"

	"github.com/golang/snappy"
	"github.com/klauspost/compress/zstd"
)

var (
	gzipMagic   = []byte{0x1f, 0x8b, 0x08}
	zstdMagic   = []byte{0x28, 0xb5, 0x2f, 0xfd}
	snappyMagic = []byte("\xff\x06\x00\x00sNaPpY")
)

// compressed undoes what is compressed, wherever in b it begins. A stream cut
// short gives what it holds up to there. max bounds each output in bytes; more
// is told by cut.
func compressed(b []byte, maxOut int, cut func(string), out yield) bool {
	take := func(name string, offset int, r io.Reader) bool {
		data, _ := io.ReadAll(io.LimitReader(r, int64(maxOut)+1)) // the good part is what counts
		if len(data) > maxOut {
			cut(name)
			data = data[:maxOut]
		}
		return len(data) == 0 || out(decoding{name, offset, data})
	}
	return eachMagic(b, gzipMagic, func(i int) bool {
		r, err := gzip.NewReader(bytes.NewReader(b[i:]))
		if err != nil {
			return true
		}
		r.Multistream(false)
		return take("gzip", i, r)
	}) && eachMagic(b, snappyMagic, func(i int) bool {
		return take("snappy", i, snappy.NewReader(bytes.NewReader(b[i:])))
	}) && eachMagic(b, zstdMagic, func(i int) bool {
		r, err := zstd.NewReader(bytes.NewReader(zstdFrame(b[i:])), zstd.WithDecoderConcurrency(1))
		if err != nil {
			return true
		}
		defer r.Close()
		return take("zstd", i, r)
	}) && zlibWhole(b, take) && snappyBlock(b, maxOut, cut, out)
}

func eachMagic(b, magic []byte, f func(offset int) bool) bool {
	for from := 0; ; {
		i := bytes.Index(b[from:], magic)
		if i < 0 {
			return true
		}
		if !f(from + i) {
			return false
		}
		from += i + 1
	}
}

// zlibWhole has two bytes of header only: it is tried at the start alone.
func zlibWhole(b []byte, take func(string, int, io.Reader) bool) bool {
	if len(b) < 6 || b[0]&0x0f != 8 || binary.BigEndian.Uint16(b)%31 != 0 {
		return true
	}
	r, err := zlib.NewReader(bytes.NewReader(b))
	if err != nil {
		return true
	}
	return take("zlib", 0, r)
}

// snappyBlock has no magic: it is tried over the whole input, and after a
// length prefix of four bytes.
func snappyBlock(b []byte, maxOut int, cut func(string), out yield) bool {
	for _, skip := range []int{0, 4} {
		if len(b) <= skip {
			break
		}
		n, err := snappy.DecodedLen(b[skip:])
		if err != nil || n == 0 || n > 64*len(b) { // the format reaches about 21 : 1
			continue
		}
		if n > maxOut {
			cut("snappy")
			continue
		}
		data, err := snappy.Decode(nil, b[skip:])
		if err == nil && !out(decoding{"snappy", skip, data}) {
			return false
		}
	}
	return true
}

// zstdFrame cuts b, which begins with the magic, after its first frame
// (RFC 8878, 3.1.1); what can't be walked is left as it is. Without the cut a
// file of many frames would be decoded once for each of them.
func zstdFrame(b []byte) []byte {
	if len(b) < 6 {
		return b
	}
	d := b[4]
	single := d>>5&1 == 1
	at := 5 + []int{0, 1, 2, 4}[d&3]
	if !single {
		at++
	}
	size := []int{0, 2, 4, 8}[d>>6]
	if single && size == 0 {
		size = 1
	}
	at += size
	for {
		if at+3 > len(b) {
			return b
		}
		h := uint32(b[at]) | uint32(b[at+1])<<8 | uint32(b[at+2])<<16
		n := int(h >> 3)
		if h>>1&3 == 1 { // one byte repeated
			n = 1
		}
		if at += 3 + n; h&1 == 1 {
			break
		}
	}
	if d>>2&1 == 1 {
		at += 4 // checksum
	}
	return b[:min(at, len(b))]
}
