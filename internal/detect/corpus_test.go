package detect

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// unmark takes «TYPE|value» marks out of b and returns the plain text and the
// marked spans as "start-end TYPE value".
func unmark(t *testing.T, b []byte) (plain []byte, want []string) {
	t.Helper()
	for {
		from := bytes.Index(b, []byte("«"))
		if from < 0 {
			return append(plain, b...), want
		}
		plain = append(plain, b[:from]...)
		b = b[from+len("«"):]
		name, rest, ok := bytes.Cut(b, []byte("|"))
		value, rest, ok2 := bytes.Cut(rest, []byte("»"))
		if !ok || !ok2 {
			t.Fatalf("bad mark near %.40q", b)
		}
		want = append(want, fmt.Sprintf("%d-%d %s %s", len(plain), len(plain)+len(value), name, value))
		plain = append(plain, value...)
		b = rest
	}
}

// compare scans plain and reports every finding that is missing or not wanted.
func compare(t *testing.T, plain []byte, want []string) {
	t.Helper()
	e, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	var r Result
	e.Value(&r, plain, Input{})
	wanted := map[string]bool{}
	for _, w := range want {
		wanted[w] = true
	}
	for _, f := range r.Findings {
		got := fmt.Sprintf("%d-%d %s %s", f.Start, f.End, f.Type, plain[f.Start:f.End])
		if !wanted[got] {
			line := plain[bytes.LastIndexByte(plain[:f.Start], '\n')+1:]
			t.Errorf("not wanted: %s\n  in %.120q", got, line)
		}
		delete(wanted, got)
	}
	for w := range wanted {
		t.Errorf("missing: %s", w)
	}
}

// TestCorpus holds files of everyday formats, in which all that is sensitive is
// marked, to exactly these marks: as a whole, and line by line as logs come.
func TestCorpus(t *testing.T) {
	files, err := filepath.Glob("testdata/corpus/*")
	if err != nil || len(files) == 0 {
		t.Fatalf("no corpus: %v", err)
	}
	for _, name := range files {
		marked, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(filepath.Base(name), func(t *testing.T) {
			plain, want := unmark(t, marked)
			compare(t, plain, want)
			if strings.HasSuffix(name, ".json") {
				return
			}
			for line := range bytes.Lines(marked) {
				plain, want := unmark(t, line)
				compare(t, plain, want)
			}
			crlf, want := unmark(t, bytes.ReplaceAll(marked, []byte("\n"), []byte("\r\n")))
			compare(t, crlf, want)
		})
	}
}
