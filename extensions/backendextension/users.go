package backendextension

import (
	"errors"
	"net/http"
	"time"

	"github.com/weir-telemetry/weir/internal/store"
)

func (c *call) listUsers() error {
	users, err := c.s.Users(c.r.Context())
	if err != nil {
		return err
	}
	return c.ok(http.StatusOK, map[string]any{"users": users})
}

func (c *call) createUser() error {
	var q struct {
		Name     string `json:"name"`
		Role     string `json:"role"`
		Password string `json:"password"`
	}
	if err := read(c.w, c.r, &q); err != nil {
		return err
	}
	if q.Password == "" {
		return badRequest("password: must be set")
	}
	u, err := c.s.CreateUser(c.r.Context(), q.Name, q.Role, q.Password)
	if err != nil {
		return err
	}
	if err := c.log("user_created", "", u.ID); err != nil {
		return err
	}
	return c.ok(http.StatusCreated, u)
}

// changeUser lets admins change all, and everyone their own password, when they
// know the present one.
func (c *call) changeUser() error {
	var q struct {
		Role     string `json:"role"`
		Password string `json:"password"`
		Current  string `json:"current_password"`
	}
	if err := read(c.w, c.r, &q); err != nil {
		return err
	}
	if q.Role == "" && q.Password == "" {
		return badRequest("role or password must be set")
	}
	id := c.r.PathValue("user")
	own := id == c.who.user.ID
	if c.who.user.Role != store.Admin && (!own || q.Role != "") {
		return errForbidden
	}
	keep := ""
	if own {
		keep = c.who.cookie
		if q.Password != "" {
			if err := c.confirm(q.Current); err != nil {
				return err
			}
		}
	}
	u, err := c.s.ChangeUser(c.r.Context(), id, q.Role, q.Password, keep)
	if err != nil {
		return err
	}
	if err := c.log("user_changed", "", u.ID); err != nil {
		return err
	}
	return c.ok(http.StatusOK, u)
}

// confirm checks one's present password, as often as a login may. Who has none
// yet, the first admin, needs none.
func (c *call) confirm(password string) error {
	has, err := c.s.HasPassword(c.r.Context(), c.who.user.ID)
	if err != nil || !has {
		return err
	}
	name, address := c.who.user.Name, c.address()
	if wait := c.attempts.take(name, address, time.Now()); wait > 0 {
		return &problem{http.StatusTooManyRequests, "too_many_attempts", "too many failed attempts, wait a little", wait}
	}
	_, err = c.s.CheckPassword(c.r.Context(), name, password)
	if errors.Is(err, store.ErrNotFound) {
		return &problem{status: http.StatusForbidden, code: "wrong_credentials", message: "the current password is wrong"}
	}
	c.attempts.giveBack(name, address)
	return err
}

func (c *call) deleteUser() error {
	id := c.r.PathValue("user")
	if err := c.s.DeleteUser(c.r.Context(), id); err != nil {
		return err
	}
	if err := c.log("user_deleted", "", id); err != nil {
		return err
	}
	return c.none()
}

func (c *call) accessLog() error {
	entries, next, err := c.s.AccessLog(c.r.Context(), c.r.URL.Query().Get("before"))
	if err != nil {
		return err
	}
	return c.ok(http.StatusOK, struct {
		Entries []store.Access `json:"entries"`
		Next    string         `json:"next,omitempty"`
	}{entries, next})
}
