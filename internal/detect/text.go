package detect

// text scans b[i:end] as prose: word by word, looking closer where a word or a
// byte between words can begin a candidate.
func (s *scanner) text(i, end int) {
	b := s.b[:end]
	s.r.work += end - i
	for i < len(b) {
		k := class[b[i]]
		if k&cWord == 0 {
			if k&cStop != 0 {
				i = s.stop(b, i)
			} else {
				i++
			}
			continue
		}
		start := i
		flags := k
		for i++; i < len(b); i++ {
			k = class[b[i]]
			if k&cWord == 0 {
				break
			}
			flags |= k
		}
		// Words joined by one of "-. " may together be a key: "x-api-key".
		if start != s.chainEnd+1 || start == 0 || !joins(b[start-1]) {
			s.chain = start
		}
		s.chainEnd = i
		if next := s.word(b, start, i, flags); next > i {
			i = next
		}
	}
}

func joins(c byte) bool { return c == '-' || c == '.' || c == ' ' }

// word looks closer at the word b[start:i] and returns where to go on, if that
// is after i.
func (s *scanner) word(b []byte, start, i int, flags uint8) int {
	first := b[start]
	if flags&^(cDigit|cHexLetter|cLower|cUpper) == 0 && i-start <= 4 && at(b, i) == ':' {
		if next := s.ipv6(b, start); next > start {
			return next
		}
	}
	if isDigit(first) {
		if flags == cDigit {
			if next := s.number(b, start, i); next > start {
				s.chain = next
				return next
			}
			return i
		}
	} else if flags&(cUnder|cDigit) == cUnder|cDigit && i-start > 13 {
		s.underscored(b, start, i)
	}
	if isDigit(at(b, start+2)) || tokenStarts[first]&(1<<(at(b, start+1)&31)) != 0 {
		if next := s.token(b, start, i, flags); next > start {
			return next
		}
	}
	if !mayBeKey(b[start:i]) {
		return i
	}
	return s.keyword(b, i)
}

// underscored looks for card numbers in words such as card_4111111111111111.
func (s *scanner) underscored(b []byte, start, i int) {
	for j := i; j > start; j-- {
		if !isDigit(b[j-1]) {
			if b[j-1] == '_' && i-j >= 13 {
				s.card(b, j, i)
			}
			return
		}
	}
}

// keyword handles a word, or words joined, that may name what follows.
func (s *scanner) keyword(b []byte, i int) int {
	k := classify(b[max(s.chain, i-32):i])
	switch k {
	case kNone:
		return i
	case kPhone, kSSN, kVersion, kCall:
		s.heard[hearing(k)] = i
	case kPerson, kTrait, kAge, kAddress, kPlainName:
		return i
	}
	return s.pair(b, k, i)
}

// hearing is the index into heard of a class that gives context to numbers
// after it.
func hearing(k keyClass) int {
	switch k {
	case kPhone:
		return 0
	case kSSN:
		return 1
	case kVersion:
		return 2
	}
	return 3
}

// stop handles a byte between words that can begin a candidate or join its halves.
func (s *scanner) stop(b []byte, i int) int {
	next := i
	switch b[i] {
	case '@':
		next = s.email(b, i, i+1)
	case '%':
		if hasPrefix(b[i:], "%40") {
			next = s.email(b, i, i+3)
		}
	case ':':
		if at(b, i+1) == ':' {
			next = s.ipv6(b, i)
		} else if hasPrefix(b[i:], "://") {
			next = s.userinfo(b, i+3)
		}
	case '+', '(':
		if isDigit(at(b, i+1)) || at(b, i+1) == '(' {
			next = s.phone(b, i)
		}
	case '-':
		if at(b, i+1) == '-' || s.trunc && i+1 == len(b) {
			if hasPrefix(b[i:], "-----BEGIN ") || s.trunc && len(b)-i > 5 && hasPrefix([]byte("-----BEGIN "), string(b[i:min(len(b), i+11)])) {
				next = s.pem(b, i)
			}
		}
	case '?':
		next = s.query(b, i+1)
	case '{', '[':
		next = s.embedded(b, i)
	}
	return max(next, i+1)
}

// query scans the query of a URL that stands in text.
func (s *scanner) query(b []byte, i int) int {
	if i >= len(b) || !isWord(b[i]) || i == 1 || isSpace(b[i-2]) {
		return i
	}
	end, pairs := i, false
	for end < len(b) && !isSpace(b[end]) && b[end] != '"' && b[end] != '\'' && b[end] != '<' && b[end] != '\\' && b[end] != '|' && b[end] != '#' {
		if b[end] == '=' {
			pairs = true
		}
		end++
	}
	if !pairs {
		return i
	}
	s.form(i, end, false)
	return end
}
