package inflate

import (
	"bytes"
	"encoding/binary"
	"hash/adler32"
	"hash/crc32"
	"io"
)

// Gzip appends the content of all members of a gzip file to dst, limit bytes
// at most. A check sum that does not fit is ErrCorrupt, with the content kept.
func (d *Decoder) Gzip(dst, src []byte, limit int) ([]byte, error) {
	base := len(dst)
	for {
		n, err := gzipHeader(src)
		if err != nil {
			return dst, err
		}
		src = src[n:]
		from := len(dst)
		var used int
		if dst, used, err = d.Append(dst, src, limit-(from-base)); err != nil {
			return dst, err
		}
		src = src[used:]
		if len(src) < 8 {
			return dst, io.ErrUnexpectedEOF
		}
		if binary.LittleEndian.Uint32(src) != crc32.ChecksumIEEE(dst[from:]) || binary.LittleEndian.Uint32(src[4:]) != uint32(len(dst)-from) {
			return dst, ErrCorrupt
		}
		if src = src[8:]; len(src) == 0 {
			return dst, nil
		}
	}
}

// gzipHeader returns the length of the header.
func gzipHeader(b []byte) (int, error) {
	if len(b) < 10 {
		return 0, io.ErrUnexpectedEOF
	}
	if b[0] != 0x1f || b[1] != 0x8b || b[2] != 8 {
		return 0, ErrCorrupt
	}
	flags, n := b[3], 10
	if flags&4 != 0 { // FEXTRA
		if len(b) < n+2 {
			return 0, io.ErrUnexpectedEOF
		}
		n += 2 + int(binary.LittleEndian.Uint16(b[n:]))
	}
	for _, flag := range [...]byte{8, 16} { // FNAME, FCOMMENT
		if flags&flag == 0 {
			continue
		}
		if n > len(b) {
			return 0, io.ErrUnexpectedEOF
		}
		end := bytes.IndexByte(b[n:], 0)
		if end < 0 {
			return 0, io.ErrUnexpectedEOF
		}
		n += end + 1
	}
	if flags&2 != 0 { // FHCRC; the CRC of the content says enough
		n += 2
	}
	if n > len(b) {
		return 0, io.ErrUnexpectedEOF
	}
	return n, nil
}

// IsZlib reports whether src begins like zlib data, which a bare DEFLATE stream
// hardly ever does.
func IsZlib(src []byte) bool {
	return len(src) >= 2 && src[0]&15 == 8 && (int(src[0])<<8|int(src[1]))%31 == 0
}

// Zlib appends the content of zlib data to dst, limit bytes at most. What needs
// a preset dictionary is ErrCorrupt.
func (d *Decoder) Zlib(dst, src []byte, limit int) ([]byte, error) {
	if len(src) < 2 {
		return dst, io.ErrUnexpectedEOF
	}
	if !IsZlib(src) || src[1]&32 != 0 {
		return dst, ErrCorrupt
	}
	from := len(dst)
	dst, used, err := d.Append(dst, src[2:], limit)
	if err != nil {
		return dst, err
	}
	if src = src[2+used:]; len(src) < 4 {
		return dst, io.ErrUnexpectedEOF
	}
	if binary.BigEndian.Uint32(src) != adler32.Checksum(dst[from:]) {
		return dst, ErrCorrupt
	}
	return dst, nil
}
