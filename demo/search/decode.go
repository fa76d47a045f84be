package search

import (
	"bytes"
	"encoding/base64"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// decoding is one undone encoding: what came out and where it began.
type decoding struct {
	name   string
	offset int
	data   []byte
}

// yield takes one decoding; false ends the decoder.
type yield func(decoding) bool

// textual undoes the encodings that are text: each goes over the whole input,
// so that the text between two encoded values stays around them.
func textual(b []byte, out yield) bool {
	if d, ok := jsonUnescape(b); ok && !out(decoding{"json", 0, d}) {
		return false
	}
	if d, ok := percentDecode(b); ok && !out(decoding{"percent", 0, d}) {
		return false
	}
	return base64Runs(b, out) && hexRuns(b, out)
}

// jsonUnescape undoes backslash escapes everywhere, also outside of strings,
// where there are none in JSON.
func jsonUnescape(b []byte) ([]byte, bool) {
	if bytes.IndexByte(b, '\\') < 0 {
		return nil, false
	}
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] != '\\' || i+1 == len(b) {
			out = append(out, b[i])
			continue
		}
		i++
		switch b[i] {
		case 'n':
			out = append(out, '\n')
		case 't':
			out = append(out, '\t')
		case 'r':
			out = append(out, '\r')
		case 'b', 'f':
			out = append(out, ' ')
		case 'u', 'x':
			r, n := escapedRune(b[i:])
			if n == 0 {
				out = append(out, '\\', b[i])
				continue
			}
			out = utf8.AppendRune(out, r)
			i += n - 1
		default: // \" \\ \/ and whatever else stands for itself
			out = append(out, b[i])
		}
	}
	return out, true
}

// escapedRune reads uXXXX, a surrogate pair of them, or xXX at the start of b.
func escapedRune(b []byte) (rune, int) {
	digits := 4
	if b[0] == 'x' {
		digits = 2
	}
	r, ok := hexRune(b, digits)
	if !ok {
		return 0, 0
	}
	n := 1 + digits
	if utf16.IsSurrogate(r) && len(b) > n+1 && b[n] == '\\' && b[n+1] == 'u' {
		if low, ok := hexRune(b[n+1:], 4); ok {
			return utf16.DecodeRune(r, low), n + 6
		}
	}
	return r, n
}

func hexRune(b []byte, digits int) (rune, bool) {
	if len(b) < 1+digits {
		return 0, false
	}
	v, err := strconv.ParseUint(string(b[1:1+digits]), 16, 32)
	return rune(v), err == nil
}

// percentDecode undoes %XX and turns plus signs into spaces only where the
// input has such sequences at all.
func percentDecode(b []byte) ([]byte, bool) {
	out, found := make([]byte, 0, len(b)), false
	for i := 0; i < len(b); i++ {
		if b[i] == '%' && i+2 < len(b) {
			if hi, lo := hexValue(b[i+1]), hexValue(b[i+2]); hi < 16 && lo < 16 {
				out = append(out, hi<<4|lo)
				i, found = i+2, true
				continue
			}
		}
		if b[i] == '+' {
			out = append(out, ' ')
			continue
		}
		out = append(out, b[i])
	}
	return out, found
}

func hexValue(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	}
	return 255
}

// base64Runs decodes every run of the alphabet at each of its four alignments:
// where a value begins inside a run of letters is not known.
func base64Runs(b []byte, out yield) bool {
	return runs(b, 8, isBase64, func(start int, run []byte) bool {
		std := make([]byte, len(run))
		for i, c := range run {
			switch c {
			case '-':
				c = '+'
			case '_':
				c = '/'
			}
			std[i] = c
		}
		for shift := 0; shift < 4 && len(std)-shift >= 7; shift++ {
			part := std[shift:]
			if len(part)%4 == 1 {
				part = part[:len(part)-1]
			}
			dst := make([]byte, base64.RawStdEncoding.DecodedLen(len(part)))
			n, _ := base64.RawStdEncoding.Decode(dst, part) // n bytes are good also on an error
			if n > 0 && !out(decoding{"base64", start + shift, dst[:n]}) {
				return false
			}
		}
		return true
	})
}

func hexRuns(b []byte, out yield) bool {
	return runs(b, 2*prefixLen, func(c byte) bool { return hexValue(c) < 16 }, func(start int, run []byte) bool {
		for shift := range 2 {
			dst := make([]byte, (len(run)-shift)/2)
			for i := range dst {
				dst[i] = hexValue(run[shift+2*i])<<4 | hexValue(run[shift+2*i+1])
			}
			if !out(decoding{"hex", start + shift, dst}) {
				return false
			}
		}
		return true
	})
}

func isBase64(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' ||
		c == '+' || c == '/' || c == '-' || c == '_'
}

// runs calls f for each maximal run of at least n bytes that satisfy in.
func runs(b []byte, n int, in func(byte) bool, f func(start int, run []byte) bool) bool {
	start := -1
	for i := 0; i <= len(b); i++ {
		if i < len(b) && in(b[i]) {
			if start < 0 {
				start = i
			}
			continue
		}
		if start >= 0 && i-start >= n && !f(start, b[start:i]) {
			return false
		}
		start = -1
	}
	return true
}
