package inspect

import (
	"bytes"

	"github.com/weir-telemetry/weir/internal/detect"
)

// escaped adds what is found in s once its percent-encoding is undone: a path
// in a span's name or in an access log, a form that somebody logged. JSON is left alone, since a finding of
// its plain text could reach over its structure.
func (i *Inspector) escaped(r *detect.Result, s []byte) {
	if looksJSON(s) {
		return
	}
	i.second.Reset()
	i.encoded(&i.second, s, 0)
	i.extra = i.extra[:0]
	for _, f := range i.second.Findings {
		if !hasEscape(s[f.Start:f.End]) {
			f.In = detect.InText
		}
		i.extra = append(i.extra, pathless(f))
	}
	i.merge(r)
}

// pathless is f without its path, which lies in another result. Plain text has
// none.
func pathless(f detect.Finding) detect.Finding {
	return detect.Finding{Start: f.Start, End: f.End, Type: f.Type, Confidence: f.Confidence, In: f.In}
}

// merge adds i.extra to r in linear time. Both are sorted and free of overlaps,
// and so is what comes out: of findings that overlap the longer names the type,
// the extra one of equals, and all their bytes stay found.
func (i *Inspector) merge(r *detect.Result) {
	if len(i.extra) == 0 {
		return
	}
	out, have, extra := i.merged[:0], r.Findings, i.extra
	for len(have) > 0 || len(extra) > 0 {
		var f detect.Finding
		if len(extra) == 0 || len(have) > 0 && have[0].Start <= extra[0].Start {
			f, have = have[0], have[1:]
		} else {
			f, extra = extra[0], extra[1:]
		}
		n := len(out) - 1
		if n < 0 || out[n].End <= f.Start {
			out = append(out, f)
			continue
		}
		start, end := out[n].Start, max(out[n].End, f.End)
		if f.End-f.Start >= out[n].End-out[n].Start {
			out[n] = f
		}
		out[n].Start, out[n].End = start, end
	}
	i.merged = out
	r.Findings = append(r.Findings[:0], out...)
}

func looksJSON(s []byte) bool {
	for _, c := range s {
		switch c {
		case ' ', '\t', '\n', '\r':
		default:
			return c == '{' || c == '[' || c == '"'
		}
	}
	return false
}

// unescape fills decoded with s without its percent-encoding, and origin with
// the offset that each byte, and the end, has in s. A '+' that joins words
// becomes a space, as in forms.
func (i *Inspector) unescape(s []byte) {
	i.decoded, i.origin = i.decoded[:0], i.origin[:0]
	for j := 0; j < len(s); j++ {
		i.origin = append(i.origin, j)
		c := s[j]
		switch {
		case isEscape(s, j):
			c = byte(unhex(s[j+1])<<4 | unhex(s[j+2])) // #nosec G115 -- two nibbles
			j += 2
		case joins(s, j):
			c = ' '
		}
		i.decoded = append(i.decoded, c)
	}
	i.origin = append(i.origin, len(s))
}

func isEncoded(s []byte) bool { return hasEscape(s) || isJoined(s) }

func hasEscape(s []byte) bool {
	for j := 0; ; j++ {
		n := bytes.IndexByte(s[j:], '%')
		if n < 0 {
			return false
		}
		if j += n; isEscape(s, j) {
			return true
		}
	}
}

// isJoined reports whether several words of s are joined by '+'. A single one
// stands in every second timestamp and is worth no second look.
func isJoined(s []byte) bool {
	for j, count := 0, 0; ; j++ {
		n := bytes.IndexByte(s[j:], '+')
		if n < 0 {
			return false
		}
		if j += n; joins(s, j) {
			if count++; count == 2 {
				return true
			}
		}
	}
}

func joins(s []byte, j int) bool {
	return s[j] == '+' && j > 0 && j+1 < len(s) && isAlnum(s[j-1]) && isAlnum(s[j+1])
}

func isAlnum(c byte) bool { return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' }

func isEscape(s []byte, j int) bool {
	return s[j] == '%' && j+2 < len(s) && unhex(s[j+1]) >= 0 && unhex(s[j+2]) >= 0
}

func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	default:
		return -1
	}
}
