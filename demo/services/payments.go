package services

import (
	"net/http"
	"strconv"
	"time"
)

// payments takes money that does not exist.
type payments struct{ *Fleet }

func (p *payments) routes() http.Handler {
	m := http.NewServeMux()
	m.HandleFunc("POST /charges", p.bank(p.charge))
	m.HandleFunc("POST /refunds", p.bank(p.refund))
	m.HandleFunc("GET /health", p.health)
	return m
}

// bank asks the bank first, which is not always well.
func (p *payments) bank(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		trouble := p.ailing()
		time.Sleep(trouble.Delay)
		if trouble.Fail {
			answer(w, http.StatusServiceUnavailable, map[string]string{"error": "the bank does not answer"})
			return
		}
		h(w, r)
	}
}

// charge declines now and then, and its answer says too much.
func (p *payments) charge(w http.ResponseWriter, r *http.Request) {
	customer, err := strconv.Atoi(r.URL.Query().Get("customer"))
	if err != nil {
		answer(w, http.StatusBadRequest, map[string]string{"error": "customer is not a number"})
		return
	}
	who := p.world.Person(customer - p.world.Person(0).ID)
	status, _, err := p.call(traced(r), "payments", http.MethodGet,
		p.url("customers")+"/customers/"+strconv.Itoa(customer), nil,
		map[string]string{"X-Api-Key": p.world.PartnerKey})
	if err != nil || status != http.StatusOK || customer%7 == 0 {
		answer(w, http.StatusPaymentRequired, map[string]string{
			"error": "card " + who.CardText + " of " + who.Email + " was declined",
		})
		return
	}
	answer(w, http.StatusCreated, map[string]any{
		"charge": "ok", "card": map[string]string{"number": who.Card, "holder_name": who.Name()},
		"receipt": "sent to " + who.Email,
	})
}

// refund takes a form.
func (p *payments) refund(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		answer(w, http.StatusBadRequest, map[string]string{"error": "not a form"})
		return
	}
	answer(w, http.StatusAccepted, map[string]string{"refund": "queued", "iban": r.PostForm.Get("iban")})
}

func (p *payments) health(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]string{"status": "ok"})
}
