package redact

import (
	"strconv"
	"unicode/utf8"
)

// appendUnescapedForm decodes %XX and '+'. What is not an escape stays.
func appendUnescapedForm(dst, b []byte) []byte {
	for i := 0; i < len(b); i++ {
		switch {
		case b[i] == '+':
			dst = append(dst, ' ')
		case b[i] == '%' && i+2 < len(b) && unhex(b[i+1]) >= 0 && unhex(b[i+2]) >= 0:
			dst = append(dst, byte(unhex(b[i+1])<<4|unhex(b[i+2]))) // #nosec G115 -- two nibbles
			i += 2
		default:
			dst = append(dst, b[i])
		}
	}
	return dst
}

// appendUnescapedJSON decodes the escapes of a JSON string. What is not an
// escape stays; a lone surrogate becomes U+FFFD.
func appendUnescapedJSON(dst, b []byte) []byte {
	for i := 0; i < len(b); i++ {
		if b[i] != '\\' || i+1 == len(b) {
			dst = append(dst, b[i])
			continue
		}
		i++
		switch b[i] {
		case 'n':
			dst = append(dst, '\n')
		case 't':
			dst = append(dst, '\t')
		case 'r':
			dst = append(dst, '\r')
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'u':
			if i+4 < len(b) {
				if v, err := strconv.ParseUint(string(b[i+1:i+5]), 16, 16); err == nil {
					dst = utf8.AppendRune(dst, rune(v))
					i += 4
					continue
				}
			}
			dst = append(dst, 'u')
		default:
			dst = append(dst, b[i])
		}
	}
	return dst
}

func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	default:
		return -1
	}
}
