package backendextension

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/client"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/weir-telemetry/weir/internal/fact"
	"github.com/weir-telemetry/weir/internal/store"
)

// TestNobodyGetsIn asks for every route without a login, with a session's
// cookie that is none, and with a key that is none.
func TestNobodyGetsIn(t *testing.T) {
	b, id := filled(t, nil)
	for name, header := range map[string]http.Header{
		"nothing": {},
		"cookie":  {"Cookie": {cookieName + "=" + store.NewSecret()}},
		"key":     {"Authorization": {"Bearer wk_" + store.NewSecret()}},
		"basic":   {"Authorization": {"Basic YWRtaW46YWRtaW4="}},
	} {
		u := visitor(t, b)
		u.header = header
		for _, rt := range b.routes() {
			if rt.role == everyone {
				continue
			}
			v := u.do(rt.method, fill(rt.path, id), nil, http.StatusUnauthorized)
			assert.Equal(t, "unauthenticated", errorCode(v), "%s: %s %s", name, rt.method, rt.path)
		}
		u.do("GET", "/nothing", nil, http.StatusNotFound)
		u.do("PUT", "/session", nil, http.StatusMethodNotAllowed)
	}
}

// TestRoles asks for every route as each role, and expects 403 exactly where the
// role is too low.
func TestRoles(t *testing.T) {
	b, id := filled(t, nil)
	admin := visitor(t, b).login("admin", adminPassword)
	for _, role := range []string{store.Viewer, store.Editor} {
		admin.do("POST", "/users", map[string]any{"name": role, "role": role, "password": "a long password"}, http.StatusCreated)
		u := visitor(t, b).login(role, "a long password")
		for _, rt := range b.routes() {
			if rt.role == everyone || rt.path == "/session" {
				continue
			}
			code, _, raw := u.raw(rt.method, "/api/v1"+fill(rt.path, id), nil)
			if store.AtLeast(role, rt.role) {
				assert.NotContains(t, []int{401, 403, 500}, code, "%s %s as %s: %s", rt.method, rt.path, role, raw)
			} else {
				assert.Equal(t, http.StatusForbidden, code, "%s %s as %s", rt.method, rt.path, role)
			}
		}
	}
}

func TestAnonymousViewer(t *testing.T) {
	b, id := filled(t, func(c *Config) { c.AnonymousRole = store.Viewer })
	u := visitor(t, b)
	s := u.do("GET", "/session", nil, http.StatusOK)
	assert.Equal(t, "anonymous", s["user"])
	assert.Equal(t, "", s["csrf"])
	for _, rt := range b.routes() {
		if rt.role == everyone || rt.path == "/session" {
			continue
		}
		code, _, _ := u.raw(rt.method, "/api/v1"+fill(rt.path, id), nil)
		switch {
		case rt.role != store.Viewer:
			assert.Equal(t, http.StatusForbidden, code, rt.path)
		case rt.method != "GET":
			assert.Equal(t, http.StatusUnauthorized, code, rt.path)
		default:
			assert.Equal(t, http.StatusOK, code, rt.path)
		}
	}
	_, err := b.store.Load().CreateUser(t.Context(), "anonymous", store.Viewer, "a long password")
	require.Error(t, err)
}

