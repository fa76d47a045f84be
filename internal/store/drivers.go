package store

// The engines: SQLite is part of the binary, PostgreSQL is reached by DSN.
import (
	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"
)
