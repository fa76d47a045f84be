package credentials

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func write(t *testing.T, path, text string, age time.Duration) {
	t.Helper()
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	when := time.Now().Add(-age)
	require.NoError(t, os.Chtimes(path, when, when))
}

func TestFileIsReadAgainWhenItChanges(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	v := New("ignored", path)
	_, err := v.Get()
	require.Error(t, err)

	write(t, path, "one\n", time.Hour)
	got, err := v.Get()
	require.NoError(t, err)
	assert.Equal(t, "one", got)

	write(t, path, "two\r\n", time.Minute)
	got, err = v.Get()
	require.NoError(t, err)
	assert.Equal(t, "two", got)

	write(t, path, "", 0)
	got, err = v.Get()
	require.Error(t, err)
	assert.Equal(t, "two", got, "the last good value stays")

	require.NoError(t, os.Remove(path))
	got, err = v.Get()
	require.Error(t, err)
	assert.Equal(t, "two", got)
}

func TestBasicAuth(t *testing.T) {
	var user, password string
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		user, password, _ = r.BasicAuth()
	}))
	defer srv.Close()
	path := filepath.Join(t.TempDir(), "secret")
	write(t, path, "first", time.Hour)
	failures := 0
	client := &http.Client{Transport: BasicAuth(http.DefaultTransport, New("u", ""), New("", path), func(error) { failures++ })}
	defer http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	get := func() {
		resp, err := client.Get(srv.URL)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
	}
	get()
	assert.Equal(t, []string{"u", "first"}, []string{user, password})
	write(t, path, "second", 0)
	get()
	assert.Equal(t, "second", password)
	require.NoError(t, os.Remove(path))
	get()
	assert.Equal(t, "second", password)
	assert.Equal(t, 1, failures)
}
