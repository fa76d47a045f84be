package services

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/weir-telemetry/weir/demo/people"
)

// Shop sends the n-th action of a shopper and returns when it is answered.
// Actions and persons take turns, so that a few dozen of them show every kind.
func (f *Fleet) Shop(ctx context.Context, n int) error {
	p := f.world.Person(n)
	a := actions(p)[n%actionCount]
	ctx = context.WithValue(ctx, traceKey{}, fmt.Sprintf("00-%016x%016x-%016x-01", f.world.Seed+1, n+1, n+1))
	a.headers["User-Agent"] = "demo-shopper/1.0"
	_, _, err := f.call(ctx, "shopper", a.method, f.url("storefront")+a.path, a.body, a.headers)
	return err
}

// ShopUntil keeps shopping with an action each interval until ctx ends. Errors
// after that are of no interest; an earlier one is returned.
func (f *Fleet) ShopUntil(ctx context.Context, interval time.Duration) error {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		// An action that was begun is finished, so that what was served was seen.
		if err := f.Shop(context.WithoutCancel(ctx), n); err != nil {
			return err
		}
	}
}

type action struct {
	method, path string
	body         any
	headers      map[string]string
}

const actionCount = 7

func actions(p people.Person) [actionCount]action {
	id := strconv.Itoa(p.ID)
	cookie := map[string]string{"Cookie": "session=" + p.Session, "X-Forwarded-For": p.ClientIP}
	return [actionCount]action{
		{http.MethodPost, "/login", map[string]string{"email": p.Email, "password": p.Password}, map[string]string{"X-Forwarded-For": p.ClientIP}},
		{http.MethodGet, "/account/" + id, nil, cookie},
		{http.MethodGet, "/search?" + url.Values{"email": {p.Email}, "phone": {p.Phone}, "page": {"1"}}.Encode(), nil, cookie},
		{http.MethodPost, "/checkout", map[string]any{"customer": p.ID, "ship_to": map[string]string{"full_name": p.Name(), "phone": p.Local}}, map[string]string{"Authorization": "Bearer " + p.Token}},
		{http.MethodPost, "/returns", url.Values{"customer": {id}, "iban": {p.IBAN}, "date_of_birth": {p.Birth}}, cookie},
		{http.MethodPost, "/tickets", map[string]any{
			"message":  "Please call me at " + p.Phone + ", my card " + p.CardText + " was charged twice. Write to " + p.Email,
			"api_key":  p.APIKey,
			"customer": map[string]string{"ssn": p.SSN, "birth_date": p.Birth},
		}, map[string]string{"X-Api-Key": p.APIKey}},
		{http.MethodGet, "/account/999999", nil, cookie},
	}
}
