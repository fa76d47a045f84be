package detect

import "github.com/weir-telemetry/weir/internal/datatype"

// separator tells what joins a key to its value in text.
type separator uint8

const (
	noSeparator separator = iota
	equals
	colon
	arrow  // => of Ruby and PHP
	tag    // <key>value<
	option // --key value
	quote  // KEY 'value' of SQL
	blank  // "born on 1980-02-29"
)

// pair looks for the value of the key of class k that ends at i, and gives the
// value its key's context. It returns where to go on: after the value when the
// value as a whole is a finding, else i.
func (s *scanner) pair(b []byte, k keyClass, i int) int {
	sep, v := s.separator(b, k, i)
	if sep == noSeparator {
		return i
	}
	return s.value(b, k, v, i, sep)
}

// separator returns the separator that follows the key that ends at i, and
// where the value begins.
func (s *scanner) separator(b []byte, k keyClass, i int) (separator, int) {
	p := i
	for at(b, p) == '\\' && p < i+4 {
		p++
	}
	quoted := at(b, p) == '"' || at(b, p) == '\'' || at(b, p) == ']' && at(b, s.chain-1) == '['
	if quoted {
		p++
	}
	from := p
	for p < from+16 && (at(b, p) == ' ' || at(b, p) == '\t') {
		p++
	}
	c := at(b, p)
	switch {
	case (c == '=' || c == ':' && from == p) && at(b, p+1) == '>':
		return arrow, p + 2
	case c == '=':
		if at(b, p+1) == '=' { // a comparison
			p++
		}
		return equals, p + 1
	case c == ':' && at(b, p+1) == '=':
		return equals, p + 2
	case c == ':' && at(b, p+1) != '/' && (p == from || p == from+1):
		return colon, p + 1
	case c == '>' && p == i && at(b, s.chain-1) == '<':
		return tag, p + 1
	}
	if quoted || p == from {
		return noSeparator, i
	}
	switch {
	case p == i+1 && s.chain > 1 && b[s.chain-1] == '-':
		return option, p
	case k.password() && c == '\'':
		return quote, p
	case k == kBirth && p == i+1:
		for _, w := range [...]string{"on ", "is ", "am ", "in ", ""} {
			if hasPrefix(b[p:], w) && isDigit(at(b, p+len(w))) {
				return blank, p + len(w)
			}
		}
	}
	return noSeparator, i
}

// value scans the value of a pair in text that begins at v.
func (s *scanner) value(b []byte, k keyClass, v, i int, sep separator) int {
	from := v
	for n := 0; n < 16 && (at(b, v) == ' ' || at(b, v) == '\t'); n++ {
		v++
	}
	esc := 0
	for at(b, v) == '\\' && esc < 4 {
		v, esc = v+1, esc+1
	}
	end, bare := v, false
	switch q := at(b, v); {
	case q == '"' || q == '\'' || q == '`':
		v++
		end = quotedEnd(b, v, q, esc)
	case esc > 0:
		return i
	case q == '[' || q == '{':
		if k == kSecret || k.password() && (k == kPassword || q == '[') {
			s.list(b, k, v)
		}
		if q == '{' || !k.password() {
			return i
		}
		fallthrough
	default:
		bare = true
		end = s.bareEnd(b, k, v, sep, v > from)
	}
	s.r.work += end - v
	switch {
	case end <= v:
		return i
	case !s.plausible(b, k, v, end, i, sep, bare):
		return i
	case k == kAuth:
		return s.authorization(b, v, end, i)
	}
	if s.named(k, v, end) {
		s.chain, s.chainEnd = end, end
		return end
	}
	s.pairKey, s.keyUntil = k, end
	return i
}

// plausible tells values from words of a message about a password.
func (s *scanner) plausible(b []byte, k keyClass, v, end, i int, sep separator, bare bool) bool {
	if !k.password() {
		return sep != quote
	}
	val := b[v:end]
	switch {
	case sep == quote:
		return !spaced(val)
	case !bare:
		return true
	case sep == colon && isProse(val), isCall(val), val[0] == '[', val[0] == '{':
		return false
	case k == kPass && sep == colon && b[i-1] == 'S': // "PASS: TestX"
		return false
	}
	return true
}

func allDigits(b []byte) bool {
	for _, c := range b {
		if !isDigit(c) {
			return false
		}
	}
	return true
}

