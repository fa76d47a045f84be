package detect

import (
	"unicode"
	"unicode/utf8"

	"github.com/weir-telemetry/weir/internal/datatype"
)

func isLocal(c byte) bool {
	return isWord(c) || c == '.' || c == '+' || c == '-' || c == '\'' || c == '!' || c == '#' || c == '$' || c == '*' || c == '/' || c == '~' || c == '^' || c == '%'
}

// localStart returns where the local part that ends at i begins. Of what is not
// ASCII only letters belong to it: no quotes, dashes or bytes that are no UTF-8.
func localStart(b []byte, i int) int {
	start := i
	for start > 0 && i-start < 64 {
		c := b[start-1]
		if c < 0x80 {
			if !isLocal(c) || c == '/' {
				break
			}
			start--
			continue
		}
		r, n := utf8.DecodeLastRune(b[:start])
		if !unicode.IsLetter(r) && !unicode.IsMark(r) {
			break
		}
		start -= n
	}
	return start
}

// email handles an '@' at i with the domain at d. A local part has at most 64 bytes.
func (s *scanner) email(b []byte, i, d int) int {
	if d < s.atEnd {
		return i
	}
	start := localStart(b, i)
	for start < i && !isWord(b[start]) {
		start++
	}
	if start == i && i > 2 && b[i-1] == '"' { // "quoted local"@example.com
		for j := i - 2; j >= 0 && i-j < 64 && b[j] != '\n'; j-- {
			if b[j] == '"' {
				start = j
				break
			}
		}
	}
	if start == i || b[i-1] == '.' {
		return i
	}
	end, dot := d, -1
	for end < len(b) && end-d < 254 && (isAlnum(b[end]) || b[end] >= 0x80 || b[end] == '-' || b[end] == '.') {
		if b[end] >= 0x80 {
			r, n := utf8.DecodeRune(b[end:])
			if !unicode.IsLetter(r) && !unicode.IsMark(r) {
				break
			}
			end += n
			continue
		}
		if b[end] == '.' {
			if end == d || b[end-1] == '.' {
				break
			}
			dot = end
		}
		end++
	}
	s.r.work += end - start
	s.atEnd = end
	cut := s.touches(end)
	for end > d && (b[end-1] == '.' || b[end-1] == '-') {
		end--
	}
	if dot >= end {
		dot = -1
		for j := d; j < end; j++ {
			if b[j] == '.' {
				dot = j
			}
		}
	}
	if cut && end >= d {
		s.emit(datatype.Email, start, end, 60)
		return end
	}
	if notMail(b, start, i, d, end) || end-d > 3 && version(b[d:end]) {
		return i
	}
	if dot < 0 || end-dot < 3 || end-dot > 25 || fileType(b[dot+1:end]) {
		return i
	}
	for _, c := range b[dot+1 : end] {
		if class[c]&(cLetter|cHigh) == 0 && !hasPrefix(b[dot+1:end], "xn--") {
			return i
		}
	}
	if !s.emit(datatype.Email, start, end, 90) {
		return i
	}
	return end
}

// notMail tells the login of a Git server, and "Class@1f2e.method" of Java,
// from an address.
func notMail(b []byte, start, i, d, end int) bool {
	if i-start == 3 && string(b[start:i]) == "git" {
		return at(b, end) == ':' || at(b, end) == '/' || hasPrefix(b[max(0, start-3):], "://")
	}
	dot := d
	for dot < end && isHex(b[dot]) {
		dot++
	}
	return at(b, dot) == '.' && dot-d >= 5 && dot-d <= 8 && !allDigits(b[d:dot]) && class[b[classStart(b, start, i)]]&cUpper != 0 && isDotted(b[start:i])
}

// classStart is the start of the last dotted part of b[start:i].
func classStart(b []byte, start, i int) int {
	j := i
	for j > start && b[j-1] != '.' {
		j--
	}
	return min(j, i-1)
}

func isDotted(b []byte) bool {
	for _, c := range b {
		if c == '.' {
			return true
		}
	}
	return false
}

// version holds for what begins like 1.2.3.
func version(b []byte) bool {
	dots := 0
	for i, c := range b {
		switch {
		case c == '.' && i > 0:
			dots++
		case !isDigit(c):
			return dots >= 2
		}
	}
	return dots >= 2
}

// fileType tells "icon@2x.png" from an address.
func fileType(b []byte) bool {
	switch string(b) {
	case "png", "jpg", "jpeg", "gif", "svg", "webp", "js", "css", "ts", "json", "html", "map", "mjs", "service", "tgz", "lock", "local", "yaml", "yml", "target", "socket", "slice", "scope", "mount", "timer", "device":
		return true
	}
	return false
}

// userinfo handles "://user:password@" of a URL whose authority begins at i.
func (s *scanner) userinfo(b []byte, i int) int {
	colon, last, j := -1, -1, i
scan:
	for ; j < len(b) && j < i+256; j++ {
		switch c := b[j]; {
		case c == '@' && colon >= 0:
			last = j
		case c == ':' && colon < 0:
			colon = j
		case isSpace(c) || c == '/' || c == '"' || c == '?' || c == '<' || c == '\\' || c == '@' || c == ',' && last > 0:
			break scan
		}
	}
	s.r.work += j - i
	if colon < 0 || last <= colon+1 || isPlaceholder(b[colon+1:last]) {
		return i
	}
	if !s.emit(datatype.Password, colon+1, last, 90) {
		return i
	}
	s.atEnd = last + 2
	return last + 1
}
