package sampleapi

import (
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Login of the only user, and the token that works once.
const (
	User     = "admin"
	Password = "correct horse battery"
	Token    = "once-and-never-again"
)

const (
	cookie  = "weir_session"
	session = "the-session"
	csrf    = "the-csrf-token"
)

// API serves Data under /api/v1 as the backend does. Safe for concurrent use.
type API struct {
	// Delay, in nanoseconds, by which the newest report is old.
	Delay atomic.Int64
	// Down makes every request end without an answer.
	Down atomic.Bool
	// Requests counts what was asked of the API.
	Requests atomic.Int64

	mu       sync.Mutex
	data     *Data
	token    string
	projects []project
	keys     []key
	users    []user
	mux      *http.ServeMux
}

// New returns an API over data.
func New(data *Data) *API {
	now := time.Now().UTC().Truncate(time.Second)
	used := now.Add(-4 * time.Minute)
	a := &API{
		data: data, token: Token, mux: http.NewServeMux(),
		projects: []project{{"p1", "Europe", "production", now.AddDate(0, -3, 0)}, {"p2", "Rehearsal", "staging", now.AddDate(0, -1, 0)}},
		keys:     []key{{ID: "k1", Prefix: "wk_4fzc", Description: "mediator in Frankfurt", Created: now.AddDate(0, -3, 0), LastUsed: &used}},
		users:    []user{{"u1", User, "admin", now.AddDate(0, -3, 0)}, {"u2", "noor", "viewer", now.AddDate(0, -2, 0)}},
	}
	a.routes()
	return a
}

// Set replaces the data.
func (a *API) Set(d *Data) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.data = d
}

func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.Requests.Add(1)
	if a.Down.Load() {
		panic(http.ErrAbortHandler)
	}
	path := strings.TrimPrefix(r.URL.Path, "/api/v1")
	if c, err := r.Cookie(cookie); (err != nil || c.Value != session) && !(path == "/session" && r.Method == http.MethodPost) {
		fail(w, http.StatusUnauthorized, "unauthenticated", "log in first")
		return
	}
	if r.Method != http.MethodGet && !(path == "/session" && r.Method == http.MethodPost) && r.Header.Get("X-Weir-Csrf") != csrf {
		fail(w, http.StatusForbidden, "csrf", "the X-Weir-Csrf header is missing or wrong")
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.mux.ServeHTTP(w, r)
}

func (a *API) routes() {
	handle := func(pattern string, f http.HandlerFunc) {
		method, path, _ := strings.Cut(pattern, " ")
		a.mux.HandleFunc(method+" /api/v1"+path, f)
	}
	handle("POST /session", a.login)
	handle("GET /session", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, map[string]any{"user": User, "role": "admin", "csrf": csrf, "projects": a.projects})
	})
	handle("DELETE /session", func(w http.ResponseWriter, _ *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: cookie, Path: "/", MaxAge: -1})
		w.WriteHeader(http.StatusNoContent)
	})
	handle("GET /projects/{p}/symptoms", func(w http.ResponseWriter, r *http.Request) {
		out := []symptom{}
		for _, s := range a.data.symptoms {
			if s.Ended == nil || r.FormValue("state") == "all" {
				out = append(out, s)
			}
		}
		a.aged(w, map[string]any{"symptoms": out})
	})
	handle("GET /projects/{p}/map", func(w http.ResponseWriter, _ *http.Request) {
		a.aged(w, map[string]any{"nodes": a.data.nodes, "edges": a.data.edges})
	})
	handle("GET /projects/{p}/entities", func(w http.ResponseWriter, r *http.Request) {
		out := []node{}
		for _, n := range a.data.nodes {
			if strings.Contains(n.Namespace+"/"+n.Name, r.FormValue("query")) {
				out = append(out, n)
			}
		}
		a.aged(w, map[string]any{"entities": out})
	})
	handle("GET /projects/{p}/entities/{id}", a.entity)
	handle("GET /projects/{p}/sensitive", func(w http.ResponseWriter, _ *http.Request) {
		a.aged(w, map[string]any{"flows": a.data.flows})
	})
	handle("GET /projects/{p}/coverage", func(w http.ResponseWriter, _ *http.Request) {
		a.aged(w, map[string]any{"agents": a.data.agents})
	})
	handle("GET /projects/{p}/egress", a.egress)
	handle("POST /projects/{p}/egress/verify", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, map[string]any{"ok": true, "envelopes": len(a.data.envelopes)})
	})
	a.settings(handle)
}

