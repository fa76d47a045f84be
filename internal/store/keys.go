package store

import (
	"context"
	"database/sql"
	"strings"
	"time"
)

// keyPrefix starts every API key, so that scanners of secrets know it.
const keyPrefix = "wk_"

// Key is an API key of a project, without its text.
type Key struct {
	ID          string     `json:"id"`
	Prefix      string     `json:"prefix"`
	Description string     `json:"description"`
	Created     time.Time  `json:"created"`
	LastUsed    *time.Time `json:"last_used,omitempty"`
	Revoked     *time.Time `json:"revoked,omitempty"`
}

// Keys returns all keys of a project, the newest first, revoked ones too.
func (s *Store) Keys(ctx context.Context, project string) ([]Key, error) {
	return collect(ctx, s, s.read, scanKey, `SELECT id, prefix, description, created, last_used, revoked
		FROM api_keys WHERE project_id = ? ORDER BY created DESC, id`, project)
}

// CreateKey makes a key and returns its text, which is kept nowhere.
func (s *Store) CreateKey(ctx context.Context, project, description string) (k Key, text string, err error) {
	if err := checkText("description", description, 200); err != nil {
		return Key{}, "", err
	}
	err = s.inTx(ctx, func(t *tx) error {
		k, text, err = t.createKey(project, description)
		return err
	})
	return k, text, err
}

// RotateKey revokes a key and makes one with the same description.
func (s *Store) RotateKey(ctx context.Context, project, id string) (k Key, text string, err error) {
	err = s.inTx(ctx, func(t *tx) error {
		var description string
		err := t.row("SELECT description FROM api_keys WHERE project_id = ? AND id = ? AND revoked IS NULL", project, id).Scan(&description)
		if err != nil {
			return notFound(err)
		}
		if err := t.revoke(project, id); err != nil {
			return err
		}
		k, text, err = t.createKey(project, description)
		return err
	})
	return k, text, err
}

// RevokeKey ends a key at once, for streams under way too.
func (s *Store) RevokeKey(ctx context.Context, project, id string) error {
	return s.inTx(ctx, func(t *tx) error { return t.revoke(project, id) })
}

func (t *tx) createKey(project, description string) (Key, string, error) {
	var live int
	if err := t.row("SELECT COUNT(*) FROM projects WHERE id = ? AND deleted IS NULL", project).Scan(&live); err != nil {
		return Key{}, "", err
	}
	if live == 0 {
		return Key{}, "", ErrNotFound
	}
	text := keyPrefix + NewSecret()
	k := Key{ID: newID(), Prefix: text[:len(keyPrefix)+6], Description: description, Created: stamp(t.now)}
	err := t.exec("INSERT INTO api_keys (id, project_id, hash, prefix, description, created) VALUES (?, ?, ?, ?, ?, ?)",
		k.ID, project, digest(text), k.Prefix, description, t.now)
	return k, text, err
}

func (t *tx) revoke(project, id string) error {
	return one(t.changed("UPDATE api_keys SET revoked = ? WHERE project_id = ? AND id = ? AND revoked IS NULL", t.now, project, id))
}

// CheckKey finds the key and the project that a text opens: ErrNotFound for one
// that never was, ErrRevoked for one that is no longer good.
func (s *Store) CheckKey(ctx context.Context, text string) (key string, p Project, err error) {
	if !strings.HasPrefix(text, keyPrefix) {
		return "", Project{}, ErrNotFound
	}
	var created, now int64
	var lastUsed, revoked, deleted sql.NullInt64
	err = s.row(ctx, `SELECT k.id, k.last_used, k.revoked, p.id, p.name, p.environment, p.created, p.deleted
		FROM api_keys k JOIN projects p ON p.id = k.project_id WHERE k.hash = ?`, digest(text)).
		Scan(&key, &lastUsed, &revoked, &p.ID, &p.Name, &p.Environment, &created, &deleted)
	if err != nil {
		return "", Project{}, notFound(err)
	}
	if revoked.Valid || deleted.Valid {
		return "", Project{}, ErrRevoked
	}
	p.Created = stamp(created)
	// To the minute: a write for each call would cost more than the call.
	if now = s.clock().Unix(); now-lastUsed.Int64 >= 60 {
		err = s.inTx(ctx, func(t *tx) error { return t.exec("UPDATE api_keys SET last_used = ? WHERE id = ?", now, key) })
	}
	return key, p, err
}

func scanKey(scan func(...any) error) (k Key, err error) {
	var created int64
	var lastUsed, revoked sql.NullInt64
	err = scan(&k.ID, &k.Prefix, &k.Description, &created, &lastUsed, &revoked)
	k.Created, k.LastUsed, k.Revoked = stamp(created), stampOrNil(lastUsed), stampOrNil(revoked)
	return k, err
}
