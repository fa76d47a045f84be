package store

// The engine that is part of the binary; PostgreSQL's driver is opened by hand.
import _ "modernc.org/sqlite"
