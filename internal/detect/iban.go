package detect

import "github.com/weir-telemetry/weir/internal/datatype"

// ibanLengths is the length of an account number by country.
var ibanLengths = map[string]int{
	"AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BI": 27, "BR": 29, "BY": 28,
	"CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DJ": 27, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18,
	"FK": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22,
	"IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20, "LU": 20,
	"LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MN": 20, "MR": 27, "MT": 31, "MU": 30, "NI": 28, "NL": 18,
	"NO": 15, "OM": 23, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "RU": 33, "SA": 24, "SC": 31,
	"SD": 18, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "SO": 23, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29,
	"VA": 22, "VG": 24, "XK": 20, "YE": 30,
}

// iban handles two letters and a digit at i. In lower case at most
// four more letters pass, or hexadecimal would pass now and then.
func (s *scanner) iban(b []byte, i int) int {
	if i+4 > len(b) || !isDigit(b[i+3]) {
		return i
	}
	country := [2]byte{b[i] &^ 0x20, b[i+1] &^ 0x20}
	want := ibanLengths[string(country[:])]
	if want == 0 {
		return i
	}
	small := class[b[i]]&cLower != 0
	j, n, mod, letters := i, 0, 0, 0
	grouped := at(b, i+4) == ' ' || at(b, i+4) == '-'
	for j < len(b) && n < want {
		c := b[j]
		if grouped && n > 0 && n%4 == 0 && c == b[i+4] && b[j-1] != c {
			j++
			continue
		}
		if class[c]&(cDigit|cUpper) == 0 && !(small && class[c]&cLower != 0) {
			break
		}
		if small && n >= 2 && !isDigit(c) {
			letters++
		}
		if n >= 4 {
			mod = ibanMod(mod, c)
		}
		n, j = n+1, j+1
	}
	s.r.work += j - i
	cut := s.touches(j) && n >= 8 && n < want
	for _, c := range b[i : i+4] {
		mod = ibanMod(mod, c)
	}
	if letters > 4 || small && cut {
		return i
	}
	if !cut && (n != want || mod != 1 || isWord(at(b, j))) {
		return i
	}
	if s.emit(datatype.IBAN, i, j, 92) {
		return j
	}
	return i
}

func ibanMod(mod int, c byte) int {
	if isDigit(c) {
		return (mod*10 + int(c-'0')) % 97
	}
	return (mod*100 + int(c&^0x20-'A') + 10) % 97
}
