package detect

// Bits of the class table.
const (
	cDigit = 1 << iota
	cLower
	cUpper
	cHexLetter
	cUnder
	cHigh // bytes of a multi-byte UTF-8 sequence
	cStop // not part of a word, but begins or ends a candidate
	cSpace

	cWord   = cDigit | cLower | cUpper | cUnder | cHigh
	cLetter = cLower | cUpper
	cAlnum  = cDigit | cLetter
)

var class = func() (t [256]uint8) {
	for c := range t {
		switch {
		case c >= '0' && c <= '9':
			t[c] = cDigit
		case c >= 'a' && c <= 'z':
			t[c] = cLower
		case c >= 'A' && c <= 'Z':
			t[c] = cUpper
		case c == '_':
			t[c] = cUnder
		case c >= 0x80:
			t[c] = cHigh
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			t[c] = cSpace
		}
		if c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' {
			t[c] |= cHexLetter
		}
	}
	for _, c := range "@:+(-?%{[" {
		t[c] = cStop
	}
	return t
}()

func isDigit(c byte) bool { return c-'0' < 10 }
func isAlnum(c byte) bool { return class[c]&cAlnum != 0 }
func isWord(c byte) bool  { return class[c]&cWord != 0 }
func isSpace(c byte) bool { return class[c]&cSpace != 0 }
func isHex(c byte) bool   { return class[c]&(cDigit|cHexLetter) != 0 }

// isBase64URL also holds for every byte of the tokens with a known prefix.
func isBase64URL(c byte) bool { return class[c]&(cAlnum|cUnder) != 0 || c == '-' }

func lower(c byte) byte {
	if class[c]&cUpper != 0 {
		return c | 0x20
	}
	return c
}

// at returns b[i], or 0 outside of b.
func at(b []byte, i int) byte {
	if uint(i) < uint(len(b)) {
		return b[i]
	}
	return 0
}

func hasPrefix(b []byte, p string) bool { return len(b) >= len(p) && string(b[:len(p)]) == p }

// foldPrefix wants p in lower case.
func foldPrefix(b []byte, p string) bool {
	if len(b) < len(p) {
		return false
	}
	for i := 0; i < len(p); i++ {
		if lower(b[i]) != p[i] {
			return false
		}
	}
	return true
}
