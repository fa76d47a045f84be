package sampleapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// settings answers what Settings asks and changes.
func (a *API) settings(handle func(string, http.HandlerFunc)) {
	handle("POST /projects", func(w http.ResponseWriter, r *http.Request) {
		p := project{ID: fmt.Sprintf("p%d", len(a.projects)+1), Created: time.Now().UTC()}
		_ = json.NewDecoder(r.Body).Decode(&p)
		a.projects = append(a.projects, p)
		answer(w, http.StatusCreated, p)
	})
	handle("DELETE /projects/{p}", func(w http.ResponseWriter, r *http.Request) {
		a.projects = slices.DeleteFunc(a.projects, func(p project) bool { return p.ID == r.PathValue("p") })
		w.WriteHeader(http.StatusNoContent)
	})
	handle("GET /projects/{p}/keys", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, map[string]any{"keys": a.keys})
	})
	handle("POST /projects/{p}/keys", func(w http.ResponseWriter, r *http.Request) {
		k := key{ID: fmt.Sprintf("k%d", len(a.keys)+1), Prefix: "wk_9qmr", Created: time.Now().UTC()}
		_ = json.NewDecoder(r.Body).Decode(&k)
		a.keys = append(a.keys, k)
		k.Key = "wk_9qmrTheTextThatIsShownOnce"
		answer(w, http.StatusCreated, k)
	})
	handle("DELETE /projects/{p}/keys/{k}", func(w http.ResponseWriter, r *http.Request) {
		now := time.Now().UTC()
		for i := range a.keys {
			if a.keys[i].ID == r.PathValue("k") {
				a.keys[i].Revoked = &now
			}
		}
		w.WriteHeader(http.StatusNoContent)
	})
	handle("GET /users", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, map[string]any{"users": a.users})
	})
	handle("POST /users", func(w http.ResponseWriter, r *http.Request) {
		u := user{ID: fmt.Sprintf("u%d", len(a.users)+1), Created: time.Now().UTC()}
		_ = json.NewDecoder(r.Body).Decode(&u)
		a.users = append(a.users, u)
		answer(w, http.StatusCreated, u)
	})
	handle("GET /access-log", func(w http.ResponseWriter, _ *http.Request) {
		now := time.Now().UTC()
		entries := []map[string]any{}
		for i, action := range []string{"egress_viewed", "sensitive_viewed", "login", "login_failed", "key_created", "user_created"} {
			entries = append(entries, map[string]any{
				"time": now.Add(-time.Duration(i*i) * time.Minute), "user": User, "action": action, "project": "p1", "address": "127.0.0.1",
			})
		}
		answer(w, http.StatusOK, map[string]any{"entries": entries})
	})
}
