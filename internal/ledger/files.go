package ledger

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

const (
	prefix     = "ledger-"
	suffix     = ".jsonl"
	anchorName = "anchor.json"
	lockName   = "lock"

	// maxLine is above what an envelope of the largest size can become as JSON.
	maxLine = 256 << 20
)

// anchor says where the chain goes on after files were removed.
type anchor struct {
	First   uint64 `json:"first"`   // number of the oldest file that is left
	Hash    string `json:"hash"`    // of the last line before it
	Digest  string `json:"digest"`  // of the last envelope before it
	Removed uint64 `json:"removed"` // envelopes in the files that are gone
}

func fileName(dir string, n uint64) string {
	return filepath.Join(dir, fmt.Sprintf("%s%010d%s", prefix, n, suffix))
}

// files lists the numbers of the ledger's files, oldest first.
func files(dir string) ([]uint64, error) {
	list, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var numbers []uint64
	for _, f := range list {
		rest, ours := strings.CutPrefix(f.Name(), prefix)
		digits, whole := strings.CutSuffix(rest, suffix)
		if !ours || !whole || f.IsDir() {
			continue
		}
		if n, err := strconv.ParseUint(digits, 10, 64); err == nil && n > 0 {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	return numbers, nil
}

// readAnchor returns the zero anchor, which stands before the first file, when
// nothing was removed yet.
func readAnchor(dir string) (anchor, position, error) {
	a := anchor{First: 1}
	b, err := os.ReadFile(filepath.Join(dir, anchorName))
	if errors.Is(err, fs.ErrNotExist) {
		return a, position{}, nil
	}
	if err != nil {
		return a, position{}, err
	}
	var p position
	if json.Unmarshal(b, &a) != nil || !unhex(a.Hash, &p.Hash) || !unhex(a.Digest, &p.Digest) || a.First == 0 {
		return a, p, fmt.Errorf("%s can't be read", anchorName)
	}
	return a, p, nil
}

func unhex(s string, to *[32]byte) bool {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != len(to) {
		return false
	}
	*to = [32]byte(b)
	return true
}

// writeAnchor replaces the anchor in one step.
func writeAnchor(dir string, a anchor) error {
	b, err := json.Marshal(a)
	if err != nil {
		return err
	}
	temporary := filepath.Join(dir, anchorName+".new")
	f, err := os.OpenFile(temporary, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(b, '\n'))
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(temporary, filepath.Join(dir, anchorName))
	}
	if err != nil {
		return errors.Join(err, os.Remove(temporary))
	}
	return syncDir(dir)
}

// syncDir makes names of files durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// lines calls each for every whole line, without its newline, and returns the
// number of bytes behind the last one. The line is valid during the call.
func lines(in io.Reader, each func(text []byte) error) (torn int64, err error) {
	r := bufio.NewReaderSize(in, 1<<16)
	var text []byte
	for {
		part, err := r.ReadSlice('\n')
		text = append(text, part...)
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			if len(text) > maxLine {
				return 0, errors.New("a line is too long")
			}
			continue
		case errors.Is(err, io.EOF):
			return int64(len(text)), nil
		case err != nil:
			return 0, err
		}
		if err := each(text[:len(text)-1]); err != nil {
			return 0, err
		}
		text = text[:0]
	}
}
