package exchange

import (
	"unicode/utf8"
)

// arena collects the small strings of one record in one allocation. The
// strings are slices of one buffer; it is sized beforehand, so that it never
// moves in practice, and moving would be harmless as old slices stay valid.
type arena struct{ buf []byte }

const upperHex = "0123456789ABCDEF"

// appendLatin1 appends b as UTF-8 text: as it is when it is valid, otherwise
// read as ISO 8859-1, the historic charset of field values. Nothing is lost.
func appendLatin1(dst, b []byte) []byte {
	if utf8.Valid(b) {
		return append(dst, b...)
	}
	for _, c := range b {
		dst = utf8.AppendRune(dst, rune(c))
	}
	return dst
}

// appendURL appends a path or query as UTF-8 text: when it is not valid, bytes
// beyond ASCII are percent-encoded, which means the same.
func appendURL(dst, b []byte) []byte {
	if utf8.Valid(b) {
		return append(dst, b...)
	}
	for _, c := range b {
		if c < utf8.RuneSelf {
			dst = append(dst, c)
			continue
		}
		dst = append(dst, '%', upperHex[c>>4], upperHex[c&15])
	}
	return dst
}

// appendLower appends a field name in lower case.
func appendLower(dst, name []byte) []byte {
	from := len(dst)
	dst = appendLatin1(dst, name)
	for i, c := range dst[from:] {
		if 'A' <= c && c <= 'Z' {
			dst[from+i] = c + 'a' - 'A'
		}
	}
	return dst
}

// isText reports whether a body is text: valid UTF-8 without control
// characters other than white space and escape. A truncated body may end
// inside of a character; textEnd is where the last whole one ends.
func isText(b []byte, truncated bool) (textEnd int, ok bool) {
	end := len(b)
	if truncated {
		for i := 1; i < utf8.UTFMax && i <= len(b); i++ {
			if utf8.RuneStart(b[len(b)-i]) {
				if !utf8.FullRune(b[len(b)-i:]) {
					end = len(b) - i
				}
				break
			}
		}
	}
	if !utf8.Valid(b[:end]) {
		return 0, false
	}
	for _, c := range b[:end] {
		if c < 0x20 && (c < '\t' || c > '\r') && c != 0x1b {
			return 0, false
		}
	}
	return end, true
}
