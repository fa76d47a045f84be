package redact

import (
	"bytes"
	"strconv"

	"github.com/weir-telemetry/weir/internal/datatype"
	"github.com/weir-telemetry/weir/internal/detect"
)

// longestMark is more than "%5BPAYMENT_CARD%3A" + 16 digits + "%5D" is long.
const longestMark = 64

// isOurs reports whether a finding is, or lies within, a replacement made
// earlier: the password in "password=[PASSWORD]" is found again, but there is
// nothing left to hide. Otherwise from is where that begins which is not ours.
func isOurs(src []byte, f detect.Finding) (ours bool, from int) {
	value := src[f.Start:f.End]
	if f.In == detect.InJSONScalar {
		switch value[0] {
		case 't', 'n':
			return value[0] == 'n', f.Start
		case 'f':
			return true, f.Start
		}
		v, err := strconv.ParseInt(string(value), 10, 64) // does not escape
		return err == nil && IsNumber(v), f.Start
	}
	if string(value) == maskText {
		return true, f.Start
	}
	for i := f.Start; i >= 0 && f.Start-i < longestMark; i-- {
		if src[i] != '[' && src[i] != '%' {
			continue
		}
		if n := markLen(src[i:]); n > f.Start-i {
			return i+n >= f.End || onlyMarks(src, i+n, f.End), i + n
		}
	}
	return false, f.Start
}

// onlyMarks reports whether b[i:end] is nothing but replacements, of which the
// last may go on past end, and punctuation: the "password" that is found in
// "[PASSWORD:0123…]/[EMAIL]" is ours.
func onlyMarks(b []byte, i, end int) bool {
	for i < end {
		if n := markLen(b[i:]); n > 0 {
			i += n
			continue
		}
		c := b[i]
		switch {
		case c == '%' && i+2 < len(b) && unhex(b[i+1]) >= 0 && unhex(b[i+2]) >= 0:
			c = byte(unhex(b[i+1])<<4 | unhex(b[i+2])) // #nosec G115 -- two nibbles
			i += 2
		case c == '\\' && i+1 < len(b) && bytes.IndexByte([]byte("nrtbf"), b[i+1]) >= 0:
			i++
		}
		if c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80 {
			return false
		}
		i++
	}
	return true
}

// markLen returns the length of the replacement that b begins with, 0 if none.
func markLen(b []byte) int {
	n, end := 0, "]"
	switch {
	case bytes.HasPrefix(b, []byte("[")):
		n = 1
	case bytes.HasPrefix(b, []byte("%5B")):
		n, end = 3, "%5D"
	default:
		return 0
	}
	name := n
	for n < len(b) && n < longestMark && (b[n] >= 'A' && b[n] <= 'Z' || b[n] == '_') {
		n++
	}
	if !isTypeName(b[name:n]) {
		return 0
	}
	rest := b[n:]
	colon := 0
	switch {
	case bytes.HasPrefix(rest, []byte(":")):
		colon = 1
	case bytes.HasPrefix(rest, []byte("%3A")):
		colon = 3
	}
	if colon > 0 {
		if len(rest) < colon+16 || !isHex(rest[colon:colon+16]) {
			return 0
		}
		n += colon + 16
		rest = rest[colon+16:]
	}
	if !bytes.HasPrefix(rest, []byte(end)) {
		return 0
	}
	return n + len(end)
}

var typeNames = func() []string {
	var names []string
	for _, t := range datatype.All() {
		names = append(names, t.Name)
	}
	return names
}()

func isTypeName(b []byte) bool {
	for _, n := range typeNames {
		if string(b) == n {
			return true
		}
	}
	return false
}

func isHex(b []byte) bool {
	for _, c := range b {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
