package detect

import (
	"bytes"

	"github.com/weir-telemetry/weir/internal/datatype"
)

type frame struct {
	object  bool
	pathLen int
	key     keyClass // class that members inherit
	person  bool
	trait   bool    // a member says that the object describes a person
	name    Finding // value of a plain "name", until such a member appears
}

// maxLevels of JSON inside JSON strings.
const maxLevels = 4

// document scans the view as JSON.
func (s *scanner) document(k keyClass) {
	base, bottom := len(s.r.path), len(s.r.frames)
	i := 0
	if hasPrefix(s.b, "\xef\xbb\xbf") {
		i = 3
	}
	in := s.in
	for i < len(s.b) {
		bad := max(i, s.values(i, k, bottom))
		s.r.work += bad - i
		s.r.frames = s.r.frames[:bottom]
		s.r.path = s.r.path[:base]
		s.in = in
		if bad >= len(s.b) {
			return
		}
		// Text up to the next line that begins a document.
		i = nextDocument(s.b, bad+1)
		s.text(bad, i)
	}
}

// nextDocument returns the offset of the next line after i that begins with a
// bracket, or the length of b.
func nextDocument(b []byte, i int) int {
	for i < len(b) {
		n := bytes.IndexByte(b[i:], '\n')
		if n < 0 {
			return len(b)
		}
		i += n + 1
		if c := at(b, i); c == '{' || c == '[' && (at(b, i+1) == '{' || at(b, i+1) == '"') {
			return i
		}
	}
	return len(b)
}

// values reads a sequence of JSON values and returns the offset of the error,
// or the length of the view.
func (s *scanner) values(i int, k keyClass, bottom int) int {
	b, r := s.b, s.r
	member := -1
	for {
		for i < len(b) && isSpace(b[i]) {
			i++
		}
		if i >= len(b) {
			return i
		}
		depth := len(r.frames)
		var top *frame
		if depth > bottom {
			top = &r.frames[depth-1]
		}
		c := b[i]
		switch {
		case top != nil && c == ',':
			i++
			continue
		case top != nil && (c == '}' && top.object || c == ']' && !top.object):
			r.path = r.path[:top.pathLen]
			r.frames = r.frames[:depth-1]
			i++
			continue
		case top != nil && top.object && c == '"':
			member = i
			j, next := closing(b, i+1)
			if j < 0 {
				return i
			}
			for next < len(b) && isSpace(b[next]) {
				next++
			}
			if at(b, next) != ':' {
				return i
			}
			k = s.member(i+1, j, top)
			i = next + 1
		case top != nil && top.object:
			return i
		case top != nil:
			k = top.key
		}
		for i < len(b) && isSpace(b[i]) {
			i++
		}
		if i >= len(b) {
			return i
		}
		switch c = b[i]; {
		case c == '{' || c == '[':
			if depth-bottom >= s.e.maxDepth {
				return i
			}
			f := frame{object: c == '{', pathLen: len(r.path), key: k}
			f.person = k == kPerson
			if f.object {
				f.key = inherited(k)
				if k == kAddress && top != nil {
					s.trait(top)
				}
			}
			f.pathLen = len(r.path)
			if c == '[' {
				r.path = append(r.path, "[*]"...)
			}
			r.frames = append(r.frames, f)
			i++
			continue
		case c == '"':
			j, next := closing(b, i+1)
			if j < 0 {
				s.r.work += len(b) - i
				if !s.trunc {
					return s.restart(top, member, i)
				}
				j, next = len(b), len(b)
			}
			if at(b, next) == ':' { // a member where none may be
				return i
			}
			s.sibling(top, k, b[i+1:j], i+1)
			s.sub(i+1, j, plain(k), InJSONString, hasEscape(b[i+1:j]), false)
			i = next
		default:
			j := i
			for j < len(b) && (isWord(b[j]) || b[j] == '-' || b[j] == '+' || b[j] == '.') {
				j++
			}
			if j == i || !numeral(b[i:j]) && !literal(b[i:j]) && !(s.trunc && j == len(b)) {
				return s.restart(top, member, i)
			}
			if isDigit(c) || c == '-' {
				s.sibling(top, k, b[i:j], -1)
				s.sub(i, j, plain(k), InJSONScalar, false, false)
			}
			i = j
		}
		if top != nil && top.object {
			r.path = r.path[:s.pathOf(depth-1)]
		}
	}
}

// restart is where text begins after an error in the value at i: at its name,
// if it has one.
func (s *scanner) restart(top *frame, member, i int) int {
	if top != nil && top.object && member >= 0 {
		return member
	}
	return i
}

// numeral holds for what only digits, signs, points and exponents make.
func numeral(b []byte) bool {
	if !isDigit(b[0]) && (b[0] != '-' || !isDigit(at(b, 1))) {
		return false
	}
	for _, c := range b {
		if !isDigit(c) && c != '-' && c != '+' && c != '.' && c != 'e' && c != 'E' {
			return false
		}
	}
	return true
}

func literal(b []byte) bool {
	return string(b) == "true" || string(b) == "false" || string(b) == "null"
}

// pathOf is the length of the path of the container at index i of frames.
func (s *scanner) pathOf(i int) int {
	n := s.r.frames[i].pathLen
	if !s.r.frames[i].object {
		n += len("[*]")
	}
	return n
}

