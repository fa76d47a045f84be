package backendextension

import (
	"sync"
	"time"
)

// A page that updates by itself asks again and again: within lookEvery that is
// one look, and logged once.
const (
	lookEvery = 5 * time.Minute
	maxLooks  = 4096
)

// looks remembers who looked where lately. The zero value is ready.
type looks struct {
	mu   sync.Mutex
	last map[[4]string]time.Time
}

// fresh reports whether a look is to be logged.
func (l *looks) fresh(user, address, page, project string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	k := [4]string{user, address, page, project}
	if t, ok := l.last[k]; ok && now.Sub(t) < lookEvery {
		return false
	}
	if len(l.last) >= maxLooks || l.last == nil {
		l.last = map[[4]string]time.Time{} // some looks are logged twice then
	}
	l.last[k] = now
	return true
}
