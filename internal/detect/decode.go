package detect

import "unicode/utf8"

// decode appends the decoded b[i:j] to scratch with the source offset of each
// byte and of the end.
func (s *scanner) decode(i, j int, form bool) {
	r := s.r
	r.work += j - i
	b := s.b[:j]
	if form && i+1 < j && b[i] == '+' && isDigit(b[i+1]) { // a telephone number that nobody encoded
		from, _ := s.raw(i, i)
		r.scratch, r.offsets = append(r.scratch, '+'), append(r.offsets, uint32(from))
		i++
	}
	for i < j {
		from, _ := s.raw(i, i)
		c := b[i]
		n := 1
		switch {
		case form && c == '+':
			c = ' '
		case form && c == '%' && isHex(at(b, i+1)) && isHex(at(b, i+2)):
			c, n = hexValue(b[i+1])<<4|hexValue(b[i+2]), 3
		case !form && c == '\\' && i+1 < j:
			c, n = b[i+1], 2
			switch c {
			case 'n':
				c = '\n'
			case 't':
				c = '\t'
			case 'r':
				c = '\r'
			case 'b':
				c = '\b'
			case 'f':
				c = '\f'
			case 'u':
				ru, n := unescapeU(b, i)
				at := len(r.scratch)
				r.scratch = utf8.AppendRune(r.scratch, ru)
				for range len(r.scratch) - at {
					r.offsets = append(r.offsets, uint32(from))
				}
				i += n
				continue
			}
		}
		r.scratch = append(r.scratch, c)
		r.offsets = append(r.offsets, uint32(from))
		i += n
	}
	end := s.base + j
	if s.off != nil {
		end = int(s.off[j])
	}
	r.offsets = append(r.offsets, uint32(end))
}

func hexValue(c byte) byte {
	if isDigit(c) {
		return c - '0'
	}
	return lower(c) - 'a' + 10
}

// unescapeU decodes \uXXXX at i, with its low surrogate, and the bytes it takes.
func unescapeU(b []byte, i int) (rune, int) {
	hi, ok := hex4(b, i+2)
	if !ok {
		return 'u', 2
	}
	if hi >= 0xd800 && hi < 0xdc00 && at(b, i+6) == '\\' && at(b, i+7) == 'u' {
		if lo, ok := hex4(b, i+8); ok && lo >= 0xdc00 && lo < 0xe000 {
			return (hi-0xd800)<<10 + (lo - 0xdc00) + 0x10000, 12
		}
	}
	return hi, 6
}

func hex4(b []byte, i int) (v rune, ok bool) {
	for n := range 4 {
		c := at(b, i+n)
		if !isHex(c) {
			return 0, false
		}
		v = v<<4 | rune(hexValue(c))
	}
	return v, true
}