func (a *API) login(w http.ResponseWriter, r *http.Request) {
	var in struct{ User, Password, Token string }
	if json.NewDecoder(r.Body).Decode(&in) != nil {
		fail(w, http.StatusBadRequest, "bad_request", "no JSON")
		return
	}
	byToken := in.Token != "" && in.Token == a.token
	if byToken {
		a.token = ""
	}
	if !byToken && (in.User != User || in.Password != Password) {
		fail(w, http.StatusUnauthorized, "wrong_credentials", "wrong user or password")
		return
	}
	http.SetCookie(w, &http.Cookie{Name: cookie, Value: session, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
	w.WriteHeader(http.StatusNoContent)
}

func (a *API) entity(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	others := map[string]bool{}
	in, out := []edge{}, []edge{}
	for _, e := range a.data.edges {
		switch id {
		case e.Destination:
			in = append(in, e)
			others[e.Source] = true
		case e.Source:
			out = append(out, e)
			others[e.Destination] = true
		}
	}
	var self *node
	nodes := []node{}
	for i, n := range a.data.nodes {
		if n.ID == id {
			self = &a.data.nodes[i]
		}
		if others[n.ID] {
			nodes = append(nodes, n)
		}
	}
	if self == nil {
		fail(w, http.StatusNotFound, "not_found", "there is no such entity in this project")
		return
	}
	symptoms := []symptom{}
	for _, s := range a.data.symptoms {
		if s.Entity.ID == id {
			symptoms = append(symptoms, s)
		}
	}
	g := &generator{Rand: rand.New(rand.NewPCG(3, 5)), now: a.asOf()} // #nosec G404 -- data of tests
	a.aged(w, map[string]any{
		"entity": map[string]any{
			"id": self.ID, "type": self.Type, "namespace": self.Namespace, "name": self.Name,
			"image": "registry.internal/" + self.Namespace + "/app", "version": "2.14.1", "desired": 3, "ready": 3,
		},
		"first_seen": a.asOf().AddDate(0, 0, -40), "last_seen": a.asOf(), "deleted": false,
		"edges_in": in, "edges_out": out, "nodes": nodes, "symptoms": symptoms,
		"series": map[string]any{"rate": g.series(180, 0.06), "error_ratio": g.series(0.004, 0.5), "p95_seconds": g.series(0.06, 0.1)},
	})
}

func (a *API) egress(w http.ResponseWriter, r *http.Request) {
	from := 0
	if b := r.FormValue("before"); b != "" {
		for from < len(a.data.envelopes) && a.data.envelopes[from].Digest[:8] != b {
			from++
		}
	}
	to := min(from+50, len(a.data.envelopes))
	out := map[string]any{"budget_bytes_per_node_day": 65536, "days": a.data.days, "envelopes": a.data.envelopes[from:to]}
	if to < len(a.data.envelopes) {
		out["next"] = a.data.envelopes[to].Digest[:8]
	}
	a.aged(w, out)
}

func (a *API) asOf() time.Time {
	return time.Now().UTC().Add(-time.Duration(a.Delay.Load())).Truncate(time.Second)
}

func (a *API) aged(w http.ResponseWriter, body map[string]any) {
	body["as_of"] = a.asOf()
	answer(w, http.StatusOK, body)
}

func answer(w http.ResponseWriter, code int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(body) // the client may have left
}

func fail(w http.ResponseWriter, code int, name, message string) {
	answer(w, code, map[string]any{"error": map[string]string{"code": name, "message": message}})
}
