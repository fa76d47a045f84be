package people

import (
	"fmt"
	"math/rand/v2"
)

// World is a fixed set of persons and secrets. It is immutable after New and
// safe for concurrent use.
type World struct {
	Seed   uint64
	People []Person

	// PartnerKey is the API key that customers and payments are called with.
	PartnerKey string
	// SigningKey is a PEM block as a badly made settings endpoint would show it.
	SigningKey string
}

// Person is one made-up customer with everything a shop should not leak.
type Person struct {
	ID        int
	First     string
	Last      string
	Email     string
	Phone     string // international form with "+"
	Local     string // the same kind of number as written at home
	Birth     string // ISO 8601 date
	Card      string // 15 or 16 digits
	CardText  string // the card in groups, as people type it
	IBAN      string
	SSN       string // with dashes
	Password  string
	Session   string // value of the session cookie
	Token     string // JWT
	APIKey    string
	ClientIP  string // where the person's browser is
	CustomURL string // path of the person's page, with the e-mail in it
}

// Name is the full name.
func (p Person) Name() string { return p.First + " " + p.Last }

// New makes the world of a seed with n persons; n is at least 1.
func New(seed uint64, n int) *World {
	n = max(n, 1)
	g := generator{rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15))}
	w := &World{Seed: seed, People: make([]Person, n)}
	for i := range w.People {
		w.People[i] = g.person(i)
	}
	w.PartnerKey = g.awsKey()
	w.SigningKey = g.pem()
	return w
}

// Person returns the person with a number, wrapping around.
func (w *World) Person(i int) Person { return w.People[uint(i)%uint(len(w.People))] }

func (g generator) person(i int) Person {
	p := Person{ID: 1001 + i, First: g.pick(firstNames), Last: g.lastName()}
	// The number keeps addresses of namesakes apart.
	p.Email = fmt.Sprintf("%s.%s%02d@%s", lower(p.First), lower(p.Last), i%100, g.pick(domains))
	p.Phone, p.Local = g.phone(i)
	p.Birth = fmt.Sprintf("%04d-%02d-%02d", 1941+g.IntN(64), 1+g.IntN(12), 1+g.IntN(28))
	p.Card = g.card()
	p.CardText = group(p.Card, 4)
	p.IBAN = g.iban()
	p.SSN = g.ssn()
	p.Password = g.password()
	p.Session = g.text(32, alnum)
	p.Token = g.jwt(p)
	p.APIKey = g.apiKey()
	p.ClientIP = fmt.Sprintf("%s.%d", g.pick(documentationNets), 1+g.IntN(254))
	p.CustomURL = "/customers/by-email/" + p.Email
	return p
}
