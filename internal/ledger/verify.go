package ledger

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// Verdict is what Verify found.
type Verdict struct {
	Files     int
	Envelopes uint64
	Removed   uint64 // envelopes in files that were removed for their age
	First     time.Time
	Last      time.Time
	Digest    string // of the last envelope
	TornBytes int64  // behind the last line: being written, or left by a process that died
	Problem   string // empty when all is as it should be
}

// OK reports whether every line follows the one before.
func (v Verdict) OK() bool { return v.Problem == "" }

// Verify reads the whole ledger of a folder, which may be in use, and checks
// every hash and digest. The error is one of reading; what is wrong with the
// content is the verdict's Problem.
func Verify(dir string) (Verdict, error) {
	var v Verdict
	err := walk(dir, &v, func(e *Entry) error {
		if v.Envelopes++; v.Envelopes == 1 {
			v.First = e.Time
		}
		v.Last, v.Digest = e.Time, e.Digest
		return nil
	})
	var p *problem
	if errors.As(err, &p) {
		v.Problem = p.Error()
		return v, nil
	}
	return v, err
}

// problem is something wrong with the content.
type problem struct {
	file uint64
	line int
	what string
}

func (p *problem) Error() string {
	if p.line == 0 {
		return fmt.Sprintf("file %d %s", p.file, p.what)
	}
	return fmt.Sprintf("line %d of file %d %s", p.line, p.file, p.what)
}

// walk calls each for all entries, oldest first, checked.
func walk(dir string, v *Verdict, each func(*Entry) error) error {
	for attempt := 0; ; attempt++ {
		*v = Verdict{}
		err := walkOnce(dir, v, each)
		// A file can go while we read: the writer removes the oldest.
		if errors.Is(err, errMoved) && attempt < 3 {
			continue
		}
		return err
	}
}

var errMoved = errors.New("the oldest file was removed meanwhile")

func walkOnce(dir string, v *Verdict, each func(*Entry) error) error {
	a, at, err := readAnchor(dir)
	if err != nil {
		return err
	}
	numbers, err := files(dir)
	if err != nil {
		return err
	}
	for len(numbers) > 0 && numbers[0] < a.First {
		numbers = numbers[1:]
	}
	v.Removed = a.Removed
	for i, n := range numbers {
		if want := a.First + uint64(i); n != want {
			return &problem{file: want, what: "is missing"}
		}
		f, err := os.Open(fileName(dir, n))
		if errors.Is(err, fs.ErrNotExist) && i == 0 {
			return errMoved
		}
		if err != nil {
			return err
		}
		v.Files++
		count := 0
		torn, err := lines(f, func(text []byte) error {
			count++
			e, after, err := decode(at, text)
			if err != nil {
				return &problem{n, count, err.Error()}
			}
			at = after
			return each(e)
		})
		if err := errors.Join(err, f.Close()); err != nil {
			return err
		}
		if torn > 0 && i < len(numbers)-1 {
			return &problem{file: n, what: "ends within a line"}
		}
		v.TornBytes = torn
	}
	return nil
}
