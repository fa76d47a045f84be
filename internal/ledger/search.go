package ledger

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"strings"
	"time"
)

// Hit is a line in which a value was found.
type Hit struct {
	File     uint64
	Line     int
	Time     time.Time // zero when the line can't be read
	Session  string
	Sequence uint64
}

// Search looks for a value in all that the ledger holds, damaged lines
// included: as it is, in upper or lower case, escaped as JSON or in URLs, and
// in base64 and hexadecimal.
func Search(dir, value string) ([]Hit, error) {
	if value == "" {
		return nil, errors.New("nothing to search for")
	}
	numbers, err := files(dir)
	if err != nil {
		return nil, err
	}
	n := needlesOf(value)
	var hits []Hit
	for _, number := range numbers {
		found, err := searchFile(dir, number, n)
		if err != nil {
			return hits, err
		}
		hits = append(hits, found...)
	}
	return hits, nil
}

func searchFile(dir string, number uint64, n needles) (hits []Hit, err error) {
	f, err := os.Open(fileName(dir, number))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // removed by the writer meanwhile
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	count, whole := 0, int64(0)
	look := func(text []byte) error {
		count++
		if n.in(text) {
			hits = append(hits, hitOf(number, count, text))
		}
		return nil
	}
	torn, err := lines(f, func(text []byte) error {
		whole += int64(len(text)) + 1
		return look(text)
	})
	if err != nil || torn == 0 {
		return hits, err
	}
	if _, err := f.Seek(whole, io.SeekStart); err != nil {
		return hits, err
	}
	rest, err := io.ReadAll(io.LimitReader(f, torn))
	if err != nil {
		return hits, fmt.Errorf("read the last line: %w", err)
	}
	return hits, look(rest)
}

func hitOf(file uint64, number int, text []byte) Hit {
	h := Hit{File: file, Line: number}
	var l struct {
		Entry struct {
			Time     time.Time
			Session  string
			Sequence uint64
		}
	}
	if json.Unmarshal(text, &l) == nil {
		h.Time, h.Session, h.Sequence = l.Entry.Time, l.Entry.Session, l.Entry.Sequence
	}
	return h
}

// needles are the forms that a value can have.
type needles struct {
	folded [][]byte // lower case; letters of any case match
	exact  [][]byte
}

func needlesOf(value string) needles {
	var n needles
	quoted, _ := json.Marshal(value)
	for _, form := range []string{value, strings.Trim(string(quoted), `"`), url.QueryEscape(value), url.PathEscape(value),
		hex.EncodeToString([]byte(value))} {
		n.folded = append(n.folded, bytes.ToLower([]byte(form)))
	}
	for shift := range 3 {
		for _, alphabet := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			// The characters that don't depend on what stands around the value.
			text := alphabet.EncodeToString(append(make([]byte, shift), value...))
			text = text[(shift*8+5)/6 : (shift+len(value))*8/6]
			if len(text) >= 4 {
				n.exact = append(n.exact, []byte(text))
			}
		}
	}
	return n
}

// in looks at the line and at each of its strings unescaped.
func (n needles) in(text []byte) bool {
	if n.inPlain(text) {
		return true
	}
	d := json.NewDecoder(bytes.NewReader(text))
	for {
		token, err := d.Token()
		if err != nil {
			return false
		}
		s, ok := token.(string)
		if !ok {
			continue
		}
		if n.inPlain([]byte(s)) {
			return true
		}
		if plain, err := url.PathUnescape(s); err == nil && n.inPlain([]byte(plain)) {
			return true
		}
	}
}

func (n needles) inPlain(text []byte) bool {
	lower := bytes.ToLower(text)
	for _, f := range n.folded {
		if bytes.Contains(lower, f) {
			return true
		}
	}
	for _, e := range n.exact {
		if bytes.Contains(text, e) {
			return true
		}
	}
	return false
}
