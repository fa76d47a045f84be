package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Environments that a project may be of.
var Environments = []string{"production", "staging", "development"}

// Project keeps facts apart from those of other projects.
type Project struct {
	ID          string    `json:"id"`
	Name        string    `json:"name"`
	Environment string    `json:"environment"`
	Created     time.Time `json:"created"`
}

// InvalidError says that a value can't be taken; its text may be shown.
type InvalidError struct{ Message string }

func (e *InvalidError) Error() string { return e.Message }

func invalid(format string, args ...any) error {
	return &InvalidError{Message: fmt.Sprintf(format, args...)}
}

// checkText admits text that a person wrote as a label.
func checkText(key, text string, limit int) error {
	bad := func(r rune) bool { return !unicode.IsPrint(r) }
	if text == "" || utf8.RuneCountInString(text) > limit || !utf8.ValidString(text) ||
		strings.ContainsFunc(text, bad) || strings.TrimSpace(text) != text {
		return invalid("%s: must be 1 to %d printable characters without space around them", key, limit)
	}
	return nil
}

// Projects returns all that were not deleted, by name.
func (s *Store) Projects(ctx context.Context) ([]Project, error) {
	return collect(ctx, s, s.read, scanProject,
		"SELECT id, name, environment, created FROM projects WHERE deleted IS NULL ORDER BY name")
}

// ProjectOf returns one project by id or name.
func (s *Store) ProjectOf(ctx context.Context, idOrName string) (Project, error) {
	p, err := scanProject(s.row(ctx, `SELECT id, name, environment, created FROM projects
		WHERE (id = ? OR name = ?) AND deleted IS NULL ORDER BY CASE WHEN id = ? THEN 0 ELSE 1 END LIMIT 1`,
		idOrName, idOrName, idOrName).Scan)
	return p, notFound(err)
}

// ProjectID implements Keeper.
func (s *Store) ProjectID(ctx context.Context, idOrName string) (string, error) {
	p, err := s.ProjectOf(ctx, idOrName)
	return p.ID, err
}

// CreateProject makes a project.
func (s *Store) CreateProject(ctx context.Context, name, environment string) (Project, error) {
	if err := checkText("name", name, 64); err != nil {
		return Project{}, err
	}
	if !slices.Contains(Environments, environment) {
		return Project{}, invalid("environment: must be one of %s", strings.Join(Environments, ", "))
	}
	var p Project
	err := s.inTx(ctx, func(t *tx) error {
		p = Project{ID: newID(), Name: name, Environment: environment, Created: stamp(t.now)}
		return t.exec("INSERT INTO projects (id, name, environment, created) VALUES (?, ?, ?, ?)", p.ID, name, environment, t.now)
	})
	return p, conflict(err)
}

// RenameProject gives a project another name.
func (s *Store) RenameProject(ctx context.Context, id, name string) (Project, error) {
	if err := checkText("name", name, 64); err != nil {
		return Project{}, err
	}
	err := s.inTx(ctx, func(t *tx) error {
		return one(t.changed("UPDATE projects SET name = ? WHERE id = ? AND deleted IS NULL", name, id))
	})
	if err != nil {
		return Project{}, conflict(err)
	}
	return s.ProjectOf(ctx, id)
}

// DeleteProject marks a project as deleted and revokes its keys; what it holds
// is kept.
func (s *Store) DeleteProject(ctx context.Context, id string) error {
	return s.inTx(ctx, func(t *tx) error {
		if err := one(t.changed("UPDATE projects SET deleted = ? WHERE id = ? AND deleted IS NULL", t.now, id)); err != nil {
			return err
		}
		return t.exec("UPDATE api_keys SET revoked = ? WHERE project_id = ? AND revoked IS NULL", t.now, id)
	})
}

func scanProject(scan func(...any) error) (p Project, err error) {
	var created int64
	err = scan(&p.ID, &p.Name, &p.Environment, &created)
	p.Created = stamp(created)
	return p, err
}

// stamp is a time as the API shows it.
func stamp(unix int64) time.Time { return time.Unix(unix, 0).UTC() }

func stampOrNil(unix sql.NullInt64) *time.Time {
	if !unix.Valid {
		return nil
	}
	t := stamp(unix.Int64)
	return &t
}

func notFound(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	return err
}

func conflict(err error) error {
	if brokenUnique(err) {
		return ErrConflict
	}
	return err
}

// one turns an update of no row into ErrNotFound.
func one(n int64, err error) error {
	if err == nil && n == 0 {
		return ErrNotFound
	}
	return err
}
