package scan

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func lines(t *testing.T, out string) (records []record) {
	t.Helper()
	for l := range strings.Lines(out) {
		var r record
		require.NoError(t, json.Unmarshal([]byte(l), &r))
		require.Greater(t, r.Confidence, 0.0)
		require.LessOrEqual(t, r.Confidence, 1.0)
		records = append(records, r)
	}
	return records
}

func TestExitStatuses(t *testing.T) {
	dir := t.TempDir()
	empty, clean := filepath.Join(dir, "empty"), filepath.Join(dir, "clean")
	require.NoError(t, os.WriteFile(empty, nil, 0o600))
	require.NoError(t, os.WriteFile(clean, []byte("all is well\n"), 0o600))
	for _, c := range []struct {
		args  []string
		stdin string
		want  int
		err   string
	}{
		{[]string{empty}, "", 0, ""},
		{[]string{clean, empty}, "", 0, ""},
		{[]string{"-"}, "", 0, ""},
		{[]string{"-"}, "a@example.com", 1, ""},
		{[]string{clean, "-"}, "a@example.com", 1, ""},
		{[]string{dir}, "", 2, "is a directory"},
		{nil, "", 2, "no file given"},
		{[]string{"--format", "xml", "-"}, "", 2, "want table or json"},
		{[]string{"-", filepath.Join(dir, "none")}, "a@example.com", 2, "none"},
	} {
		out, errs, status := weirScan(t, c.stdin, c.args...)
		require.Equal(t, c.want, status, "%v", c.args)
		require.Contains(t, errs, c.err)
		if status == 0 {
			require.Empty(t, out)
		}
	}
}

func TestOutputHoldsNoValue(t *testing.T) {
	in := `{"user":{"name":"Zoe Quux","email":"zoe@example.com","password":"Sw0rdf1sh"},"zoe@example.com":{"password":"Sw0rdf1sh"}}`
	for _, format := range []string{"table", "json"} {
		out, errs, status := weirScan(t, in, "--format", format, "-")
		require.Equal(t, 1, status)
		require.Empty(t, errs)
		for _, v := range []string{"Zoe", "zoe@", "Sw0rd"} {
			require.NotContains(t, out, v, format)
		}
	}
	out, _, _ := weirScan(t, in, "--show", "-")
	require.Contains(t, out, "Sw0rdf1sh")
	require.Contains(t, out, "Zoe Quux")
}

func TestAnyBytes(t *testing.T) {
	for name, c := range map[string]struct{ before, after string }{
		"binary":    {"\x7fELF\x00\x01\x02\xff\xfe" + strings.Repeat("\x00\x80\xff", 500), "\x00\x00"},
		"not utf-8": {"na\xefve \xe9t\xe9 ", " \xe9"},
		"no end":    {strings.Repeat("\n", 17), ""},
		"bom":       {"\xef\xbb\xbf", "\n"},
	} {
		out, _, status := weirScan(t, c.before+"ann@example.com"+c.after, "--format", "json", "-")
		require.Equal(t, 1, status, name)
		r := lines(t, out)
		require.Len(t, r, 1, name)
		require.EqualValues(t, len(c.before), r[0].Start, name)
		require.EqualValues(t, len(c.before)+15, r[0].End, name)
	}
}

func TestLinesEndInCRLF(t *testing.T) {
	out, _, _ := weirScan(t, "one\r\n\r\n  password=hunter2\r\nann@example.com\r\n", "--format", "json", "-")
	r := lines(t, out)
	require.Len(t, r, 2)
	require.EqualValues(t, 3, r[0].Line)
	require.EqualValues(t, 12, r[0].Column)
	require.EqualValues(t, 7, r[0].End-r[0].Start)
	require.EqualValues(t, 4, r[1].Line)
	require.EqualValues(t, 1, r[1].Column)
}

// TestJSONFile checks every field of a record.
func TestJSONFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a.json")
	require.NoError(t, os.WriteFile(name, []byte("{\n  \"users\": [\n    {\"email\": \"ann@example.com\"}\n  ]\n}\n"), 0o600))
	out, _, status := weirScan(t, "", "--format", "json", name)
	require.Equal(t, 1, status)
	require.Equal(t, []record{{File: name, Start: 30, End: 45, Line: 3, Column: 16, Type: "EMAIL", Category: "contact",
		Sensitivity: "medium", Confidence: 0.9, Path: "$.users[*].email"}}, lines(t, out))
}
