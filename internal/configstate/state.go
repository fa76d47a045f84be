// Package configstate holds, for the whole process, whether each configuration
// file is served as it stands on disk or as it was when last good. It holds no
// value of a configuration. Safe for concurrent use.
package configstate

import (
	"sync"
	"time"
)

// Codes of State.
const (
	Current    = "current"    // served as it stands on disk
	Invalid    = "invalid"    // the new text fails validation
	Unreadable = "unreadable" // the file can't be read
)

// State says what is served of a file, and since when.
type State struct {
	Code  string    `json:"state"`
	Since time.Time `json:"since"`
	// Reason is how the validation of an invalid text ended, such as "exit
	// status 1", never what it printed.
	Reason string `json:"reason,omitempty"`
}

// LastGood reports whether the file is served as it was when last good.
func (s State) LastGood() bool { return s.Code != Current }

var (
	mu     sync.Mutex
	states = map[string]State{}
	held   = map[string]int{}
)

// Hold says that the running configuration is made of the file, until as many
// calls of Release. Only held files are in a Snapshot.
func Hold(file string) {
	mu.Lock()
	defer mu.Unlock()
	held[file]++
}

// Release undoes one Hold. The state is kept for the next.
func Release(file string) {
	mu.Lock()
	defer mu.Unlock()
	if held[file]--; held[file] <= 0 {
		delete(held, file)
	}
}

// Set records the code of a file and reports whether it changed.
func Set(file, code string) bool { return SetReason(file, code, "") }

// SetReason is Set with a reason, which must hold nothing of the file.
func SetReason(file, code, reason string) bool {
	mu.Lock()
	defer mu.Unlock()
	old := states[file]
	since, changed := old.Since, old.Code != code
	if changed {
		since = time.Now()
	}
	states[file] = State{code, since, reason}
	return changed
}

// Snapshot returns a copy of the states of the files held.
func Snapshot() map[string]State {
	mu.Lock()
	defer mu.Unlock()
	out := make(map[string]State, len(held))
	for file := range held {
		if s, ok := states[file]; ok {
			out[file] = s
		}
	}
	return out
}
