package detect

import "github.com/weir-telemetry/weir/internal/datatype"

// number handles the run of digits b[i:end] and returns the end of what it
// found, or i.
func (s *scanner) number(b []byte, i, end int) int {
	if i > 1 && (b[i-1] == '.' || b[i-1] == '-') && isDigit(b[i-2]) && !s.inRange(b, i) {
		return i
	}
	next := at(b, end)
	n := end - i
	switch {
	case n <= 3 && next == '.':
		if e := s.ipv4(b, i); e > i {
			return e
		}
	case n == 4 || n >= 12:
		if e := s.card(b, i, end); e > i {
			return e
		}
	case n == 3 || n == 9:
		if e := s.ssn(b, i, end); e > i {
			return e
		}
	}
	if next == ':' && n >= 8 && n <= 10 {
		if e := s.telegram(b, i, end+1); e > i {
			return e
		}
	}
	if b[i] == '0' && at(b, i+1) == '0' || s.phoneContext(b, i) {
		return s.phone(b, i)
	}
	return i
}

// inRange reports whether an address was found that ends at the '-' before i.
func (s *scanner) inRange(b []byte, i int) bool {
	if b[i-1] != '-' || len(s.r.Findings) <= s.first {
		return false
	}
	last := s.r.Findings[len(s.r.Findings)-1]
	_, end := s.raw(i-1, i-1)
	return last.Type == datatype.IPAddress && last.End == end
}

// tail reports whether a number may end at end: no letter, digit or fraction follows.
func tail(b []byte, end int) bool {
	c := at(b, end)
	return !isWord(c) && !((c == '.' || c == '-') && isDigit(at(b, end+1)))
}

func (s *scanner) card(b []byte, i, runEnd int) int {
	var d [20]byte
	n, end := 0, i
	switch {
	case runEnd-i > 19:
		return i
	case runEnd-i >= 12:
		n, end = copy(d[:], b[i:runEnd]), runEnd
	default:
		if sep := at(b, runEnd); runEnd-i != 4 || sep != ' ' && sep != '-' && sep != '+' {
			return i
		}
		n, end = groups(b, i, &d)
	}
	s.r.work += end - i
	if n < 12 || !tail(b, end) {
		return i
	}
	if cardLengthOK(d[:n]) && luhn(d[:n]) {
		if s.emit(datatype.PaymentCard, i, end, 90) {
			return end
		}
		return i
	}
	if s.touches(end) && n >= 12 && n < 16 && issuer(d[:n]) != 0 {
		s.emit(datatype.PaymentCard, i, end, 55)
		return end
	}
	return i
}

// groups reads the digits of a card number in groups, joined by one and the
// same separator. Digits that follow a whole number after a space are not part
// of it: an expiry date.
func groups(b []byte, i int, d *[20]byte) (n, end int) {
	sep := b[i+4]
	for j, g := i, 0; g < 5; g++ {
		from := j
		for j < len(b) && isDigit(b[j]) && n < len(d) {
			d[n] = b[j]
			n, j = n+1, j+1
		}
		if j-from > 6 || isDigit(at(b, j)) || j == from {
			return 0, i
		}
		end = j
		more := at(b, j) == sep && isDigit(at(b, j+1))
		if !more || sep != '-' && g >= 2 && cardLengthOK(d[:n]) && luhn(d[:n]) {
			if g < 2 {
				return 0, i
			}
			return n, end
		}
		j++
	}
	return 0, i
}

func luhn(d []byte) bool {
	sum, double := 0, false
	for i := len(d) - 1; i >= 0; i-- {
		v := int(d[i] - '0')
		if double {
			if v *= 2; v > 9 {
				v -= 9
			}
		}
		sum += v
		double = !double
	}
	return sum%10 == 0
}

// Lengths that an issuer gives out: bit n stands for n digits.
const (
	len13to19 = 1<<13 | 1<<16 | 1<<19
	len16     = 1 << 16
	len15     = 1 << 15
	len14     = 1<<14 | 1<<16
	len16to19 = 1<<16 | 1<<17 | 1<<18 | 1<<19
	len12to19 = 1<<13 | 1<<14 | 1<<15 | len16to19
)

func cardLengthOK(d []byte) bool { return len(d) >= 13 && issuer(d)&(1<<len(d)) != 0 }

// issuer returns the lengths of cards with these first digits, 0 for none.
func issuer(d []byte) uint32 {
	p := int(d[0]-'0')*1000 + int(d[1]-'0')*100 + int(d[2]-'0')*10 + int(d[3]-'0')
	switch {
	case p/1000 == 4:
		return len13to19
	case p >= 5100 && p <= 5599, p >= 2221 && p <= 2720:
		return len16
	case p/100 == 34, p/100 == 37:
		return len15
	case p >= 3000 && p <= 3059, p == 3095, p/100 == 36, p/100 == 38, p/100 == 39:
		return len14
	case p >= 3528 && p <= 3589, p == 6011, p >= 6440 && p <= 6599, p/100 == 62:
		return len16to19
	case p >= 2200 && p <= 2204:
		return len16to19
	case p == 5060, p == 5061, p == 5019:
		return len16to19
	case p == 5018, p == 5020, p == 5038, p == 5893, p == 6304, p == 6759, p >= 6761 && p <= 6763:
		return len12to19
	case p/100 == 60, p/100 == 81, p/100 == 82, p == 9792:
		return len16
	}
	return 0
}

func (s *scanner) ssn(b []byte, i, runEnd int) int {
	if runEnd-i == 9 {
		if s.context(i) != kSSN && !s.before(b, i, kSSN) || !ssnOK(b[i:runEnd]) || !tail(b, runEnd) {
			return i
		}
		s.emit(datatype.USSSN, i, runEnd, 80)
		return runEnd
	}
	sep := at(b, i+3)
	if runEnd-i != 3 || sep != '-' && (sep != ' ' || s.context(i) != kSSN && !s.before(b, i, kSSN)) || i+11 > len(b) || b[i+6] != sep || !tail(b, i+11) {
		return i
	}
	d := [9]byte{b[i], b[i+1], b[i+2], b[i+4], b[i+5], b[i+7], b[i+8], b[i+9], b[i+10]}
	if at(b, i-1) == '-' || !ssnOK(d[:]) {
		return i
	}
	s.emit(datatype.USSSN, i, i+11, 85)
	return i + 11
}

func ssnOK(d []byte) bool {
	for _, c := range d {
		if !isDigit(c) {
			return false
		}
	}
	area := string(d[:3])
	return area != "000" && area != "666" && d[0] != '9' && string(d[3:5]) != "00" && string(d[5:]) != "0000"
}
