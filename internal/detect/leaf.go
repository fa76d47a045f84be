package detect

import (
	"bytes"

	"github.com/weir-telemetry/weir/internal/datatype"
)

// leaf scans the whole view as one value under a key of class k. With guess it
// looks for structure in the value first.
func (s *scanner) leaf(k keyClass, guess bool) {
	start, end := trim(s.b, 0, len(s.b))
	if s.named(k, start, end) {
		return
	}
	if guess && s.structured(k, start, end) {
		return
	}
	s.key = k
	s.text(0, len(s.b))
}

func trim(b []byte, i, j int) (int, int) {
	for i < j && isSpace(b[i]) {
		i++
	}
	for j > i && isSpace(b[j-1]) {
		j--
	}
	return i, j
}

// named emits the value b[start:end] when its key alone says what it is.
func (s *scanner) named(k keyClass, start, end int) bool {
	v := s.b[start:end]
	if len(v) == 0 {
		return false
	}
	switch k {
	case kPassword, kPass, kPwd, kSecretWord:
		if k == kPass && len(v) < 5 && allDigits(v) || k == kPwd && v[0] == '/' {
			return false
		}
		if isPlaceholder(v) || isURL(v) || hasPrefix(v, "-----BEGIN ") {
			return false
		}
		return s.emit(datatype.Password, start, end, 90)
	case kSecret, kToken:
		return s.tokenValue(k, start, end)
	case kCookie:
		if bytes.IndexByte(v, '=') < 1 || isPlaceholder(v) || v[0] == '{' || v[0] == '[' {
			return false
		}
		return s.emit(datatype.APIKey, start, end, 85)
	case kAuth:
		if isPlaceholder(v) || len(v) < 4 || isProse(v) {
			return false
		}
		s.credentials(start, end)
		return true
	case kPersonName:
		if !isPersonName(v) && !(s.touches(end) && len(v) > 0 && !isPlaceholder(v)) {
			return false
		}
		return s.emit(datatype.PersonName, start, end, 80)
	case kBirth:
		if !isDate(v) && !s.touches(end) {
			return false
		}
		return s.emit(datatype.BirthDate, start, end, 90)
	}
	return false
}

// tokenValue handles the value of a key that names a token.
func (s *scanner) tokenValue(k keyClass, start, end int) bool {
	v := s.b[start:end]
	if isPlaceholder(v) || k == kToken && !looksRandom(v) && !s.touches(end) || len(v) < 6 && !s.touches(end) {
		return false
	}
	if hasPrefix(v, "-----BEGIN ") || foldPrefix(v, "bearer ") || foldPrefix(v, "basic ") || isURL(v) || isCall(v) || isSelector(v) || spaced(v) {
		return false
	}
	if hasPrefix(v, "eyJ") {
		if e := s.jwt(s.b[:end], start); e == end {
			return true
		}
	}
	return s.emit(datatype.APIKey, start, end, 85)
}

func spaced(v []byte) bool {
	for _, c := range v {
		if isSpace(c) {
			return true
		}
	}
	return false
}

// looksRandom holds for machine-made values: long, of letters and digits.
func looksRandom(v []byte) bool {
	if len(v) < 12 || len(v) > 9 && v[4] == '-' && v[7] == '-' && isDigit(v[0]) && isDigit(v[5]) { // a date
		return false
	}
	var seen uint8
	for _, c := range v {
		if isSpace(c) {
			return false
		}
		seen |= class[c]
	}
	return seen&cDigit != 0 && seen&cLetter != 0
}

func isPersonName(v []byte) bool {
	if len(v) < 2 || len(v) > 120 || isPlaceholder(v) || class[v[0]]&(cLetter|cHigh) == 0 {
		return false
	}
	for i, c := range v {
		if c == '.' && i > 0 && class[v[i-1]]&cLower != 0 && class[at(v, i+1)]&cLetter != 0 { // user.Name
			return false
		}
		if class[c]&(cLetter|cHigh|cSpace) == 0 && c != '\'' && c != '-' && c != '.' && c != ',' && c != '(' && c != ')' && c != '`' {
			return false
		}
	}
	return true
}

// isDate accepts ISO dates and times, d.m.y, m/d/y, YYYYMMDD, dates with a
// month's name, and epoch seconds or milliseconds.
func isDate(v []byte) bool {
	if len(v) < 4 || len(v) > 40 {
		return false
	}
	digits, groups, letters, run := 0, 0, 0, 0
	for i, c := range v {
		switch {
		case isDigit(c):
			digits++
			if run++; run == 1 {
				groups++
			}
			continue
		case class[c]&cLetter != 0:
			letters++
		case c == '-' || c == '.' || c == '/' || c == ' ' || c == ':' || c == '+' || c == ',':
		default:
			return false
		}
		if i == 0 && c != '-' && class[c]&cLetter == 0 {
			return false
		}
		run = 0
	}
	if groups == 1 && letters == 0 {
		return digits == len(v) && digits >= 5 && digits <= 13 || v[0] == '-' && digits == len(v)-1
	}
	return groups >= 2 && digits >= 3 && letters <= 15
}
