package backendextension

import (
	"crypto/subtle"
	"errors"
	"net"
	"net/http"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	backendv1 "github.com/weir-telemetry/weir/api/weir/backend/v1"
	"github.com/weir-telemetry/weir/internal/store"
)

const cookieName = "weir_session"

// everyone marks a route that needs no login.
const everyone = "everyone"

// route is one operation of the API.
type route struct {
	method, path string // path as the description writes it
	role         string // the least role, or everyone
	byKey        bool   // a project's API key will do, for its project
	handle       func(*call) error
}

// call is one request that was let in.
type call struct {
	*backend
	w http.ResponseWriter
	r *http.Request
	s *store.Store

	who     identity
	project store.Project // of routes below /projects/{project}
}

// identity is who asks.
type identity struct {
	user   store.User // with no ID for anonymous and keys
	csrf   string
	cookie string         // of a session
	key    *store.Project // that a key opens
}

// routes are all operations; a test compares them with the description.
func (b *backend) routes() []route {
	const project = "/projects/{project}"
	return []route{
		{"GET", "/session", store.Viewer, false, (*call).getSession},
		{"POST", "/session", everyone, false, (*call).login},
		{"DELETE", "/session", store.Viewer, false, (*call).logout},
		{"GET", "/projects", store.Viewer, true, (*call).listProjects},
		{"POST", "/projects", store.Admin, false, (*call).createProject},
		{"PATCH", project, store.Admin, false, (*call).renameProject},
		{"DELETE", project, store.Admin, false, (*call).deleteProject},
		{"GET", project + "/keys", store.Editor, false, (*call).listKeys},
		{"POST", project + "/keys", store.Editor, false, (*call).createKey},
		{"DELETE", project + "/keys/{key}", store.Editor, false, (*call).revokeKey},
		{"POST", project + "/keys/{key}/rotate", store.Editor, false, (*call).rotateKey},
		{"GET", project + "/symptoms", store.Viewer, true, (*call).symptoms},
		{"GET", project + "/map", store.Viewer, true, (*call).serviceMap},
		{"GET", project + "/entities", store.Viewer, true, (*call).entities},
		{"GET", project + "/entities/{entity}", store.Viewer, true, (*call).entity},
		{"GET", project + "/sensitive", store.Viewer, true, (*call).sensitive},
		{"GET", project + "/egress", store.Viewer, true, (*call).egress},
		{"POST", project + "/egress/verify", store.Viewer, false, (*call).verify},
		{"GET", project + "/coverage", store.Viewer, true, (*call).coverage},
		{"GET", "/users", store.Admin, false, (*call).listUsers},
		{"POST", "/users", store.Admin, false, (*call).createUser},
		{"PATCH", "/users/{user}", store.Viewer, false, (*call).changeUser}, // one's own password; the rest is an admin's
		{"DELETE", "/users/{user}", store.Admin, false, (*call).deleteUser},
		{"GET", "/access-log", store.Admin, false, (*call).accessLog},
		{"GET", "/openapi.yaml", everyone, false, (*call).description},
	}
}

func (b *backend) api() http.Handler {
	mux := http.NewServeMux()
	paths := map[string]bool{}
	for _, rt := range b.routes() {
		mux.HandleFunc(rt.method+" /api/v1"+rt.path, func(w http.ResponseWriter, r *http.Request) {
			if err := b.run(w, r, rt); err != nil {
				b.fail(w, r, err)
			}
		})
		if !paths[rt.path] {
			paths[rt.path] = true
			mux.HandleFunc("/api/v1"+rt.path, func(w http.ResponseWriter, r *http.Request) { b.fail(w, r, errMethod) })
		}
	}
	mux.HandleFunc(apiPrefix, func(w http.ResponseWriter, r *http.Request) { b.fail(w, r, errNotFound) })
	return mux
}

// run lets a request in and handles it.
func (b *backend) run(w http.ResponseWriter, r *http.Request, rt route) error {
	s := b.store.Load()
	if s == nil {
		return errUnavailable
	}
	c := &call{backend: b, w: w, r: r, s: s}
	if rt.role == everyone {
		return rt.handle(c)
	}
	if err := c.identify(); err != nil {
		return err
	}
	if c.who.key != nil && !rt.byKey || !store.AtLeast(c.who.user.Role, rt.role) {
		return errForbidden
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		if err := c.checkCSRF(); err != nil {
			return err
		}
	}
	if strings.HasPrefix(rt.path, "/projects/{project}") {
		if err := c.enterProject(); err != nil {
			return err
		}
	}
	return rt.handle(c)
}

// identify finds out who asks: by key, by session, or nobody where that is
// allowed.
func (c *call) identify() error {
	if authorization := c.r.Header.Get("Authorization"); authorization != "" {
		_, p, outcome, err := c.checkKey(c.r.Context(), authorization)
		c.telemetry.WeirBackendKeysChecked.Add(c.r.Context(), 1, metric.WithAttributes(attribute.String("outcome", outcome)))
		switch {
		case outcome == "unavailable":
			return errUnavailable
		case err != nil:
			return errUnauthenticated
		}
		c.who = identity{user: store.User{Name: "key", Role: store.Viewer}, key: &p}
		return nil
	}
	if cookie, err := c.r.Cookie(cookieName); err == nil {
		session, err := c.s.SessionOf(c.r.Context(), cookie.Value)
		if err == nil {
			c.who = identity{user: session.User, csrf: session.CSRF, cookie: cookie.Value}
			return nil
		}
		if !errors.Is(err, store.ErrNotFound) {
			return err
		}
	}
	if c.cfg.AnonymousRole == store.Viewer {
		c.who = identity{user: store.User{Name: "anonymous", Role: store.Viewer}}
		return nil
	}
	return errUnauthenticated
}

// checkCSRF lets sessions alone change something, and those only knowingly.
func (c *call) checkCSRF() error {
	if c.who.csrf == "" {
		return errUnauthenticated
	}
	if subtle.ConstantTimeCompare([]byte(c.r.Header.Get("X-Weir-Csrf")), []byte(c.who.csrf)) != 1 {
		return errCSRF
	}
	return nil
}

// enterProject finds the project of the path. A key learns nothing of others,
// not even whether they are there.
func (c *call) enterProject() error {
	want := c.r.PathValue("project")
	if own := c.who.key; own != nil && want != own.ID && want != own.Name {
		return errForbidden
	}
	var err error
	if c.who.key != nil {
		c.project = *c.who.key
	} else {
		c.project, err = c.s.ProjectOf(c.r.Context(), want)
	}
	return err
}

// address is where the request came from.
func (c *call) address() string {
	host, _, err := net.SplitHostPort(c.r.RemoteAddr)
	if err != nil {
		return "local" // a Unix socket
	}
	return host
}

// log appends to the access log; a change or look that can't be logged fails.
func (c *call) log(action, project, object string) error {
	return c.s.LogAccess(c.r.Context(), store.Access{
		User: c.who.user.Name, Action: action, Project: project, Object: object, Address: c.address(),
	})
}

func (c *call) none() error {
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

func (c *call) ok(status int, v any) error {
	answer(c.w, status, v)
	return nil
}

func (c *call) description() error {
	c.w.Header().Set("Content-Type", "application/yaml")
	_, err := c.w.Write(backendv1.OpenAPI)
	return err
}
