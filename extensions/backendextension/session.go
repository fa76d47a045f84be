package backendextension

import (
	"errors"
	"net/http"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/weir-telemetry/weir/internal/store"
)

// sessionLife is how long a login lasts.
const sessionLife = 12 * time.Hour

func (c *call) getSession() error {
	projects, err := c.visible()
	if err != nil {
		return err
	}
	return c.ok(http.StatusOK, struct {
		User     string          `json:"user"`
		Role     string          `json:"role"`
		CSRF     string          `json:"csrf"`
		Projects []store.Project `json:"projects"`
	}{c.who.user.Name, c.who.user.Role, c.who.csrf, projects})
}

func (c *call) login() error {
	var q struct {
		User     *string `json:"user"`
		Password *string `json:"password"`
		Token    *string `json:"token"`
	}
	if err := read(c.w, c.r, &q); err != nil {
		return err
	}
	var user store.User
	var err error
	switch {
	case q.Token != nil && q.User == nil && q.Password == nil:
		user, err = c.byToken(*q.Token)
	case q.Token == nil && q.User != nil && q.Password != nil:
		user, err = c.byPassword(*q.User, *q.Password)
	default:
		return badRequest("user and password, or token, must be given")
	}
	if err != nil {
		return err
	}
	if old, err := c.r.Cookie(cookieName); err == nil {
		if err := c.s.EndSession(c.r.Context(), old.Value); err != nil {
			return err
		}
	}
	c.who.user = user
	if err := c.log("login", "", ""); err != nil {
		return err
	}
	cookie, err := c.s.CreateSession(c.r.Context(), user.ID, sessionLife)
	if err != nil {
		return err
	}
	c.tried("ok")
	c.setCookie(cookie, int(sessionLife/time.Second))
	return c.none()
}

func (c *call) byToken(token string) (store.User, error) {
	if !c.oneTime.take(token, time.Now()) {
		c.tried("wrong_credentials")
		return store.User{}, errors.Join(errWrongCredentials, c.log("login_failed", "", ""))
	}
	return c.s.AnAdmin(c.r.Context())
}

func (c *call) byPassword(name, password string) (store.User, error) {
	address := c.address()
	if wait := c.attempts.take(name, address, time.Now()); wait > 0 {
		c.tried("limited")
		return store.User{}, &problem{http.StatusTooManyRequests, "too_many_attempts", "too many failed attempts, wait a little", wait}
	}
	user, err := c.s.CheckPassword(c.r.Context(), name, password)
	if errors.Is(err, store.ErrNotFound) {
		c.tried("wrong_credentials")
		// Names that are no user's are not written: people type passwords there.
		if known, err := c.s.UserNamed(c.r.Context(), name); err == nil {
			c.who.user.Name = known.Name
		} else {
			c.who.user.Name = "unknown"
		}
		return store.User{}, errors.Join(errWrongCredentials, c.log("login_failed", "", ""))
	}
	c.attempts.giveBack(name, address)
	return user, err
}

func (c *call) tried(outcome string) {
	c.telemetry.WeirBackendLogins.Add(c.r.Context(), 1, metric.WithAttributes(attribute.String("outcome", outcome)))
}

func (c *call) logout() error {
	if err := c.s.EndSession(c.r.Context(), c.who.cookie); err != nil {
		return err
	}
	c.setCookie("", -1)
	if err := c.log("logout", "", ""); err != nil {
		return err
	}
	return c.none()
}

func (c *call) setCookie(value string, maxAge int) {
	http.SetCookie(c.w, &http.Cookie{
		Name: cookieName, Value: value, Path: "/", MaxAge: maxAge, // #nosec G124 -- without TLS there is loopback alone, or insecure: true
		HttpOnly: true, Secure: c.cfg.TLS.HasValue(), SameSite: http.SameSiteStrictMode,
	})
}

// visible are the projects that the asker may see.
func (c *call) visible() ([]store.Project, error) {
	if c.who.key != nil {
		return []store.Project{*c.who.key}, nil
	}
	return c.s.Projects(c.r.Context())
}
