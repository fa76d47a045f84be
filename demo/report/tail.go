package report

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"sort"

	"github.com/klauspost/compress/zstd"
)

// Tail reads what the file exporter appends to the files of a directory: each
// message a zstd frame with its length in four bytes before it. It follows
// files through rotation, by their identity and not by their name. It is not
// safe for concurrent use.
type Tail struct {
	pattern string
	seen    []*followed
	decoder *zstd.Decoder
}

type followed struct {
	info   os.FileInfo
	offset int64
}

// maxMessage bounds one message, compressed and not, in bytes.
const maxMessage = 64 << 20

// NewTail follows the files that match a pattern (path/filepath).
func NewTail(pattern string) (*Tail, error) {
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxMessage))
	if err != nil {
		return nil, fmt.Errorf("make a zstd decoder: %w", err)
	}
	return &Tail{pattern: pattern, decoder: d}, nil
}

// Close frees the decoder.
func (t *Tail) Close() { t.decoder.Close() }

// Next hands every whole message that came since the last call to use. The
// bytes are valid during the call.
func (t *Tail) Next(use func([]byte) error) error {
	paths, err := filepath.Glob(t.pattern)
	if err != nil {
		return fmt.Errorf("look for kept records: %w", err)
	}
	sort.Strings(paths)
	for _, p := range paths {
		if err := t.file(p, use); err != nil && !os.IsNotExist(err) {
			return fmt.Errorf("read %s: %w", filepath.Base(p), err)
		}
	}
	return nil
}

func (t *Tail) file(path string, use func([]byte) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	at := t.find(info)
	fresh := make([]byte, max(info.Size()-at.offset, 0))
	n, _ := f.ReadAt(fresh, at.offset) // fewer bytes come with the next call
	fresh = fresh[:n]
	for len(fresh) >= 4 {
		size := int(binary.BigEndian.Uint32(fresh))
		if size > maxMessage {
			return fmt.Errorf("message of %d bytes at offset %d", size, at.offset)
		}
		if len(fresh) < 4+size {
			return nil // not written to its end yet
		}
		message, err := t.decoder.DecodeAll(fresh[4:4+size], nil)
		if err != nil {
			return fmt.Errorf("decompress the message at offset %d: %w", at.offset, err)
		}
		if err := use(message); err != nil {
			return fmt.Errorf("message at offset %d: %w", at.offset, err)
		}
		fresh = fresh[4+size:]
		at.offset += int64(4 + size)
	}
	return nil
}

func (t *Tail) find(info os.FileInfo) *followed {
	for _, f := range t.seen {
		if os.SameFile(f.info, info) {
			return f
		}
	}
	f := &followed{info: info}
	t.seen = append(t.seen, f)
	return f
}
