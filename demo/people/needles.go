package people

import (
	"encoding/base64"
	"strings"
)

// Needle is a raw value that must not be found in anything that was kept.
type Needle struct {
	Value string
	Type  string // name of the data type, as in internal/datatype
}

// Needles lists every raw value of the world, also in the other ways in which
// it is written: cards with and without spaces, numbers without punctuation,
// user and password as Basic credentials carry them.
func (w *World) Needles() []Needle {
	var l needleList
	for _, p := range w.People {
		l.person(p)
	}
	l.add("API_KEY", w.PartnerKey)
	for _, line := range strings.Split(w.SigningKey, "\n") {
		if !strings.HasPrefix(line, "-----") {
			l.add("PRIVATE_KEY", line)
		}
	}
	return l.all
}

func (l *needleList) person(p Person) {
	// A first name alone is no needle: it is not told apart from a word.
	l.add("PERSON_NAME", p.Name(), p.Last)
	l.add("EMAIL", p.Email)
	l.add("PHONE", p.Phone, onlyDigits(p.Phone), p.Local)
	l.add("BIRTH_DATE", p.Birth)
	l.add("PAYMENT_CARD", p.Card, p.CardText)
	l.add("IBAN", p.IBAN, group(p.IBAN, 4))
	l.add("US_SSN", p.SSN, onlyDigits(p.SSN))
	l.add("PASSWORD", p.Password, p.Session, p.Basic())
	l.add("API_KEY", p.APIKey)
	l.add("IP_ADDRESS", p.ClientIP)
	l.add("JWT", p.Token)
	for _, part := range strings.Split(p.Token, ".")[1:] {
		l.add("JWT", part)
	}
}

// Basic is the person's user and password as HTTP Basic credentials.
func (p Person) Basic() string {
	return base64.StdEncoding.EncodeToString([]byte(p.Email + ":" + p.Password))
}

type needleList struct {
	all  []Needle
	seen map[string]bool
}

func (l *needleList) add(kind string, values ...string) {
	if l.seen == nil {
		l.seen = map[string]bool{}
	}
	for _, v := range values {
		if len(v) >= 5 && !l.seen[v] {
			l.seen[v] = true
			l.all = append(l.all, Needle{Value: v, Type: kind})
		}
	}
}

func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}