// authorization handles "Scheme credentials" in text.
func (s *scanner) authorization(b []byte, v, end, i int) int {
	space := v
	for space < end && b[space] != ' ' {
		space++
	}
	t, from := datatype.APIKey, space+1
	switch scheme := b[v:space]; {
	case space == end:
		if !looksRandom(b[v:end]) {
			return i
		}
		from = v
	case foldPrefix(scheme, "basic"):
		t = datatype.Password
	case foldPrefix(scheme, "bearer"), foldPrefix(scheme, "token"), foldPrefix(scheme, "apikey"), foldPrefix(scheme, "negotiate"):
	case foldPrefix(scheme, "digest"), foldPrefix(scheme, "aws4-hmac"), foldPrefix(scheme, "oauth"), foldPrefix(scheme, "hawk"):
		if s.emit(t, from, end, 85) {
			return end
		}
		return i
	default:
		return i
	}
	till := from
	for till < end && !isSpace(b[till]) && b[till] != ',' {
		till++
	}
	if till-from < 3 || isPlaceholder(b[from:till]) || isProse(b[from:till]) {
		return i
	}
	if t == datatype.APIKey && s.e.on[datatype.JWT] && isJWT(b[from:till]) {
		t = datatype.JWT
	}
	if s.emit(t, from, till, 85) {
		return till
	}
	return i
}

// maxList bounds how far the array or object of a key is followed in text.
const maxList = 1 << 10

// list emits the quoted values of the array or object that begins at v.
func (s *scanner) list(b []byte, k keyClass, v int) {
	if v < s.listEnd {
		return
	}
	depth, i := 0, v
	until := min(len(b), v+maxList)
	for i < until {
		switch c := b[i]; c {
		case '[', '{':
			depth++
		case ']', '}':
			depth--
		case '"', '\'':
			end := quotedEnd(b[:until], i+1, c, 0)
			next := end + 1
			for at(b, next) == ' ' {
				next++
			}
			if n := at(b, next); n != ':' && end > i+1 && (end < until || s.touches(end)) {
				s.named(k, i+1, end)
			}
			i = end
		}
		i++
		if depth == 0 {
			break
		}
	}
	s.r.work += i - v
	s.listEnd = i
}

func quotedEnd(b []byte, v int, q byte, esc int) int {
	for i := v; i < len(b); i++ {
		switch b[i] {
		case '\n':
			return i
		case '\\':
			if esc > 0 && i+esc < len(b) && b[i+esc] == q {
				return i
			}
			i++
		case q:
			return i
		}
	}
	return len(b)
}

// bareEnd finds the end of a value without quotes; apart says that space stands
// between separator and value.
func (s *scanner) bareEnd(b []byte, k keyClass, v int, sep separator, apart bool) int {
	line := k == kCookie || k == kAuth
	prose := (k == kPersonName || k == kBirth || k == kPhone) && (sep == colon || sep == blank)
	end := v
scan:
	for end < len(b) {
		switch c := b[end]; c {
		case '\n', '\r', '"', '<':
			break scan
		case '\'':
			if k != kPersonName {
				break scan
			}
		case ';', '|', '\t':
			if !line {
				break scan
			}
		case '&':
			if !line && !(apart && sep == colon) {
				break scan
			}
		case ' ':
			if sep == tag || line {
				break
			}
			if !prose || k == kPersonName && class[at(b, end+1)]&(cUpper|cHigh) == 0 {
				break scan
			}
		case ',':
			if line || k == kBirth && at(b, end+1) == ' ' && isDigit(at(b, end+2)) {
				break
			}
			if prose || end+1 == len(b) || isSpace(b[end+1]) || b[end+1] == '"' || pairAhead(b, end+1) {
				break scan
			}
		}
		end++
	}
	for end > v && !s.touches(end) {
		switch b[end-1] {
		case ',', ')', ']', '}', '.', ' ':
			end--
			continue
		}
		break
	}
	return end
}

// pairAhead reports whether "word=" follows.
func pairAhead(b []byte, i int) bool {
	for j := i; j < len(b) && j < i+32; j++ {
		if b[j] == '=' {
			return j > i
		}
		if !isWord(b[j]) && b[j] != '.' && b[j] != '-' {
			return false
		}
	}
	return false
}

// context returns the class of the key under which the byte at i stands.
func (s *scanner) context(i int) keyClass {
	if i < s.keyUntil {
		return s.pairKey
	}
	return s.key
}

// before reports whether a word of class k stands on the same line up to 32
// bytes before i, and no other key directly before i.
func (s *scanner) before(b []byte, i int, k keyClass) bool {
	from := s.heard[hearing(k)]
	if from == 0 || i-from > 32 {
		return false
	}
	for j := from; j < i; j++ {
		switch b[j] {
		case '\n':
			return false
		case '=', '{', '}':
			if j > from+1 {
				return false
			}
		}
	}
	return true
}
