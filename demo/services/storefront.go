package services

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"

	"github.com/weir-telemetry/weir/demo/people"
)

// storefront is what shoppers see; it asks the other two.
type storefront struct{ *Fleet }

func (s *storefront) routes() http.Handler {
	m := http.NewServeMux()
	m.HandleFunc("POST /login", s.login)
	m.HandleFunc("GET /account/{id}", s.account)
	m.HandleFunc("GET /search", s.search)
	m.HandleFunc("POST /checkout", s.checkout)
	m.HandleFunc("POST /returns", s.returns)
	m.HandleFunc("POST /tickets", s.ticket)
	return m
}

func (s *storefront) login(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Email string `json:"email"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		answer(w, http.StatusBadRequest, map[string]string{"error": "not JSON"})
		return
	}
	for _, p := range s.world.People {
		if p.Email == in.Email {
			_, _, _ = s.customer(r, p.CustomURL) // for the side effect that a capture sees
			http.SetCookie(w, &http.Cookie{Name: "session", Value: p.Session, HttpOnly: true, SameSite: http.SameSiteLaxMode})
			answer(w, http.StatusOK, map[string]string{"access_token": p.Token, "token_type": "Bearer"})
			return
		}
	}
	answer(w, http.StatusUnauthorized, map[string]string{"error": "wrong user or password"})
}

func (s *storefront) account(w http.ResponseWriter, r *http.Request) {
	status, body, err := s.customer(r, "/customers/"+r.PathValue("id"))
	s.relay(w, status, body, err)
}

func (s *storefront) search(w http.ResponseWriter, r *http.Request) {
	from := len(r.URL.Query().Get("email")) % len(s.world.People)
	status, body, err := s.customer(r, "/customers?from="+strconv.Itoa(from))
	s.relay(w, status, body, err)
}

func (s *storefront) checkout(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Customer int `json:"customer"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		answer(w, http.StatusBadRequest, map[string]string{"error": "not JSON"})
		return
	}
	p := s.person(in.Customer)
	status, body, err := s.call(traced(r), "storefront", http.MethodPost,
		s.url("payments")+"/charges?customer="+strconv.Itoa(in.Customer),
		map[string]any{"card_number": p.Card, "card_holder_name": p.Name(), "amount": 1999, "currency": "EUR"},
		map[string]string{"Authorization": "Bearer " + p.Token})
	s.relay(w, status, body, err)
}

func (s *storefront) returns(w http.ResponseWriter, r *http.Request) {
	id, _ := strconv.Atoi(r.FormValue("customer")) // absent means the first
	p := s.person(id)
	status, body, err := s.call(traced(r), "storefront", http.MethodPost, s.url("payments")+"/refunds",
		url.Values{"iban": {p.IBAN}, "full_name": {p.Name()}, "email": {p.Email}, "phone": {p.Phone}},
		map[string]string{"Authorization": "Basic " + p.Basic()})
	s.relay(w, status, body, err)
}

func (s *storefront) ticket(w http.ResponseWriter, r *http.Request) {
	status, body, err := s.customer(r, "/settings")
	if err == nil && status == http.StatusOK {
		body, status = []byte(`{"ticket":"open"}`), http.StatusCreated
	}
	s.relay(w, status, body, err)
}

func (s *storefront) customer(r *http.Request, path string) (int, []byte, error) {
	return s.call(traced(r), "storefront", http.MethodGet, s.url("customers")+path, nil,
		map[string]string{"X-Api-Key": s.world.PartnerKey})
}

func (s *storefront) person(id int) people.Person { return s.world.Person(id - s.world.Person(0).ID) }

func (s *storefront) relay(w http.ResponseWriter, status int, body []byte, err error) {
	if err != nil {
		answer(w, http.StatusBadGateway, map[string]string{"error": "a service is down"})
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body) // a caller who left does not matter
}
