package store

import (
	"errors"
	"fmt"
)

// Errors that callers tell apart.
var (
	ErrNotFound = errors.New("not found")
	ErrConflict = errors.New("there is one of that name already")
	ErrLast     = errors.New("the last administrator must stay")
	// ErrRevoked says that the key under which facts were sent is no longer good.
	ErrRevoked = errors.New("the API key was revoked")
)

// Reasons for which a report is refused.
const (
	RefusedConflict = "conflict" // its key was used by other content before
	RefusedInvalid  = "invalid"  // a value that no agent sends
)

// RefusedError tells that reports of a batch were refused for good. The others
// were stored.
type RefusedError struct{ Reasons map[string]int }

// Error names reasons and numbers, no content.
func (e *RefusedError) Error() string {
	return fmt.Sprintf("reports refused: %d whose agent, epoch and sequence came before with other content, %d invalid",
		e.Reasons[RefusedConflict], e.Reasons[RefusedInvalid])
}

// IsPermanent reports whether the same batch will fail again.
func IsPermanent(err error) bool {
	var refused *RefusedError
	return errors.As(err, &refused) || errors.Is(err, ErrNotFound) || errors.Is(err, ErrRevoked) || refusesValue(err)
}

// IsDiskFull reports whether the database has no space left.
func IsDiskFull(err error) bool { return diskFull(err) }
