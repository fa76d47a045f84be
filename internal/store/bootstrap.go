package store

import (
	"context"
	"errors"
)

// AdminName is the user that is there from the beginning.
const AdminName = "admin"

// FirstProject makes a project on a store that never had one. It returns
// ErrConflict when there was one, be it deleted.
func (s *Store) FirstProject(ctx context.Context, name, environment string) (Project, error) {
	var n int
	if err := s.row(ctx, "SELECT COUNT(*) FROM projects").Scan(&n); err != nil {
		return Project{}, err
	}
	if n > 0 {
		return Project{}, ErrConflict
	}
	return s.CreateProject(ctx, name, environment)
}

// FirstAdmin makes the first administrator on a store that never had a user,
// and gives it the password when it has none yet. A password that was set is
// never replaced. An empty password leaves one-time tokens as the way in.
func (s *Store) FirstAdmin(ctx context.Context, password string) error {
	var n int
	if err := s.row(ctx, "SELECT COUNT(*) FROM users").Scan(&n); err != nil {
		return err
	}
	if n == 0 {
		_, err := s.CreateUser(ctx, AdminName, Admin, password)
		if errors.Is(err, ErrConflict) {
			return nil // another process was faster
		}
		return err
	}
	if password == "" {
		return nil
	}
	var id string
	err := notFound(s.row(ctx, "SELECT id FROM users WHERE name = ? AND password = '' AND deleted IS NULL", AdminName).Scan(&id))
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = s.ChangeUser(ctx, id, "", password, "")
	return err
}

// AnAdmin returns an administrator, the first one if it is still there.
func (s *Store) AnAdmin(ctx context.Context) (User, error) {
	u, err := scanUser(s.row(ctx, `SELECT id, name, role, created FROM users WHERE role = 'admin' AND deleted IS NULL
		ORDER BY CASE WHEN name = ? THEN 0 ELSE 1 END, created, id LIMIT 1`, AdminName).Scan)
	return u, notFound(err)
}
