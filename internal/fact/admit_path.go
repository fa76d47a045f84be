package fact

import "strings"

const (
	placeholderID  = "{id}"
	placeholderAny = "{*}"
	maxSegments    = 17
	maxWord        = 40 // bytes, as in internal/route
)

// routeTemplate is what internal/route makes: segments of words or
// placeholders, these with a file's extension perhaps.
func routeTemplate(s string) (string, bool) {
	if s == "*" || s == placeholderAny {
		return s, true
	}
	if s[0] != '/' || strings.Count(s, "/") > maxSegments {
		return "", false
	}
	for seg := range strings.SplitSeq(s[1:], "/") {
		if !routeSegment(seg) {
			return "", false
		}
	}
	return s, true
}

func routeSegment(seg string) bool {
	for _, p := range [...]string{placeholderID, placeholderAny} {
		if rest, ok := strings.CutPrefix(seg, p); ok {
			ext, dotted := strings.CutPrefix(rest, ".")
			return rest == "" || dotted && len(ext) <= 5 && spelled(ext, "", false)
		}
	}
	if seg == "" {
		return true
	}
	letters := false
	for i := range len(seg) {
		c := seg[i]
		letters = letters || isLetter(c)
		if !isLetter(c) && !isDigit(c) && c != '-' && c != '_' && c != '.' {
			return false
		}
	}
	digits := len(seg) - len(strings.Trim(seg, "0123456789"))
	return len(seg) <= maxWord+6 && (letters || digits == 0)
}

// schemaPath is a path as internal/detect writes it: keys with dots between,
// [*] for any element, {*} for a key that is no name. An index becomes [*], and
// a key that is not like those that programmers choose becomes {*}.
func schemaPath(s string) (string, bool) {
	s, ok := foldQuoted(s)
	if !ok {
		return "", false
	}
	var out strings.Builder
	for i, seg := range strings.Split(s, ".") {
		if i > 0 {
			out.WriteByte('.')
		}
		key, indexes := seg, 0
		for strings.HasSuffix(key, "]") {
			open := strings.LastIndexByte(key, '[')
			if open < 0 {
				return "", false
			}
			if ix := key[open+1 : len(key)-1]; ix != "*" && (ix == "" || strings.Trim(ix, "0123456789") != "") {
				return "", false
			}
			key = key[:open]
			indexes++
		}
		if indexes > 8 {
			return "", false
		}
		if !schemaKey(key, i == 0) {
			key = placeholderAny
		}
		out.WriteString(key)
		out.WriteString(strings.Repeat("[*]", indexes))
	}
	return out.String(), true
}

// foldQuoted makes .{*} of each key in brackets and quotes: it has bytes that
// names of programmers don't have.
func foldQuoted(s string) (string, bool) {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(s, "['")
		out.WriteString(before)
		if !found {
			return out.String(), true
		}
		_, after, closed := strings.Cut(rest, "']")
		if !closed {
			return "", false
		}
		out.WriteString("." + placeholderAny)
		s = after
	}
}

func schemaKey(key string, first bool) bool {
	if key == placeholderAny || first && (key == "$" || key == "") {
		return true
	}
	if key == "" || len(key) > maxWord || isDigit(key[0]) || !fewDigits(key, 3, 2) || randomBits(key) > 12 || finds(key) {
		return false
	}
	for i := range len(key) {
		c := key[i]
		if !isLetter(c) && !isDigit(c) && c != '-' && c != '_' {
			return false
		}
	}
	return true
}