// TestKeysOpenTheirProjectAlone: a production key neither reads from nor writes
// to a staging project.
func TestKeysOpenTheirProjectAlone(t *testing.T) {
	b, _ := filled(t, nil)
	admin := visitor(t, b).login("admin", adminPassword)
	production := admin.do("POST", "/projects", map[string]any{"name": "shop", "environment": "production"}, http.StatusCreated)["id"].(string)
	staging := admin.do("POST", "/projects", map[string]any{"name": "shop staging", "environment": "staging"}, http.StatusCreated)["id"].(string)
	made := admin.do("POST", "/projects/"+production+"/keys", map[string]any{"description": "cluster a"}, http.StatusCreated)
	key := made["key"].(string)
	assert.Equal(t, key[:9], made["prefix"])

	// Reading.
	u := visitor(t, b)
	u.header.Set("Authorization", "Bearer "+key)
	for _, rt := range b.routes() {
		if rt.role == everyone {
			continue
		}
		code, _, _ := u.raw(rt.method, "/api/v1"+fill(rt.path, production), nil)
		if rt.byKey {
			assert.Contains(t, []int{200, 404}, code, rt.path)
		} else {
			assert.Equal(t, http.StatusForbidden, code, rt.path)
		}
		if strings.Contains(rt.path, "{project}") {
			for _, other := range []string{staging, "shop staging", "default", "none"} {
				u.do(rt.method, fill(rt.path, strings.ReplaceAll(other, " ", "%20")), nil, http.StatusForbidden)
			}
		}
	}
	assert.Len(t, u.do("GET", "/projects", nil, http.StatusOK)["projects"], 1)

	// Writing.
	authenticate := func(key, project string) (context.Context, error) {
		sources := map[string][]string{"authorization": {"Bearer " + key}}
		if project != "" {
			sources["weir-project"] = []string{project}
		}
		return b.Authenticate(t.Context(), sources)
	}
	for _, own := range []string{"", production, "shop"} {
		ctx, err := authenticate(key, own)
		require.NoError(t, err)
		auth := client.FromContext(ctx).Auth
		assert.Equal(t, production, auth.GetAttribute(store.ProjectAttribute))
		assert.Equal(t, made["id"], auth.GetAttribute(store.KeyAttribute))
	}
	for _, other := range []string{staging, "shop staging", "default"} {
		_, err := authenticate(key, other)
		assert.Equal(t, codes.PermissionDenied, status.Code(err))
	}
	// Even a forged origin can't bring facts of the key into the other project.
	_, err := b.Keep(t.Context(), store.Sender{Project: staging, Key: made["id"].(string)}, []*fact.Report{sampleReport(1)})
	require.ErrorIs(t, err, store.ErrNotFound)

	// Revoked and rotated keys.
	rotated := admin.do("POST", "/projects/"+production+"/keys/"+made["id"].(string)+"/rotate", nil, http.StatusCreated)
	_, err = authenticate(key, "")
	assert.Equal(t, codes.Unauthenticated, status.Code(err))
	u.do("GET", "/projects", nil, http.StatusUnauthorized)
	_, err = authenticate(rotated["key"].(string), "")
	require.NoError(t, err)
	admin.do("DELETE", "/projects/"+production+"/keys/"+rotated["id"].(string), nil, http.StatusNoContent)
	admin.do("DELETE", "/projects/"+production+"/keys/"+rotated["id"].(string), nil, http.StatusNotFound)
	_, err = authenticate(rotated["key"].(string), "")
	assert.Equal(t, codes.Unauthenticated, status.Code(err))
	for _, sources := range []map[string][]string{
		{}, {"authorization": {"Bearer a", "Bearer b"}}, {"authorization": {"Bearer "}}, {"authorization": {key}},
	} {
		_, err = b.Authenticate(t.Context(), sources)
		assert.Equal(t, codes.Unauthenticated, status.Code(err))
	}
	text, err := os.ReadFile(b.cfg.Store.Path + "-wal")
	require.NoError(t, err)
	assert.NotContains(t, string(text), key)
	assert.NotContains(t, string(text), adminPassword)
}

