// Package store keeps the backend's facts, projects, keys and users in SQLite
// or PostgreSQL.
package store
