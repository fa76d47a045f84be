package ledger

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// run returns what the command prints and the status of the process.
func run(t testing.TB, stdin string, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := Command()
	cmd.SetArgs(args)
	cmd.SetIn(strings.NewReader(stdin))
	cmd.SetOut(&out)
	cmd.SetErr(&errs)
	err := cmd.Execute()
	var coded *StatusError
	switch {
	case errors.As(err, &coded):
		status = coded.ExitCode()
	case err != nil:
		status = 2
	}
	return out.String(), errs.String(), status
}

func written(t testing.TB, n int) string {
	t.Helper()
	dir := t.TempDir()
	l, _ := open(t, dir, Options{})
	fill(t, l, n)
	require.NoError(t, l.Close())
	return dir
}

func TestShow(t *testing.T) {
	dir := written(t, 3)
	out, _, status := run(t, "", "show", "--dir", dir, "--last", "1")
	assert.Zero(t, status)
	// The names were brought by the first envelope, and are spelled out all the same.
	for _, want := range []string{
		"2026-11-21T12:00:00Z  envelope 3 of session 0000000000000006",
		"entity  state deployment shop/users  image ghcr.io/shop/users:1.2  desired 3  ready 2",
		"edge    state deployment shop/web -> deployment shop/users  protocol http  port 8080  side server  requests 10.0/s  errors 1.00 %",
		"symptom start warning svc.latency.shift deployment shop/users",
		"change  rollout deployment shop/users  time 2026-11-21T12:00:00Z  from 1.1  to 1.2",
		"flow    PAYMENT_CARD deployment shop/web -> deployment shop/users  sensitivity critical  method POST  route /users/{id}/cards  field body.card.number  seen 4",
	} {
		assert.Contains(t, out, want)
	}
	assert.NotContains(t, out, "envelope 2")
	out, _, _ = run(t, "", "show", "--dir", dir, "--last", "0", "--format", "json")
	assert.Equal(t, 3, strings.Count(out, "\n"))
	for _, args := range [][]string{{"show"}, {"show", "--dir", dir, "--format", "x"}, {"show", "--dir", dir, "--last", "-1"}, {"show", "--dir", dir + "/none"}, {"show", "x"}} {
		_, _, status = run(t, "", args...)
		assert.Equal(t, 2, status, "%v", args)
	}
}

func TestVerifyCommand(t *testing.T) {
	dir := written(t, 2)
	out, _, status := run(t, "", "verify", "--dir", dir)
	assert.Zero(t, status)
	assert.Contains(t, out, "2 envelopes in 1 files\n")
	assert.True(t, strings.HasSuffix(out, "verified\n"))
	whole, err := os.ReadFile(fileName(dir, 1))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(fileName(dir, 1), bytes.Replace(whole, []byte("users"), []byte("admin"), 1), 0o600))
	out, _, status = run(t, "", "verify", "--dir", dir)
	assert.Equal(t, 1, status)
	assert.Contains(t, out, "NOT verified: line 1 of file 1 has a hash")
	_, stderr, status := run(t, "", "show", "--dir", dir)
	assert.Equal(t, 2, status)
	assert.Contains(t, stderr, "line 1 of file 1")
}

func TestSearchCommand(t *testing.T) {
	dir := written(t, 2)
	out, _, status := run(t, "", "search", "--dir", dir, "ghcr.io/Shop")
	assert.Equal(t, 1, status)
	assert.Equal(t, 2, strings.Count(out, "\n"))
	out, _, status = run(t, "", "search", "--dir", dir, "rosa@mail.example")
	assert.Zero(t, status)
	assert.Equal(t, "not found\n", out)
	_, _, status = run(t, "users\n", "search", "--dir", dir, "-")
	assert.Equal(t, 1, status)
	_, _, status = run(t, "\n", "search", "--dir", dir, "-")
	assert.Equal(t, 2, status)
}

func TestSearchFindsEveryForm(t *testing.T) {
	const value = `Rosa "Ü" <rosa+x@mail.example>/%&`
	b := []byte(value)
	var escaped strings.Builder
	for _, r := range value {
		escaped.WriteString(`\u00`)
		escaped.WriteString(hex.EncodeToString([]byte{byte(r)}))
	}
	for name, text := range map[string]string{
		"plain":                   value,
		"upper case":              strings.ToUpper("rosa+x@mail.example"),
		"escaped throughout":      `{"x":"` + escaped.String() + `"}`,
		"hexadecimal":             strings.ToUpper(hex.EncodeToString(b)),
		"query":                   "a=" + url.QueryEscape(value),
		"path":                    "/" + url.PathEscape(value),
		"every byte in a path":    `{"x":"` + percent(b) + `"}`,
		"base64":                  base64.StdEncoding.EncodeToString(b),
		"base64 behind one byte":  base64.StdEncoding.EncodeToString(append([]byte("x"), b...)),
		"base64 behind two bytes": base64.URLEncoding.EncodeToString(append(append([]byte("xy"), b...), "z"...)),
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for file, content := range map[uint64]string{1: "{}\n" + text + "\n{}\n", 2: text} { // a whole line, and a torn one
				require.NoError(t, os.WriteFile(fileName(dir, file), []byte(content), 0o600))
			}
			want := value
			if name == "upper case" {
				want = "rosa+x@mail.example"
			}
			hits, err := Search(dir, want)
			require.NoError(t, err)
			assert.Equal(t, []Hit{{File: 1, Line: 2}, {File: 2, Line: 1}}, hits)
			hits, err = Search(dir, "somebody else")
			require.NoError(t, err)
			assert.Empty(t, hits)
		})
	}
}

func percent(b []byte) string {
	var s strings.Builder
	for _, c := range b {
		s.WriteString("%" + hex.EncodeToString([]byte{c}))
	}
	return s.String()
}