func TestCSRF(t *testing.T) {
	b, _ := filled(t, nil)
	admin := visitor(t, b).login("admin", adminPassword)
	project := map[string]any{"name": "x", "environment": "staging"}
	good := admin.csrf
	for _, bad := range []string{"", good + "a", store.NewSecret()} {
		admin.csrf = bad
		assert.Equal(t, "csrf", errorCode(admin.do("POST", "/projects", project, http.StatusForbidden)))
	}
	admin.csrf = good
	for _, h := range []http.Header{
		{"Origin": {"http://evil.example"}}, {"Sec-Fetch-Site": {"cross-site"}}, {"Sec-Fetch-Site": {"same-site"}}, {"Origin": {"null"}},
	} {
		admin.header = h
		assert.Equal(t, "csrf", errorCode(admin.do("POST", "/projects", project, http.StatusForbidden)), h)
		// A login that another site causes is refused too.
		u := visitor(t, b)
		u.header = h
		u.do("POST", "/session", map[string]any{"user": "admin", "password": adminPassword}, http.StatusForbidden)
	}
	admin.header = http.Header{"Content-Type": {"text/plain"}}
	admin.do("POST", "/projects", project, http.StatusBadRequest)
	admin.header = http.Header{"Origin": {admin.base}, "Sec-Fetch-Site": {"same-origin"}}
	admin.do("POST", "/projects", project, http.StatusCreated)
	admin.do("POST", "/projects", project, http.StatusConflict)
	admin.do("POST", "/projects", map[string]any{"name": "y", "environment": "staging", "more": 1}, http.StatusBadRequest)
	admin.do("POST", "/projects", map[string]any{"name": strings.Repeat("y", maxBody), "environment": "staging"}, http.StatusRequestEntityTooLarge)
}

func TestSessions(t *testing.T) {
	b := started(t, nil)
	u := visitor(t, b)
	_, header, _ := u.raw("POST", "/api/v1/session", map[string]any{"user": "admin", "password": adminPassword})
	cookie := header.Get("Set-Cookie")
	for _, want := range []string{"weir_session=", "HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=43200"} {
		assert.Contains(t, cookie, want)
	}
	assert.NotContains(t, cookie, "Secure") // no TLS on loopback
	u.login("admin", adminPassword)         // the session before ends
	old := visitor(t, b)
	value, _, _ := strings.Cut(cookie, ";")
	old.header = http.Header{"Cookie": {value}}
	old.do("GET", "/session", nil, http.StatusUnauthorized)

	// Change of a password ends the other sessions.
	other := visitor(t, b).login("admin", adminPassword)
	users := u.do("GET", "/users", nil, http.StatusOK)["users"].([]any)
	id := users[0].(map[string]any)["id"].(string)
	u.do("PATCH", "/users/"+id, map[string]any{"password": "another password"}, http.StatusForbidden)
	u.do("PATCH", "/users/"+id, map[string]any{"password": "short", "current_password": adminPassword}, http.StatusBadRequest)
	u.do("PATCH", "/users/"+id, map[string]any{"password": "another password", "current_password": adminPassword}, http.StatusOK)
	u.do("GET", "/session", nil, http.StatusOK)
	other.do("GET", "/session", nil, http.StatusUnauthorized)
	u.do("PATCH", "/users/"+id, map[string]any{"role": "viewer"}, http.StatusConflict)
	u.do("DELETE", "/users/"+id, nil, http.StatusConflict)

	u.do("DELETE", "/session", nil, http.StatusNoContent)
	u.do("GET", "/session", nil, http.StatusUnauthorized)
	u.login("admin", "another password")
}

func TestUsersChangeTheirOwnPasswordAlone(t *testing.T) {
	b := started(t, nil)
	admin := visitor(t, b).login("admin", adminPassword)
	id := admin.do("POST", "/users", map[string]any{"name": "ann", "role": "viewer", "password": "the first of ann"}, http.StatusCreated)["id"].(string)
	own := admin.do("GET", "/users", nil, http.StatusOK)["users"].([]any)[0].(map[string]any)["id"].(string)
	ann := visitor(t, b).login("ann", "the first of ann")
	ann.do("PATCH", "/users/"+id, map[string]any{"role": "admin"}, http.StatusForbidden)
	ann.do("PATCH", "/users/"+own, map[string]any{"password": "the second of ann"}, http.StatusForbidden)
	ann.do("PATCH", "/users/"+id, map[string]any{"password": "the second of ann", "current_password": "the first of ann"}, http.StatusOK)
	admin.do("DELETE", "/users/"+id, nil, http.StatusNoContent)
	ann.do("GET", "/session", nil, http.StatusUnauthorized)
	visitor(t, b).do("POST", "/session", map[string]any{"user": "ann", "password": "the second of ann"}, http.StatusUnauthorized)
	for _, name := range []string{"", "Ann", "a b", "anonymous", strings.Repeat("a", 65)} {
		admin.do("POST", "/users", map[string]any{"name": name, "role": "viewer", "password": "the first of ann"}, http.StatusBadRequest)
	}
}

