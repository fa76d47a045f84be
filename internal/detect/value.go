package detect

// structured scans b[start:end] by its shape and reports false for prose.
func (s *scanner) structured(k keyClass, start, end int) bool {
	if end-start < 2 || s.level >= maxLevels {
		return false
	}
	b := s.b[start:end]
	last := b[len(b)-1]
	if b[0] == '{' && (last == '}' || s.touches(end)) && jsonObject(b) || b[0] == '[' && (last == ']' || s.touches(end)) && jsonArray(b) {
		s.level++
		s.document(k)
		s.level--
		return true
	}
	if isForm(b) {
		s.form(start, end, true)
		return true
	}
	return false
}

func jsonObject(b []byte) bool {
	i, _ := trim(b, 1, len(b))
	return i < len(b) && (b[i] == '"' || b[i] == '}')
}

func jsonArray(b []byte) bool {
	i, _ := trim(b, 1, len(b))
	return i < len(b) && (b[i] == '"' || b[i] == '{' || b[i] == '[' || b[i] == '-' || isDigit(b[i]))
}

// isForm holds for "name=value" pairs with no byte that a form would encode.
func isForm(b []byte) bool {
	eq := 0
	for i, c := range b {
		switch {
		case c == '=':
			if eq++; i == 0 {
				return false
			}
		case c == '&':
			if eq == 0 {
				return false
			}
		case isSpace(c) || c == '"' || c == '<' || c == '{' || c == ';' || c == '?' || c == ':' && eq == 0:
			return false
		}
	}
	return eq > 0
}
