package clickhouseexporter

import (
	"encoding/base64"
	"math"
	"strconv"
	"unicode/utf8"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// maxDepth bounds how deep nested values are followed; deeper ones become
// null. The protobuf decoder of the collector stops far above it.
const maxDepth = 128

// appendText appends the text form of a value as it stands in a String
// column: strings as they are, bytes as base64, maps and slices as JSON,
// an empty value as nothing.
func appendText(dst []byte, v pcommon.Value) []byte {
	switch v.Type() {
	case pcommon.ValueTypeStr:
		return append(dst, v.Str()...)
	case pcommon.ValueTypeBytes:
		return appendBase64(dst, v.Bytes())
	case pcommon.ValueTypeEmpty:
		return dst
	case pcommon.ValueTypeDouble:
		return appendFloat(dst, v.Double(), false)
	default:
		return appendJSON(dst, v, 0)
	}
}

// appendJSON appends v as JSON. Map keys keep their order, integers keep all
// their digits, NaN and infinities become strings.
func appendJSON(dst []byte, v pcommon.Value, depth int) []byte {
	if depth > maxDepth {
		return append(dst, "null"...)
	}
	switch v.Type() {
	case pcommon.ValueTypeStr:
		return appendQuoted(dst, v.Str())
	case pcommon.ValueTypeBool:
		return strconv.AppendBool(dst, v.Bool())
	case pcommon.ValueTypeInt:
		return strconv.AppendInt(dst, v.Int(), 10)
	case pcommon.ValueTypeDouble:
		return appendFloat(dst, v.Double(), true)
	case pcommon.ValueTypeBytes:
		dst = append(dst, '"')
		dst = appendBase64(dst, v.Bytes())
		return append(dst, '"')
	case pcommon.ValueTypeMap:
		return appendMap(dst, v.Map(), depth)
	case pcommon.ValueTypeSlice:
		return appendSlice(dst, v.Slice(), depth)
	default:
		return append(dst, "null"...)
	}
}

func appendMap(dst []byte, m pcommon.Map, depth int) []byte {
	dst = append(dst, '{')
	first := true
	for k, v := range m.All() {
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(appendQuoted(dst, k), ':')
		dst = appendJSON(dst, v, depth+1)
	}
	return append(dst, '}')
}

func appendSlice(dst []byte, s pcommon.Slice, depth int) []byte {
	dst = append(dst, '[')
	for i := range s.Len() {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendJSON(dst, s.At(i), depth+1)
	}
	return append(dst, ']')
}

func appendFloat(dst []byte, f float64, json bool) []byte {
	if json && (math.IsNaN(f) || math.IsInf(f, 0)) {
		dst = append(dst, '"')
		dst = strconv.AppendFloat(dst, f, 'g', -1, 64)
		return append(dst, '"')
	}
	format := byte('f')
	if abs := math.Abs(f); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		format = 'e'
	}
	return strconv.AppendFloat(dst, f, format, -1, 64)
}

func appendBase64(dst []byte, b pcommon.ByteSlice) []byte {
	return base64.StdEncoding.AppendEncode(dst, b.AsRaw())
}

// appendQuoted appends s as a JSON string; bytes that are not UTF-8 become
// U+FFFD, for JSON text must be UTF-8.
func appendQuoted(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c >= ' ' && c != '"' && c != '\\' {
				i++
				continue
			}
			dst = append(dst, s[start:i]...)
			switch c {
			case '"', '\\':
				dst = append(dst, '\\', c)
			case '\n':
				dst = append(dst, '\\', 'n')
			case '\r':
				dst = append(dst, '\\', 'r')
			case '\t':
				dst = append(dst, '\\', 't')
			default:
				dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
			}
			i++
			start = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 {
			dst = append(dst, s[start:i]...)
			dst = append(dst, "\ufffd"...)
			start = i + size
		}
		i += size
	}
	return append(append(dst, s[start:]...), '"')
}