func TestGuessingIsSlowedDown(t *testing.T) {
	b := started(t, nil)
	u := visitor(t, b)
	wrong := map[string]any{"user": "admin", "password": "wrong"}
	for range userBurst {
		assert.Equal(t, "wrong_credentials", errorCode(u.do("POST", "/session", wrong, http.StatusUnauthorized)))
	}
	code, header, _ := u.raw("POST", "/api/v1/session", map[string]any{"user": "admin", "password": adminPassword})
	assert.Equal(t, http.StatusTooManyRequests, code)
	assert.NotEmpty(t, header.Get("Retry-After"))
	for range addressBurst - userBurst { // other names, same address
		u.do("POST", "/session", map[string]any{"user": store.NewSecret(), "password": "wrong"}, http.StatusUnauthorized)
	}
	u.do("POST", "/session", map[string]any{"user": "nobody", "password": "wrong"}, http.StatusTooManyRequests)
}

func TestLimiter(t *testing.T) {
	l, now := newLimiter(), time.Now()
	for range 100 { // what succeeds is not counted
		require.Zero(t, l.take("ann", "10.0.0.1", now))
		l.giveBack("ann", "10.0.0.1")
	}
	for range userBurst {
		require.Zero(t, l.take("ann", "10.0.0.1", now))
	}
	wait := l.take("ann", "10.0.0.1", now)
	assert.Equal(t, userEvery, wait)
	assert.Zero(t, l.take("ann", "10.0.0.1", now.Add(wait)))
	assert.Positive(t, l.take("ann", "10.0.0.1", now.Add(wait)))
	assert.Equal(t, "2001:db8:1:2::/64", network("2001:db8:1:2:3:4:5:6"))
	assert.Equal(t, "10.0.0.1", network("::ffff:10.0.0.1"))
	assert.Equal(t, "local", network("local"))
}

func TestOneTimeLogin(t *testing.T) {
	b := started(t, func(c *Config) {
		c.AdminPasswordFile = "" // the only way in
		c.OneTimeLoginFile = filepath.Join(t.TempDir(), "a", "login")
		c.BootstrapKeyFile = filepath.Join(t.TempDir(), "key")
	})
	text, err := os.ReadFile(b.cfg.OneTimeLoginFile)
	require.NoError(t, err)
	address := strings.TrimSpace(string(text))
	base, token, ok := strings.Cut(address, "#token=")
	require.True(t, ok)
	assert.Equal(t, "http://"+*b.address.Load()+"/", base)
	for _, file := range []string{b.cfg.OneTimeLoginFile, b.cfg.BootstrapKeyFile} {
		info, err := os.Stat(file)
		require.NoError(t, err)
		assert.EqualValues(t, 0o600, info.Mode().Perm())
	}
	u := visitor(t, b)
	u.do("POST", "/session", map[string]any{"user": "admin", "password": ""}, http.StatusUnauthorized)
	u.do("POST", "/session", map[string]any{"token": token + "a"}, http.StatusUnauthorized)
	u.do("POST", "/session", map[string]any{"token": token}, http.StatusNoContent)
	s := u.do("GET", "/session", nil, http.StatusOK)
	assert.Equal(t, "admin", s["role"])
	visitor(t, b).do("POST", "/session", map[string]any{"token": token}, http.StatusUnauthorized)

	// It lives for a quarter of an hour.
	now := time.Now()
	late := b.oneTime.make(now)
	assert.False(t, b.oneTime.take(late, now.Add(oneTimeLife)))

	// The first admin sets a password without one before.
	u.csrf = s["csrf"].(string)
	id := u.do("GET", "/users", nil, http.StatusOK)["users"].([]any)[0].(map[string]any)["id"].(string)
	u.do("PATCH", "/users/"+id, map[string]any{"password": adminPassword}, http.StatusOK)
	visitor(t, b).login("admin", adminPassword)

	key, err := os.ReadFile(b.cfg.BootstrapKeyFile)
	require.NoError(t, err)
	_, err = b.Authenticate(t.Context(), map[string][]string{"authorization": {"Bearer " + strings.TrimSpace(string(key))}, "weir-project": {"default"}})
	require.NoError(t, err)
}

