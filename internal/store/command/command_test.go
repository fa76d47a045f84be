package command

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weir-telemetry/weir/internal/store"
)

func run(t *testing.T, path string, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	c := Command()
	c.SetOut(&out)
	c.SetErr(&out)
	c.SetArgs(append([]string{"--store", path}, args...))
	err := c.ExecuteContext(t.Context())
	return strings.TrimSpace(out.String()), err
}

func TestKeysByCommand(t *testing.T) {
	path := filepath.Join(t.TempDir(), "weir.db")
	_, err := run(t, path, "projects", "list")
	require.ErrorContains(t, err, "no such file")
	_, err = os.Stat(path)
	require.ErrorIs(t, err, os.ErrNotExist)

	s, err := store.Open(t.Context(), store.Options{Driver: store.SQLite, Path: path})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }() // it runs all the time
	project, err := run(t, path, "projects", "create", "shop", "--environment", "production")
	require.NoError(t, err)
	_, err = run(t, path, "projects", "create", "shop")
	require.ErrorIs(t, err, store.ErrConflict)
	_, err = run(t, path, "projects", "create", "x", "--environment", "test")
	require.ErrorContains(t, err, "environment: must be one of")

	text, err := run(t, path, "keys", "create", "--project", "shop", "--description", "cluster a")
	require.NoError(t, err)
	id, p, err := s.CheckKey(t.Context(), text)
	require.NoError(t, err)
	assert.Equal(t, project, p.ID)
	next, err := run(t, path, "keys", "rotate", "--project", "shop", id)
	require.NoError(t, err)
	_, _, err = s.CheckKey(t.Context(), text)
	require.ErrorIs(t, err, store.ErrRevoked)
	id, _, err = s.CheckKey(t.Context(), next)
	require.NoError(t, err)
	_, err = run(t, path, "keys", "revoke", "--project", project, id)
	require.NoError(t, err)
	_, _, err = s.CheckKey(t.Context(), next)
	require.ErrorIs(t, err, store.ErrRevoked)
	list, err := run(t, path, "keys", "list", "--project", "shop")
	require.NoError(t, err)
	assert.Equal(t, 2, strings.Count(list, "revoked 2"))
	assert.NotContains(t, list, next)
	_, err = run(t, path, "keys", "list", "--project", "none")
	require.ErrorContains(t, err, "--project: not found")

	entries, _, err := s.AccessLog(t.Context(), "")
	require.NoError(t, err)
	var actions []string
	for _, e := range entries {
		actions = append(actions, e.User+" "+e.Action)
	}
	assert.Equal(t, []string{"command key_revoked", "command key_rotated", "command key_created", "command project_created"}, actions)
}

func TestForgottenPassword(t *testing.T) {
	dir := t.TempDir()
	path, file := filepath.Join(dir, "weir.db"), filepath.Join(dir, "password")
	s, err := store.Open(t.Context(), store.Options{Driver: store.SQLite, Path: path})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	require.NoError(t, s.FirstAdmin(t.Context(), "the forgotten one"))
	require.NoError(t, os.WriteFile(file, []byte("the next password\n"), 0o600))
	_, err = run(t, path, "users", "password", "admin", "--password-file", file)
	require.NoError(t, err)
	_, err = s.CheckPassword(t.Context(), "admin", "the next password")
	require.NoError(t, err)
	_, err = s.CheckPassword(t.Context(), "admin", "the forgotten one")
	require.ErrorIs(t, err, store.ErrNotFound)
	list, err := run(t, path, "users", "list")
	require.NoError(t, err)
	assert.Contains(t, list, "admin")
}
