package ledger

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
	"github.com/weir-telemetry/weir/internal/fact"
)

// Options of a ledger. Zeros mean the defaults.
type Options struct {
	FileBytes int64            // a new file is begun beyond this size; default 16 MiB
	Files     int              // that are kept, the newest included; default 16
	Now       func() time.Time // default time.Now
}

// Recovery is what Open had to mend.
type Recovery struct {
	// TornBytes of a line that was being written when the process died. Its
	// envelope was not sent.
	TornBytes int64
}

// ErrDamaged says that the end of the ledger can't be trusted. It is not
// mended, as that would destroy evidence: move the folder away to start anew.
var ErrDamaged = errors.New("the ledger is damaged")

// file is what a ledger needs of its newest file.
type file interface {
	io.WriteCloser
	Sync() error
	Truncate(size int64) error
}

// Ledger is open for appending. It is safe for concurrent use.
type Ledger struct {
	dir string
	o   Options

	mu      sync.Mutex
	lock    io.Closer
	f       file
	number  uint64
	size    int64
	entries uint64 // in the newest file
	last    position
	spell   speller
	broken  error // the file's end is not known; mended before the next append
	open    func(name string) (file, error)
}

// Open opens or creates the ledger of a folder.
func Open(dir string, o Options) (*Ledger, Recovery, error) {
	var rec Recovery
	if o.FileBytes <= 0 {
		o.FileBytes = 16 << 20
	}
	if o.Files <= 0 {
		o.Files = 16
	}
	o.Files = max(o.Files, 2)
	if o.Now == nil {
		o.Now = time.Now
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, rec, fmt.Errorf("create the ledger: %w", err)
	}
	lock, err := acquire(filepath.Join(dir, lockName))
	if err != nil {
		return nil, rec, fmt.Errorf("open the ledger: %w", err)
	}
	l := &Ledger{dir: dir, o: o, lock: lock, open: openAppend}
	if err := l.recover(&rec); err != nil {
		return nil, rec, errors.Join(fmt.Errorf("open the ledger: %w", err), lock.Close())
	}
	return l, rec, nil
}

func openAppend(name string) (file, error) {
	return os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
}

// Digest is that of the last envelope, which the next one must name as its
// previous; zeros in a new ledger.
func (l *Ledger) Digest() [32]byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last.Digest
}

// Append writes the envelope and returns when it is on disk. On an error, of a
// full disk for one (syscall.ENOSPC), nothing was added and the envelope must
// not be sent.
func (l *Ledger) Append(env *uplinkv1.Envelope) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.f == nil {
		return fmt.Errorf("write to the ledger: %w", os.ErrClosed)
	}
	if err := l.append(env); err != nil {
		return fmt.Errorf("write to the ledger: %w", err)
	}
	return nil
}

func (l *Ledger) append(env *uplinkv1.Envelope) error {
	previous, digest := fact.DigestBytes(env.Previous), fact.DigestBytes(env.Digest)
	switch {
	case previous != l.last.Digest:
		return errors.New("the envelope does not follow the last one")
	case fact.EnvelopeDigest(previous, env) != digest:
		return errors.New("the envelope does not match its digest")
	}
	if err := l.mend(); err != nil {
		return err
	}
	if l.size >= l.o.FileBytes {
		if err := l.rotate(); err != nil {
			return err
		}
	}
	e := &Entry{
		Time: l.o.Now().UTC().Truncate(time.Millisecond), Bytes: proto.Size(env),
		Session: fmt.Sprintf("%016x", env.Session), Sequence: env.Sequence,
		Previous: hex.EncodeToString(previous[:]), Digest: hex.EncodeToString(digest[:]), Envelope: env,
	}
	e.Names, e.Entities = l.spell.spell(env)
	text, hash, err := encode(l.last.Hash, e)
	if err != nil {
		return err
	}
	if _, err = l.f.Write(text); err == nil {
		err = l.f.Sync()
	}
	if err != nil {
		l.broken = err
		return errors.Join(err, l.mend())
	}
	l.size += int64(len(text))
	l.entries++
	l.last = position{hash, digest}
	return nil
}

// mend cuts off what a failed write left.
func (l *Ledger) mend() error {
	if l.broken == nil {
		return nil
	}
	if err := errors.Join(l.f.Truncate(l.size), l.f.Sync()); err != nil {
		return err
	}
	l.broken = nil
	return nil
}

// Close ends appending.
func (l *Ledger) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.f == nil {
		return nil
	}
	err := errors.Join(l.f.Close(), l.lock.Close())
	l.f = nil
	return err
}
