package store

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Roles, the mightiest first: an admin does everything, an editor keys, a
// viewer looks.
const (
	Admin  = "admin"
	Editor = "editor"
	Viewer = "viewer"
)

var roles = []string{Admin, Editor, Viewer}

var userName = regexp.MustCompile(`^[a-z0-9][a-z0-9._@-]{0,63}$`)

// User is someone who may log in.
type User struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Role    string    `json:"role"`
	Created time.Time `json:"created"`
}

// AtLeast reports whether role may do what least may.
func AtLeast(role, least string) bool {
	have, want := slices.Index(roles, role), slices.Index(roles, least)
	return have >= 0 && want >= 0 && have <= want
}

// Users returns all that were not deleted, by name.
func (s *Store) Users(ctx context.Context) ([]User, error) {
	return collect(ctx, s, s.read, scanUser, "SELECT id, name, role, created FROM users WHERE deleted IS NULL ORDER BY name")
}

// UserOf returns one user by id.
func (s *Store) UserOf(ctx context.Context, id string) (User, error) {
	u, err := scanUser(s.row(ctx, "SELECT id, name, role, created FROM users WHERE id = ? AND deleted IS NULL", id).Scan)
	return u, notFound(err)
}

// UserNamed returns one user by name.
func (s *Store) UserNamed(ctx context.Context, name string) (User, error) {
	u, err := scanUser(s.row(ctx, "SELECT id, name, role, created FROM users WHERE name = ? AND deleted IS NULL", name).Scan)
	return u, notFound(err)
}

// CreateUser makes a user. Without a password no login by password works.
func (s *Store) CreateUser(ctx context.Context, name, role, password string) (User, error) {
	if !userName.MatchString(name) || name == "anonymous" {
		return User{}, invalid("name: must be 1 to 64 of a-z 0-9 . _ @ -, begin with a letter or digit, and not be anonymous")
	}
	if !slices.Contains(roles, role) {
		return User{}, invalid("role: must be one of %s", strings.Join(roles, ", "))
	}
	hash := ""
	if password != "" {
		var err error
		if hash, err = hashPassword(ctx, password); err != nil {
			return User{}, err
		}
	}
	var u User
	err := s.inTx(ctx, func(t *tx) error {
		u = User{ID: newID(), Name: name, Role: role, Created: stamp(t.now)}
		return t.exec("INSERT INTO users (id, name, role, password, created) VALUES (?, ?, ?, ?, ?)", u.ID, name, role, hash, t.now)
	})
	return u, conflict(err)
}

// ChangeUser sets role and password where they are not empty, and ends the
// user's sessions but keepSession (the value of its cookie).
func (s *Store) ChangeUser(ctx context.Context, id, role, password, keepSession string) (User, error) {
	if role != "" && !slices.Contains(roles, role) {
		return User{}, invalid("role: must be one of %s", strings.Join(roles, ", "))
	}
	hash := ""
	if password != "" {
		var err error
		if hash, err = hashPassword(ctx, password); err != nil {
			return User{}, err
		}
	}
	err := s.inTx(ctx, func(t *tx) error {
		if role != "" && role != Admin {
			if err := t.notLastAdmin(id); err != nil {
				return err
			}
		}
		err := one(t.changed(`UPDATE users SET role = CASE WHEN ? <> '' THEN ? ELSE role END,
			password = CASE WHEN ? <> '' THEN ? ELSE password END WHERE id = ? AND deleted IS NULL`, role, role, hash, hash, id))
		if err != nil {
			return err
		}
		return t.exec("DELETE FROM sessions WHERE user_id = ? AND hash <> ?", id, digest(keepSession))
	})
	if err != nil {
		return User{}, err
	}
	return s.UserOf(ctx, id)
}

// DeleteUser marks a user as deleted and ends the sessions.
func (s *Store) DeleteUser(ctx context.Context, id string) error {
	return s.inTx(ctx, func(t *tx) error {
		if err := t.notLastAdmin(id); err != nil {
			return err
		}
		if err := one(t.changed("UPDATE users SET deleted = ? WHERE id = ? AND deleted IS NULL", t.now, id)); err != nil {
			return err
		}
		return t.exec("DELETE FROM sessions WHERE user_id = ?", id)
	})
}

// notLastAdmin fails when no other admin is left. It locks all of them.
func (t *tx) notLastAdmin(id string) error {
	admins, err := collect(t.ctx, t.s, t.Tx, scanText,
		"SELECT id FROM users WHERE role = 'admin' AND deleted IS NULL ORDER BY id"+t.s.dialect.forUpdate)
	if err != nil {
		return err
	}
	if len(admins) == 1 && admins[0] == id {
		return ErrLast
	}
	return nil
}

// CheckPassword returns the user whose password it is; ErrNotFound for unknown
// users and wrong passwords alike, in the same time.
func (s *Store) CheckPassword(ctx context.Context, name, password string) (User, error) {
	var u User
	var hash string
	var created int64
	err := notFound(s.row(ctx, "SELECT id, name, role, created, password FROM users WHERE name = ? AND deleted IS NULL", name).
		Scan(&u.ID, &u.Name, &u.Role, &created, &hash))
	if err != nil && err != ErrNotFound {
		return User{}, err
	}
	right, err := rightPassword(ctx, hash, password)
	if err != nil {
		return User{}, err
	}
	if !right {
		return User{}, ErrNotFound
	}
	u.Created = stamp(created)
	return u, nil
}

func scanUser(scan func(...any) error) (u User, err error) {
	var created int64
	err = scan(&u.ID, &u.Name, &u.Role, &created)
	u.Created = stamp(created)
	return u, err
}

func scanText(scan func(...any) error) (v string, err error) {
	err = scan(&v)
	return v, err
}

// HasPassword reports whether a user can log in by password.
func (s *Store) HasPassword(ctx context.Context, id string) (bool, error) {
	var hash string
	err := s.row(ctx, "SELECT password FROM users WHERE id = ? AND deleted IS NULL", id).Scan(&hash)
	return hash != "", notFound(err)
}
