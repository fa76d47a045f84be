package detect

import "github.com/weir-telemetry/weir/internal/datatype"

// phone handles a number that begins at i with '+', '(' or a digit.
func (s *scanner) phone(b []byte, i int) int {
	if i > 0 && (isWord(b[i-1]) || b[i-1] == '-' || b[i-1] == '+') {
		return i
	}
	var d [18]byte
	n, end, seps := phoneDigits(b, i, &d)
	s.r.work += end - i
	if n < 7 && !s.touches(end) || n > 15+2 || !tail(b, end) || end <= i {
		return i
	}
	conf := uint8(0)
	switch {
	case b[i] == '+':
		if n <= 15 && callingCode(d[:n]) {
			conf = 85
		} else if n == 11 && d[0] == '1' && d[1] >= '2' {
			// Exchanges that are not given out, such as +1 555 123 4567: written
			// as a telephone number it may still lead to someone.
			conf = 70
		} else if s.touches(end) && n >= 5 && d[0] != '0' {
			conf = 55
		}
	case d[0] == '0' && d[1] == '0':
		if n >= 11 && callingCode(d[2:n]) {
			conf = 65
		}
	case n >= 7 && n <= 13:
		conf = s.national(b, i, d[:n], seps)
	}
	if conf == 0 {
		return i
	}
	s.emit(datatype.Phone, i, end, conf)
	return end
}

// phoneDigits reads the digits of a number that begins at i: d[:n], and its end
// and separators.
func phoneDigits(b []byte, i int, d *[18]byte) (n, end, seps int) {
	j := i
	end = i
	if b[i] == '+' {
		j++
	}
	gap := 0
	for ; j < len(b) && n < len(d); j++ {
		c := b[j]
		if isDigit(c) {
			d[n] = c
			seps += gap
			n, gap, end = n+1, 0, j+1
			continue
		}
		if c != ' ' && c != '-' && c != '.' && c != '(' && c != ')' && c != '/' || gap == 3 || n == 0 && c != '(' {
			break
		}
		gap++
		if gap > 1 && c == b[j-1] || gap == 2 && c == ' ' && b[j-1] != ')' {
			break
		}
	}
	return n, end, seps
}

// national returns the confidence in a number without a country code, 0 for
// none: it needs a key or a word that says telephone.
func (s *scanner) national(b []byte, i int, d []byte, seps int) uint8 {
	if d[0] == '1' && (len(d) == 10 || len(d) == 13) && seps == 0 { // seconds, milliseconds
		return 0
	}
	switch {
	case s.context(i) == kPhone:
		return 80
	case s.before(b, i, kPhone):
		return 70
	case s.context(i) == kCall && (seps > 0 || d[0] == '0'), seps > 0 && s.before(b, i, kCall):
		return 60
	}
	return 0
}

// phoneContext reports whether anything near i says telephone.
func (s *scanner) phoneContext(b []byte, i int) bool {
	k := s.context(i)
	return k == kPhone || k == kCall || s.before(b, i, kPhone) || s.before(b, i, kCall)
}

// callingCode checks the country code and the length of a number without "+".
func callingCode(d []byte) bool {
	if len(d) < 8 || len(d) > 15 {
		return false
	}
	a, b, c := d[0], d[1], d[2]
	switch a {
	case '1': // North America: ten digits follow, area and exchange begin with 2 to 9
		return len(d) == 11 && b >= '2' && d[4] >= '2'
	case '7':
		return len(d) == 11 && b >= '3'
	case '2':
		return b == '0' || b == '7' || b == '2' || b == '3' || b == '4' || b == '6' ||
			b == '1' && (c == '1' || c == '2' || c == '3' || c == '6' || c == '8') || b == '5' && c != '9' || b == '9' && (c < '2' || c > '6')
	case '3':
		return b != '8' || c != '4' && c != '8'
	case '4':
		return b != '2' || c == '0' || c == '1' || c == '3'
	case '5':
		return true
	case '6':
		return b != '9' || c < '3'
	case '8':
		switch b {
		case '1', '2', '4', '6':
			return true
		case '0':
			return c == '0' || c == '8'
		case '5':
			return c != '1' && c != '4' && c < '7'
		case '7':
			return c == '0' || c == '8'
		case '8':
			return c != '4' && c != '5' && c != '7' && c != '9'
		}
	case '9':
		switch b {
		case '6':
			return c != '9'
		case '7':
			return c != '8'
		case '9':
			return c >= '2' && c != '9'
		}
		return true
	}
	return false
}