// closing finds the quote that ends the string that begins at i.
func closing(b []byte, i int) (quote, next int) {
	for ; i < len(b); i++ {
		switch b[i] {
		case '"':
			return i, i + 1
		case '\\':
			i++
		}
	}
	return -1, len(b)
}

func hasEscape(b []byte) bool {
	for _, c := range b {
		if c == '\\' {
			return true
		}
	}
	return false
}

// member scans a member's name, puts it on the path and returns its class.
func (s *scanner) member(i, j int, f *frame) keyClass {
	s.r.path = s.r.path[:f.pathLen]
	before := len(s.r.Findings)
	name := s.b[i:j]
	esc := hasEscape(name)
	if !lettersOnly(name) { // else it can't be a finding
		s.sub(i, j, kNone, InJSONKey, esc, false)
	}
	k := s.nameClass(i, j, esc, false, len(s.r.Findings) > before, true)
	switch {
	case f.key == kPassword || f.key == kSecret || f.key == kToken || f.key == kCookie:
		var w keyWords
		w.split(name)
		if w.n > 0 && (describing[string(w.last(1))] || describing[string(w.last(w.n))]) {
			return kNone
		}
		return f.key
	case k == kPlainName && f.person:
		return kPersonName
	case k == kNone && f.person && !f.object:
		return kPerson
	}
	return k
}

func lettersOnly(b []byte) bool {
	if len(b) > 40 {
		return false
	}
	for _, c := range b {
		if class[c]&(cLower|cUpper|cUnder) == 0 {
			return false
		}
	}
	return true
}

// nameClass classifies the name b[i:j], decoded when it is escaped, and puts it
// on the path when path is set.
func (s *scanner) nameClass(i, j int, escaped, form, found, path bool) keyClass {
	name := s.b[i:j]
	mark, omark := len(s.r.scratch), len(s.r.offsets)
	if escaped {
		s.decode(i, j, form)
		name = s.r.scratch[mark:]
	}
	if path {
		s.appendName(name, found)
	}
	k := classify(name)
	s.r.scratch, s.r.offsets = s.r.scratch[:mark], s.r.offsets[:omark]
	return k
}

// inherited is the class that the members of an object under a key of class k
// have.
func inherited(k keyClass) keyClass {
	switch k {
	case kPassword, kCookie:
		return k
	case kSecret:
		return kToken
	}
	return kNone
}

// plain is the class with which a value is scanned.
func plain(k keyClass) keyClass {
	if k == kPlainName || k == kAge || k == kAddress {
		return kNone
	}
	return k
}

// sibling remembers the value of a plain "name" at v, and emits it once another
// member of the object says that it describes a person.
func (s *scanner) sibling(f *frame, k keyClass, value []byte, v int) {
	if f == nil || !f.object {
		return
	}
	switch k {
	case kPlainName:
		if v < 0 || !isPersonName(value) || class[value[0]]&(cUpper|cHigh) == 0 {
			return
		}
		f.name = Finding{Type: datatype.PersonName, Confidence: 65, In: InJSONString}
		f.name.Start, f.name.End = s.raw(v, v+len(value))
		f.name.path = s.r.commitPath(value)
		if f.trait {
			s.trait(f)
		}
	case kPersonName, kBirth, kPhone, kSSN, kTrait, kCard:
		if len(value) > 0 && !isPlaceholder(value) {
			s.trait(f)
		}
	case kAge:
		if len(value) < 4 && allDigits(value) {
			s.trait(f)
		}
	case kAddress:
		if spaced(value) {
			s.trait(f)
		}
	}
}

// trait notes that f describes a person and emits its name.
func (s *scanner) trait(f *frame) {
	f.trait = true
	if f.name.End > 0 && s.e.on[datatype.PersonName] && s.e.min <= f.name.Confidence {
		s.r.insert(f.name, s.first)
	}
	f.name = Finding{}
}

// sub scans b[i:j] as a value of its own.
func (s *scanner) sub(i, j int, k keyClass, in Context, escaped, form bool) {
	if i >= j {
		return
	}
	v := scanner{e: s.e, r: s.r, first: s.first, in: in, trunc: s.trunc && j == len(s.b), level: s.level}
	mark, omark := len(s.r.scratch), len(s.r.offsets)
	switch {
	case escaped:
		s.decode(i, j, form)
		v.b, v.off = s.r.scratch[mark:], s.r.offsets[omark:]
	case s.off != nil:
		v.b, v.off = s.b[i:j], s.off[i:j+1]
	default:
		v.b, v.base = s.b[i:j], s.base+i
	}
	v.b = v.b[:len(v.b):len(v.b)]
	if in == InJSONScalar {
		v.scalar(k)
	} else {
		v.leaf(k, in != InJSONKey)
	}
	s.r.scratch, s.r.offsets = s.r.scratch[:mark], s.r.offsets[:omark]
}

// scalar scans a bare number; a finding covers the whole token.
func (s *scanner) scalar(k keyClass) {
	if s.named(k, 0, len(s.b)) {
		return
	}
	s.key = k
	before := len(s.r.Findings)
	s.text(0, len(s.b))
	for x := before; x < len(s.r.Findings); x++ {
		f := &s.r.Findings[x]
		f.Start, f.End = s.raw(0, len(s.b))
		s.r.Findings = s.r.Findings[:x+1]
	}
}