func TestAccessLog(t *testing.T) {
	b, id := filled(t, nil)
	u := visitor(t, b)
	u.do("POST", "/session", map[string]any{"user": "hunter2-typed-as-name", "password": "x"}, http.StatusUnauthorized)
	u.login("admin", adminPassword)
	for range 3 { // a page that updates by itself is one look
		u.do("GET", "/projects/"+id+"/sensitive", nil, http.StatusOK)
		u.do("GET", "/projects/"+id+"/egress", nil, http.StatusOK)
	}
	u.do("POST", "/projects/"+id+"/egress/verify", nil, http.StatusOK)
	key := u.do("POST", "/projects/"+id+"/keys", map[string]any{"description": "a"}, http.StatusCreated)["id"].(string)
	u.do("POST", "/projects/"+id+"/keys/"+key+"/rotate", nil, http.StatusCreated)
	who := u.do("POST", "/users", map[string]any{"name": "ann", "role": "viewer", "password": "the first of ann"}, http.StatusCreated)["id"].(string)
	u.do("PATCH", "/users/"+who, map[string]any{"role": "editor"}, http.StatusOK)
	u.do("DELETE", "/users/"+who, nil, http.StatusNoContent)
	u.do("PATCH", "/projects/"+id, map[string]any{"name": "renamed"}, http.StatusOK)
	u.do("DELETE", "/projects/"+id, nil, http.StatusNoContent)
	var actions []string
	for _, e := range u.do("GET", "/access-log", nil, http.StatusOK)["entries"].([]any) {
		entry := e.(map[string]any)
		actions = append(actions, entry["action"].(string))
		assert.Equal(t, "127.0.0.1", entry["address"])
		assert.NotContains(t, entry["user"], "hunter2")
	}
	assert.Equal(t, []string{
		"project_deleted", "project_changed", "user_deleted", "user_changed", "user_created", "key_rotated", "key_created",
		"egress_verified", "egress_viewed", "sensitive_viewed", "login", "login_failed",
	}, actions)
	u.do("GET", "/projects/"+id+"/map", nil, http.StatusNotFound)
}

func TestPagesAndHeaders(t *testing.T) {
	b := started(t, nil)
	u := visitor(t, b)
	code, _, _ := u.raw("GET", "/", nil)
	assert.Equal(t, http.StatusNotFound, code)
	b.Mount(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.False(t, strings.HasPrefix(r.URL.Path, "/api/"))
		_, _ = w.Write([]byte("page"))
	}))
	for _, path := range []string{"/", "/map", "/api/v1/session", "/api/", "/api/v1/openapi.yaml", "/api/../api/v1/users"} {
		code, header, _ := u.raw("GET", path, nil)
		for k, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'; script-src 'self'; ", "X-Content-Type-Options": "nosniff",
			"Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY", "Cross-Origin-Resource-Policy": "same-origin",
		} {
			assert.Contains(t, header.Get(k), want, path)
		}
		assert.Empty(t, header.Get("Access-Control-Allow-Origin"))
		if strings.HasPrefix(path, "/api/") {
			assert.Equal(t, "no-store", header.Get("Cache-Control"))
		} else {
			assert.Equal(t, http.StatusOK, code)
		}
	}
	for host, want := range map[string]int{"evil.example": 421, "localhost": 200, "127.0.0.1:8090": 200, "[::1]:1": 200, "weir.localhost:9": 200} {
		u.header = http.Header{"Host": {host}}
		code, _, _ = u.raw("GET", "/", nil)
		assert.Equal(t, want, code, host)
	}
	b.Mount(nil)
	u.header = http.Header{}
	code, _, _ = u.raw("GET", "/", nil)
	assert.Equal(t, http.StatusNotFound, code)
}
