package ledger

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// recover finds the end of the chain and makes it whole.
func (l *Ledger) recover(rec *Recovery) error {
	a, before, err := readAnchor(l.dir)
	if err != nil {
		return err
	}
	numbers, err := files(l.dir)
	if err != nil {
		return err
	}
	for len(numbers) > 0 && numbers[0] < a.First { // the process died while it removed them
		if err := os.Remove(fileName(l.dir, numbers[0])); err != nil {
			return err
		}
		numbers = numbers[1:]
	}
	for i, n := range numbers {
		if n != a.First+uint64(i) {
			return fmt.Errorf("%w: file %d is missing", ErrDamaged, a.First+uint64(i))
		}
	}
	// The newest file is checked, as more is to follow it; the others are what
	// verify is for. A file that was just begun has no line yet.
	l.number, l.last = a.First, before
	if n := len(numbers); n > 0 {
		l.number = numbers[n-1]
		if n > 1 {
			if l.last, _, err = tail(fileName(l.dir, numbers[n-2])); err != nil {
				return err
			}
		}
		if err := l.readFile(l.number, rec); err != nil {
			return err
		}
	}
	if l.f, err = l.open(fileName(l.dir, l.number)); err != nil {
		return err
	}
	if rec.TornBytes > 0 {
		l.broken = errors.New("torn")
	}
	if err := errors.Join(l.mend(), syncDir(l.dir)); err != nil {
		return errors.Join(err, l.f.Close())
	}
	return nil
}

func (l *Ledger) readFile(n uint64, rec *Recovery) error {
	f, err := os.Open(fileName(l.dir, n))
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	l.size, l.entries = 0, 0
	torn, err := lines(f, func(text []byte) error {
		_, after, err := decode(l.last, text)
		if err != nil {
			return fmt.Errorf("%w: line %d of file %d %v", ErrDamaged, l.entries+1, n, err)
		}
		l.last = after
		l.size += int64(len(text)) + 1
		l.entries++
		return nil
	})
	rec.TornBytes = torn
	return err
}

// rotate begins a file and removes those beyond the bound.
func (l *Ledger) rotate() error {
	next, err := l.open(fileName(l.dir, l.number+1))
	if err != nil {
		return err
	}
	if err := syncDir(l.dir); err != nil {
		return errors.Join(err, next.Close())
	}
	err = l.f.Close()
	l.f, l.number, l.size, l.entries = next, l.number+1, 0, 0
	if err != nil {
		return err
	}
	return l.prune()
}

// prune writes the anchor before it removes, so that a ledger that is met
// halfway is known to lack only what it should.
func (l *Ledger) prune() error {
	numbers, err := files(l.dir)
	if err != nil {
		return err
	}
	for len(numbers) > l.o.Files {
		oldest := numbers[0]
		a, _, err := readAnchor(l.dir)
		if err != nil {
			return err
		}
		end, entries, err := tail(fileName(l.dir, oldest))
		if err != nil {
			return err
		}
		a = anchor{First: oldest + 1, Hash: hex.EncodeToString(end.Hash[:]), Digest: hex.EncodeToString(end.Digest[:]),
			Removed: a.Removed + entries}
		if err := writeAnchor(l.dir, a); err != nil {
			return err
		}
		if err := os.Remove(fileName(l.dir, oldest)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		numbers = numbers[1:]
	}
	return nil
}

// tail returns the position after the last line of a file that was closed, as
// that line says; whether it is true shows the line after it.
func tail(name string) (end position, entries uint64, err error) {
	f, err := os.Open(name)
	if err != nil {
		return end, 0, err
	}
	defer func() { _ = f.Close() }()
	var last []byte
	if _, err = lines(f, func(text []byte) error {
		last = append(last[:0], text...)
		entries++
		return nil
	}); err != nil {
		return end, 0, err
	}
	var l struct {
		Hash  string
		Entry struct{ Digest string }
	}
	if json.Unmarshal(last, &l) != nil || !unhex(l.Hash, &end.Hash) || !unhex(l.Entry.Digest, &end.Digest) {
		return end, 0, fmt.Errorf("%w: the last line of %s can't be read", ErrDamaged, filepath.Base(name))
	}
	return end, entries, nil
}
