package detect

// appendName puts a member's name on the path: folded to {*} when it is an
// identifier or found holds, else as ".name" or "['any name']".
func (s *scanner) appendName(name []byte, found bool) {
	p := s.r.path
	if found || isIdentifier(name) {
		s.r.path = append(p, ".{*}"...)
		return
	}
	plain := !isDigit(name[0])
	for _, c := range name {
		if c == '\\' || c == '\'' || c == '%' || c < 0x20 {
			s.r.path = append(p, ".{*}"...)
			return
		}
		plain = plain && isWord(c)
	}
	if plain {
		s.r.path = append(append(p, '.'), name...)
		return
	}
	s.r.path = append(append(append(p, "['"...), name...), "']"...)
}

// isIdentifier holds for names that look made for one thing: digits, UUIDs,
// hexadecimal, long mixtures.
func isIdentifier(b []byte) bool {
	if len(b) == 0 || len(b) > maxKey {
		return true
	}
	digits, hex, seps, switches := 0, 0, 0, 0
	for i, c := range b {
		if isDigit(c) {
			digits++
		}
		if isHex(c) {
			hex++
		}
		if c == '-' || c == '_' || c == '.' || c == ':' || c == ' ' {
			seps++
		}
		if i > 0 && isDigit(c) != isDigit(b[i-1]) {
			switches++
		}
	}
	return digits > 0 && digits+seps == len(b) || digits > 0 && hex+seps == len(b) && len(b) >= 8 ||
		digits >= 4 && switches >= 3 && len(b) >= 12 || digits >= 6
}
