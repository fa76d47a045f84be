package directory

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/netip"
	"os"
	"sync/atomic"
	"time"

	"github.com/weir-telemetry/weir/internal/entity"
)

// maxFile bounds the directory file, in bytes: a million entries fit.
const maxFile = 128 << 20

// File is a Resolver that follows a file. Lookups take no lock and do not
// allocate; they see the last good content.
type File struct {
	path string
	now  atomic.Pointer[Snapshot]
	text []byte // content seen last, good or not
}

// Open reads the file; it errs when that is not possible or not valid.
func Open(path string) (*File, error) {
	f := &File{path: path}
	_, err := f.Reload()
	if err != nil {
		return nil, err
	}
	return f, nil
}

// Reload reads the file again and reports whether its content is other than
// before. On an error the last good content stays; the same broken content is
// reported once. It must not be called concurrently.
func (f *File) Reload() (changed bool, err error) {
	text, err := readBounded(f.path)
	if err != nil {
		return false, err
	}
	if f.text != nil && bytes.Equal(text, f.text) {
		return false, nil
	}
	f.text = append(make([]byte, 0, len(text)+1), text...)
	s, err := Parse(f.path, text)
	if err != nil {
		return false, err
	}
	f.now.Store(s)
	return true, nil
}

func readBounded(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open directory file: %w", err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read directory file: %w", err)
	}
	if len(text) > maxFile {
		return nil, fmt.Errorf("read %s: larger than %d bytes", path, maxFile)
	}
	return text, nil
}

// Follow reloads the file every interval until ctx ends and tells of every
// change and, once in a row, of every failure. Reading by time works where
// notifications don't: ConfigMaps, network file systems.
func (f *File) Follow(ctx context.Context, interval time.Duration, told func(entries int, err error)) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	last := ""
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		changed, err := f.Reload()
		switch {
		case err != nil && err.Error() != last:
			last = err.Error()
			told(f.Len(), err)
		case changed:
			last = ""
			told(f.Len(), nil)
		}
	}
}

// Len is the number of entries served.
func (f *File) Len() int { return f.now.Load().Len() }

// Resolve implements Resolver.
func (f *File) Resolve(addr netip.AddrPort, at time.Time) (entity.Workload, bool) {
	return f.now.Load().Resolve(addr, at)
}

// Known implements Resolver.
func (f *File) Known(addr netip.Addr) bool { return f.now.Load().Known(addr) }
