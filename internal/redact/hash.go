package redact

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"sync"
)

// Hasher makes keyed pseudonyms with HMAC-SHA256. It is safe for concurrent
// use and allocates nothing in steady state.
type Hasher struct{ pool sync.Pool }

type hmacState struct {
	mac hash.Hash
	buf []byte
	sum [sha256.Size]byte
}

// NewHasher errs on a key shorter than MinKeyBytes. It keeps a copy of key.
func NewHasher(key []byte) (*Hasher, error) {
	if len(key) < MinKeyBytes {
		return nil, errKey
	}
	own := append([]byte(nil), key...)
	h := &Hasher{}
	h.pool.New = func() any { return &hmacState{mac: hmac.New(sha256.New, own)} }
	return h, nil
}

// Sum64 returns the first 64 bits of the HMAC of domain, a zero byte and value.
// The domain keeps pseudonyms of different kinds apart.
func (h *Hasher) Sum64(domain string, value []byte) uint64 {
	s := h.pool.Get().(*hmacState)
	s.mac.Reset()
	s.buf = append(append(append(s.buf[:0], domain...), 0), value...)
	_, _ = s.mac.Write(s.buf) // a hash never errs
	clear(s.buf)              // no raw value stays behind in a pool
	v := binary.BigEndian.Uint64(s.mac.Sum(s.sum[:0]))
	h.pool.Put(s)
	return v
}

// AppendHex appends v as sixteen lower-case hexadecimal digits.
func AppendHex(dst []byte, v uint64) []byte {
	return appendNibbles(dst, v, "0123456789abcdef")
}

// AppendLetters appends v as sixteen letters, a to p: unlike hexadecimal digits
// they can't happen to look like an account or a number.
func AppendLetters(dst []byte, v uint64) []byte { return appendNibbles(dst, v, "abcdefghijklmnop") }

func appendNibbles(dst []byte, v uint64, digits string) []byte {
	for shift := 60; shift >= 0; shift -= 4 {
		dst = append(dst, digits[v>>shift&0xf])
	}
	return dst
}
