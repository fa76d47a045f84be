package people

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

type generator struct{ *rand.Rand }

const (
	digits = "0123456789"
	alnum  = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" + digits
)

func (g generator) pick(from []string) string { return from[g.IntN(len(from))] }

func (g generator) text(n int, alphabet string) string {
	var b strings.Builder
	for range n {
		b.WriteByte(alphabet[g.IntN(len(alphabet))])
	}
	return b.String()
}

// card returns a number of one of three issuers with a valid Luhn digit.
func (g generator) card() string {
	body := g.pick([]string{"4", "52", "37"})
	length := 16
	if body == "37" {
		length = 15
	}
	body += g.text(length-1-len(body), digits)
	return body + string(rune('0'+luhnDigit(body)))
}

// luhnDigit is the digit that makes body a valid number (ISO/IEC 7812-1).
func luhnDigit(body string) int {
	sum := 0
	for i := range len(body) {
		d := int(body[len(body)-1-i] - '0')
		if i%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return (10 - sum%10) % 10
}

// iban returns a German or British account number with valid check digits.
func (g generator) iban() string {
	if g.IntN(2) == 0 {
		return ibanOf("DE", g.text(18, digits))
	}
	return ibanOf("GB", g.text(4, "ABCDEFGHKLMNPRSTW")+g.text(14, digits))
}

func ibanOf(country, account string) string {
	return fmt.Sprintf("%s%02d%s", country, 98-mod97(account+country+"00"), account)
}

// mod97 reads letters as 10…35 (ISO 13616).
func mod97(s string) int {
	m := 0
	for _, c := range s {
		if c >= 'A' {
			m = (m*100 + int(c-'A') + 10) % 97
		} else {
			m = (m*10 + int(c-'0')) % 97
		}
	}
	return m
}

// ssn keeps to areas that were issued: not 000, 666 or 900 and above.
func (g generator) ssn() string {
	return fmt.Sprintf("%03d-%02d-%04d", 100+g.IntN(500), 10+g.IntN(89), 1000+g.IntN(8999))
}

// phone returns the international and the local way to write a number that is
// set aside for fiction; i tells the numbers of neighbours apart.
func (g generator) phone(i int) (international, local string) {
	if i%2 == 0 {
		n := fmt.Sprintf("%03d", g.IntN(1000))
		return "+447700900" + n, "07700 900" + n
	}
	area := g.pick([]string{"212", "303", "415", "617", "702"})
	n := fmt.Sprintf("01%02d", g.IntN(100))
	return "+1" + area + "555" + n, "(" + area + ") 555-" + n
}

// group writes s in groups of n with spaces between.
func group(s string, n int) string {
	var parts []string
	for len(s) > n {
		parts, s = append(parts, s[:n]), s[n:]
	}
	return strings.Join(append(parts, s), " ")
}

func lower(s string) string { return strings.ToLower(s) }
