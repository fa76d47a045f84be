package store

import (
	"context"
	"time"
)

// Session is a login.
type Session struct {
	User User
	CSRF string
}

// CreateSession logs a user in and returns the value of the cookie.
func (s *Store) CreateSession(ctx context.Context, user string, life time.Duration) (string, error) {
	cookie := NewSecret()
	err := s.inTx(ctx, func(t *tx) error {
		return t.exec("INSERT INTO sessions (hash, user_id, csrf, created, expires) VALUES (?, ?, ?, ?, ?)",
			digest(cookie), user, NewSecret(), t.now, t.now+int64(life/time.Second))
	})
	return cookie, err
}

// SessionOf returns the session of a cookie, unless it has expired.
func (s *Store) SessionOf(ctx context.Context, cookie string) (Session, error) {
	var v Session
	var created int64
	err := s.row(ctx, `SELECT u.id, u.name, u.role, u.created, s.csrf FROM sessions s JOIN users u ON u.id = s.user_id
		WHERE s.hash = ? AND s.expires > ? AND u.deleted IS NULL`, digest(cookie), s.clock().Unix()).
		Scan(&v.User.ID, &v.User.Name, &v.User.Role, &created, &v.CSRF)
	v.User.Created = stamp(created)
	return v, notFound(err)
}

// EndSession logs out; a session that is not there is fine.
func (s *Store) EndSession(ctx context.Context, cookie string) error {
	return s.inTx(ctx, func(t *tx) error { return t.exec("DELETE FROM sessions WHERE hash = ?", digest(cookie)) })
}
