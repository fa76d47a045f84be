package fact

import "strings"

// Bits a character of a random string carries, by its alphabet.
const (
	bitsDigit   = 3.33
	bitsHex     = 4
	bitsLetters = 4.71
	bitsMixed   = 5.17 // lower-case letters and digits
	bitsCases   = 5.96 // both cases and digits
)

// randomBits estimates how many bits of a name were not chosen by a person as
// words: each run of letters and digits is a word, a word and a number, or
// random.
func randomBits(name string) float64 {
	bits := 0.0
	for _, run := range strings.FieldsFunc(name, func(r rune) bool { return r > 127 || !isLetter(byte(r)) && !isDigit(byte(r)) }) {
		bits += runBits(run)
	}
	return bits
}

func runBits(run string) float64 {
	split := strings.IndexFunc(run, func(r rune) bool { return isDigit(byte(r)) != isDigit(run[0]) })
	if split < 0 {
		return partBits(run)
	}
	for i := split; i < len(run); i++ {
		if isDigit(run[i]) == isDigit(run[0]) { // changes more than once
			return float64(len(run)) * alphabetBits(run)
		}
	}
	return partBits(run[:split]) + partBits(run[split:])
}

// partBits is for letters alone or digits alone.
func partBits(part string) float64 {
	if isDigit(part[0]) || !isWord(part) {
		return float64(len(part)) * alphabetBits(part)
	}
	return 0
}

func alphabetBits(s string) float64 {
	digits, hex, upper, lower := 0, 0, 0, 0
	for i := range len(s) {
		c := s[i]
		switch {
		case isDigit(c):
			digits++
		case isUpper(c):
			upper++
		default:
			lower++
		}
		if isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' {
			hex++
		}
	}
	switch {
	case digits == len(s):
		return bitsDigit
	case upper > 0 && lower > 0:
		return bitsCases
	case hex == len(s):
		return bitsHex
	case digits == 0:
		return bitsLetters
	}
	return bitsMixed
}

// isWord reports whether letters could be said: vowels among them, no long run
// without one, few changes of case.
func isWord(s string) bool {
	vowels, run, longest, changes := 0, 0, 0, 0
	for i := range len(s) {
		if i > 0 && isUpper(s[i-1]) && isLower(s[i]) {
			changes++
		}
		if strings.IndexByte("aeiouy", s[i]|0x20) >= 0 {
			vowels++
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	switch {
	case len(s) < 5:
		return true
	case vowels == 0 || longest >= 7:
		return false
	case len(s) >= 16 && vowels*6 < len(s):
		return false
	}
	return len(s) < 10 || changes*3 <= len(s)
}
