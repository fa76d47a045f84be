package store

import (
	"bytes"
	"context"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"text/template"
)

// migrations are numbered from 1 without gaps; one that was released never
// changes. They are templates, for the few words in which the dialects differ.
//
//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the schema to the newest version, each step in a transaction
// with its own record. A database that is newer than this program is refused.
func (s *Store) migrate(ctx context.Context) error {
	steps, err := fs.Glob(migrations, "migrations/*.sql") // sorted
	if err != nil {
		return err
	}
	return s.inTx(ctx, func(t *tx) error {
		// Several processes may start at once on one PostgreSQL.
		if err := t.exec(s.dialect.migrationLock); err != nil {
			return err
		}
		if err := t.exec("CREATE TABLE IF NOT EXISTS schema_versions (version INTEGER PRIMARY KEY, applied BIGINT NOT NULL)"); err != nil {
			return err
		}
		var have int
		if err := t.row("SELECT COALESCE(MAX(version), 0) FROM schema_versions").Scan(&have); err != nil {
			return err
		}
		if have > len(steps) {
			return fmt.Errorf("the database has schema version %d, this program knows %d: use a newer one", have, len(steps))
		}
		for _, file := range steps[have:] {
			if err := t.step(file); err != nil {
				return fmt.Errorf("schema %s: %w", path.Base(file), err)
			}
		}
		return nil
	})
}

func (t *tx) step(file string) error {
	number, _, _ := strings.Cut(path.Base(file), "_")
	version, err := strconv.Atoi(number)
	if err != nil {
		return err
	}
	text, err := template.ParseFS(migrations, file)
	if err != nil {
		return err
	}
	var sql bytes.Buffer
	if err := text.Execute(&sql, t.s.dialect); err != nil {
		return err
	}
	if err := t.exec(sql.String()); err != nil {
		return err
	}
	return t.exec("INSERT INTO schema_versions (version, applied) VALUES (?, ?)", version, t.now)
}
