package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// Drivers that Open knows.
const (
	SQLite     = "sqlite"
	PostgreSQL = "postgres"
)

// InMemory is a path of SQLite that keeps nothing beyond Close.
const InMemory = ":memory:"

// Options say where a store is.
type Options struct {
	Driver string // SQLite or PostgreSQL
	Path   string // file of SQLite; made, with its folder, when it is missing
	DSN    string // of PostgreSQL
	// MustExist fails where the file of SQLite is not there, instead of making it.
	MustExist bool

	// SymptomInterval is how often an open symptom is reported at least; after
	// three of them in silence it expires. 0 stands for 2 minutes.
	SymptomInterval time.Duration
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Store is safe for concurrent use. One transaction writes at a time.
type Store struct {
	dialect *dialect
	write   *sql.DB
	read    *sql.DB
	clock   func() time.Time
	opened  int64 // Unix seconds

	symptomInterval int64 // seconds
}

// Open connects, and makes or updates the schema. The caller must Close.
func Open(ctx context.Context, o Options) (*Store, error) {
	s := &Store{clock: o.Now, symptomInterval: int64(o.SymptomInterval / time.Second)}
	if s.clock == nil {
		s.clock = time.Now
	}
	if s.symptomInterval <= 0 {
		s.symptomInterval = 120
	}
	s.opened = s.clock().Unix()
	var err error
	switch o.Driver {
	case SQLite:
		err = s.openSQLite(o.Path, o.MustExist)
	case PostgreSQL:
		err = s.openPostgres(o.DSN)
	default:
		err = errors.New("driver: must be sqlite or postgres")
	}
	if err == nil {
		err = s.migrate(ctx)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the store: %w", err), s.Close())
	}
	return s, nil
}

// openSQLite opens the file for one writer and some readers, which in the
// write-ahead log don't wait for each other. A commit is on the disk before it
// returns (synchronous FULL).
func (s *Store) openSQLite(path string, mustExist bool) error {
	s.dialect = &sqliteDialect
	if path == InMemory {
		db, err := sql.Open("sqlite", path+"?_pragma=foreign_keys(1)")
		if err != nil {
			return err
		}
		db.SetMaxOpenConns(1) // each connection would be a database of its own
		s.write, s.read = db, db
		return nil
	}
	mode := os.O_RDWR
	if !mustExist {
		mode |= os.O_CREATE
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return fmt.Errorf("make the folder of the database: %w", err)
		}
	}
	// SQLite's other files get the mode of this one.
	f, err := os.OpenFile(path, mode, 0o600)
	if err != nil {
		return fmt.Errorf("open the database's file: %w", err)
	}
	if err := f.Close(); err != nil {
		return err
	}
	base := (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath()}).String()
	const common = "?_pragma=busy_timeout(10000)&_pragma=foreign_keys(1)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)"
	if s.write, err = sql.Open("sqlite", base+common+"&_txlock=immediate"); err != nil {
		return err
	}
	s.write.SetMaxOpenConns(1)
	if s.read, err = sql.Open("sqlite", base+common+"&_pragma=query_only(1)"); err != nil {
		return err
	}
	s.read.SetMaxOpenConns(4)
	return nil
}

func (s *Store) openPostgres(dsn string) error {
	s.dialect = &postgresDialect
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		// The library's error repeats it.
		return errors.New("the DSN can't be read: it must be like postgres://user:password@host/database or host=… user=…")
	}
	db := stdlib.OpenDB(*config)
	db.SetMaxOpenConns(8)
	db.SetConnMaxLifetime(time.Hour)
	s.write, s.read = db, db
	return nil
}

// Close ends all connections.
func (s *Store) Close() error {
	var errs []error
	if s.read != nil && s.read != s.write {
		errs = append(errs, s.read.Close())
	}
	if s.write != nil {
		errs = append(errs, s.write.Close())
	}
	return errors.Join(errs...)
}

// tx is a writing transaction.
type tx struct {
	*sql.Tx
	ctx context.Context
	s   *Store
	now int64 // Unix seconds

	prepared map[string]*sql.Stmt // by statement
}

// inTx runs fn in a transaction that is durable once inTx returns nil.
func (s *Store) inTx(ctx context.Context, fn func(*tx) error) error {
	raw, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	if err := fn(&tx{Tx: raw, ctx: ctx, s: s, now: s.clock().Unix()}); err != nil {
		return errors.Join(err, ignoreDone(raw.Rollback()))
	}
	if err := raw.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// ignoreDone leaves out that a transaction has ended by itself, as it does when
// its context ends or the connection breaks.
func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}

// prepare keeps a statement until the transaction ends: a batch runs some of
// them a thousand times, and SQLite's driver would parse each anew. That of
// PostgreSQL has a cache of its own.
func (t *tx) prepare(query string) (*sql.Stmt, error) {
	if stmt := t.prepared[query]; stmt != nil {
		return stmt, nil
	}
	stmt, err := t.PrepareContext(t.ctx, query) // closed with the transaction
	if err != nil {
		return nil, err
	}
	if t.prepared == nil {
		t.prepared = map[string]*sql.Stmt{}
	}
	t.prepared[query] = stmt
	return stmt, nil
}

func (t *tx) exec(query string, args ...any) error {
	_, err := t.run(query, args...)
	return err
}

func (t *tx) run(query string, args ...any) (sql.Result, error) {
	if !t.s.dialect.SQLite || len(args) == 0 { // without parameters it may be several statements
		return t.ExecContext(t.ctx, t.s.dialect.sql(query), args...)
	}
	stmt, err := t.prepare(query)
	if err != nil {
		return nil, err
	}
	return stmt.ExecContext(t.ctx, args...)
}

// changed is exec that tells how many rows it touched.
func (t *tx) changed(query string, args ...any) (int64, error) {
	r, err := t.run(query, args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

func (t *tx) row(query string, args ...any) *sql.Row {
	if t.s.dialect.SQLite && len(args) > 0 {
		if stmt, err := t.prepare(query); err == nil {
			return stmt.QueryRowContext(t.ctx, args...)
		}
	}
	return t.QueryRowContext(t.ctx, t.s.dialect.sql(query), args...)
}

// querier is what a transaction and the pool of readers have in common.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// collect reads all rows, so that none stays open while the next statement runs.
func collect[T any](ctx context.Context, s *Store, q querier, scan func(scan func(...any) error) (T, error), query string, args ...any) ([]T, error) {
	rows, err := q.QueryContext(ctx, s.dialect.sql(query), args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	out := []T{}
	for rows.Next() {
		v, err := scan(rows.Scan)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

func (s *Store) row(ctx context.Context, query string, args ...any) *sql.Row {
	return s.read.QueryRowContext(ctx, s.dialect.sql(query), args...)
}
