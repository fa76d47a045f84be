package services

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/weir-telemetry/weir/demo/people"
)

// customers knows the people.
type customers struct{ *Fleet }

func (c *customers) routes() http.Handler {
	m := http.NewServeMux()
	m.HandleFunc("GET /customers/{id}", c.byID)
	m.HandleFunc("GET /customers/by-email/{email}", c.byEmail)
	m.HandleFunc("GET /customers", c.list)
	m.HandleFunc("POST /customers", c.create)
	m.HandleFunc("GET /settings", c.settings)
	return m
}

func profile(p people.Person) map[string]any {
	return map[string]any{
		"id": p.ID, "first_name": p.First, "last_name": p.Last, "full_name": p.Name(),
		"email": p.Email, "phone": p.Phone, "birth_date": p.Birth, "ssn": p.SSN,
		"last_login": map[string]any{"ip_address": p.ClientIP},
	}
}

func (c *customers) byID(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.Atoi(r.PathValue("id"))
	if i := id - c.world.Person(0).ID; err == nil && i >= 0 && i < len(c.world.People) {
		answer(w, http.StatusOK, profile(c.world.Person(i)))
		return
	}
	answer(w, http.StatusNotFound, map[string]string{"error": "no such customer"})
}

func (c *customers) byEmail(w http.ResponseWriter, r *http.Request) {
	for _, p := range c.world.People {
		if p.Email == r.PathValue("email") {
			answer(w, http.StatusOK, profile(p))
			return
		}
	}
	answer(w, http.StatusNotFound, map[string]string{
		"error": "no customer with the address " + r.PathValue("email"),
	})
}

// list answers in chunks: a person each, flushed one by one.
func (c *customers) list(w http.ResponseWriter, r *http.Request) {
	from, _ := strconv.Atoi(r.URL.Query().Get("from")) // absent means the first
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprint(w, `{"customers":[`)
	for i := range 3 {
		p := c.world.Person(from + i)
		if i > 0 {
			fmt.Fprint(w, ",")
		}
		fmt.Fprintf(w, `{"id":%d,"full_name":%q,"email":%q}`, p.ID, p.Name(), p.Email)
		if f, ok := w.(http.Flusher); ok {
			f.Flush()
		}
	}
	fmt.Fprint(w, "]}")
}

func (c *customers) create(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusCreated, map[string]any{"created": true})
}

// settings shows what a settings endpoint never should.
func (c *customers) settings(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]any{"signing": map[string]string{"key_pem": c.world.SigningKey}, "page_size": 3})
}
