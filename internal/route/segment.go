package route

import (
	"bytes"

	"github.com/weir-telemetry/weir/internal/detect"
)

const maxWord = 40

// fold returns the placeholder that replaces seg, or "" when seg is a word;
// t.plain then holds it percent-decoded.
func (t *Templater) fold(seg []byte) string {
	t.plain = unescape(t.plain[:0], seg)
	b := t.plain
	if len(b) == 0 {
		return ""
	}
	stem, ext := b, ""
	if i := bytes.LastIndexByte(b, '.'); i > 0 {
		if e := knownExtension(b[i+1:]); e != "" {
			stem, ext = b[:i], e
		}
	}
	switch {
	case isIdentifier(stem):
		return idFolds[ext]
	case len(stem) > maxWord || !isWordBytes(stem) || looksRandom(stem) || t.finds(b):
		return anyFolds[ext]
	}
	return ""
}

func (t *Templater) finds(b []byte) bool {
	if t.engine == nil {
		return false
	}
	t.found.Reset()
	t.engine.Text(&t.found, b, detect.Input{})
	return len(t.found.Findings) > 0
}

// idFolds and anyFolds hold each placeholder with each extension, ready made.
var idFolds, anyFolds = folds(ID), folds(Any)

// extensions are those of files that web servers serve.
var extensions = []string{"js", "mjs", "css", "map", "html", "htm", "json", "xml", "txt", "csv", "pdf",
	"png", "jpg", "jpeg", "gif", "svg", "webp", "avif", "ico", "woff", "woff2", "ttf", "mp3", "mp4", "webm",
	"zip", "gz", "tar", "php", "jsp", "asp", "aspx", "do", "wasm"}

func folds(placeholder string) map[string]string {
	m := map[string]string{"": placeholder}
	for _, e := range extensions {
		m[e] = placeholder + "." + e
	}
	return m
}

func knownExtension(b []byte) string {
	for _, e := range extensions {
		if string(b) == e {
			return e
		}
	}
	return ""
}

// isIdentifier reports digits, digits in groups, UUIDs and hexadecimal.
func isIdentifier(b []byte) bool {
	if isUUID(b) {
		return true
	}
	digits, hex := 0, 0
	for i, c := range b {
		switch {
		case isDigit(c):
			digits++
			hex++
		case isHexLetter(c):
			hex++
		case (c == '-' || c == '.' || c == '_') && i > 0:
		case c == '-' && len(b) > 1: // a negative number
		default:
			return false
		}
	}
	if hex == len(b) && len(b) >= 8 {
		return true
	}
	return digits > 0 && digits == hex
}

func isUUID(b []byte) bool {
	if len(b) == 38 && b[0] == '{' && b[37] == '}' {
		b = b[1:37]
	}
	if len(b) != 36 {
		return false
	}
	for i, c := range b {
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if c != '-' {
				return false
			}
		} else if !isDigit(c) && !isHexLetter(c) {
			return false
		}
	}
	return true
}

func isWordBytes(b []byte) bool {
	for _, c := range b {
		if !isDigit(c) && !isLower(c) && !isUpper(c) && c != '-' && c != '_' && c != '.' {
			return false
		}
	}
	return true
}

// looksRandom reports what no person would type as a word: three digits and
// more, many changes of case, or a long run without a vowel.
func looksRandom(b []byte) bool {
	digits, changes, run, longest, vowels, letters := 0, 0, 0, 0, 0, 0
	var last byte
	for _, c := range b {
		if isDigit(c) {
			digits++
		}
		if isUpper(last) && isLower(c) || isDigit(last) != isDigit(c) && last != 0 {
			changes++
		}
		last = c
		if !isLower(c) && !isUpper(c) {
			run = 0
			continue
		}
		letters++
		if isVowel(c) {
			vowels++
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	return digits >= 3 || longest >= 7 || len(b) >= 10 && changes*3 > len(b) ||
		letters >= 16 && vowels*6 < letters
}

// unescape appends src percent-decoded, once. What is left of '%' afterwards
// makes the segment no word.
func unescape(dst, src []byte) []byte {
	for i := 0; i < len(src); i++ {
		if src[i] == '%' && i+2 < len(src) {
			hi, ok1 := unhex(src[i+1])
			lo, ok2 := unhex(src[i+2])
			if ok1 && ok2 {
				dst = append(dst, hi<<4|lo)
				i += 2
				continue
			}
		}
		dst = append(dst, src[i])
	}
	return dst
}

func unhex(c byte) (byte, bool) {
	switch {
	case isDigit(c):
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

func isDigit(c byte) bool     { return '0' <= c && c <= '9' }
func isLower(c byte) bool     { return 'a' <= c && c <= 'z' }
func isUpper(c byte) bool     { return 'A' <= c && c <= 'Z' }
func isHexLetter(c byte) bool { return 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F' }

func isVowel(c byte) bool {
	switch c | 0x20 {
	case 'a', 'e', 'i', 'o', 'u', 'y':
		return true
	}
	return false
}
