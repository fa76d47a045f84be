package detect

// embedded scans the JSON object or array of objects that begins at b[i] in the
// middle of text, as log lines hold them: payload={"user":{"name":"…"}}. It
// returns the offset after it, or i when there is none; what is not balanced
// stays text.
func (s *scanner) embedded(b []byte, i int) int {
	if i < s.openEnd || s.level >= maxLevels || !beginsObject(b[i:]) {
		return i
	}
	end, ok := balanced(b, i)
	s.r.work += end - i
	if !ok {
		s.openEnd = end // nothing before it closes either
		return i
	}
	v := scanner{e: s.e, r: s.r, first: s.first, in: s.in, level: s.level + 1}
	if s.off != nil {
		v.b, v.off = b[i:end:end], s.off[i:end+1]
	} else {
		v.b, v.base = b[i:end:end], s.base+i
	}
	v.document(s.keyBefore(b, i))
	return end
}

// beginsObject holds for {"… and [{"…, the first bytes of an object with a member.
func beginsObject(b []byte) bool {
	i := 0
	if b[0] == '[' {
		for i = 1; isSpace(at(b, i)); i++ {
		}
	}
	if at(b, i) != '{' {
		return false
	}
	for i++; isSpace(at(b, i)); i++ {
	}
	return at(b, i) == '"'
}

// balanced returns the offset after the bracket that closes the one at b[i],
// brackets in strings left out; without one, false and where it gave up.
func balanced(b []byte, i int) (int, bool) {
	for depth := 0; i < len(b); {
		switch b[i] {
		case '"':
			_, next := closing(b, i+1)
			i = next
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1, true
			}
		}
		i++
	}
	return len(b), false
}

// keyBefore is the class of the word that names what begins at b[i]: user={…}.
func (s *scanner) keyBefore(b []byte, i int) keyClass {
	for i > 0 && isSpace(b[i-1]) {
		i--
	}
	if i == 0 || b[i-1] != '=' && b[i-1] != ':' {
		return kNone
	}
	for i--; i > 0 && (isSpace(b[i-1]) || b[i-1] == '"'); i-- {
	}
	if i != s.chainEnd {
		return kNone
	}
	return classify(b[max(s.chain, i-maxKey):i])
}
