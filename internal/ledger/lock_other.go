//go:build !unix

package ledger

import (
	"io"
	"os"
)

// acquire opens the file without a lock: where there is no flock, running one
// process a ledger is the administrator's duty.
func acquire(name string) (io.Closer, error) {
	return os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
}
