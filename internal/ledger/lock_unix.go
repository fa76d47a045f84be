//go:build unix

package ledger

import (
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// acquire takes the lock of the folder, which ends with the process.
func acquire(name string) (io.Closer, error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return nil, errors.Join(errors.New("another process writes it"), err, f.Close())
	}
	return f, nil
}
