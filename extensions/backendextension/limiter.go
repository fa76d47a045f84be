package backendextension

import (
	"hash/maphash"
	"net/netip"
	"sync"
	"time"
)

// Failed logins: a user name may fail userBurst times and then once in
// userEvery, an address addressBurst times and then once in addressEvery.
const (
	userBurst, userEvery       = 10, 30 * time.Second
	addressBurst, addressEvery = 20, 10 * time.Second

	// Users and addresses share so many cells by a keyed hash. The memory is
	// bounded whatever an attacker sends; two that meet in a cell are limited
	// as one, which can't be brought about without the key.
	limiterCells = 4096
)

// limiter slows down guessing. Safe for concurrent use.
type limiter struct {
	seed maphash.Seed
	mu   sync.Mutex
	// debt is until when each cell is paid for: a token bucket by time.
	users, addresses [limiterCells]time.Time
}

func newLimiter() *limiter { return &limiter{seed: maphash.MakeSeed()} }

// take counts an attempt, or says how long to wait. An attempt that succeeds
// is given back.
func (l *limiter) take(user, address string, now time.Time) (wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	u, a := l.cells(user, address)
	wait = max(over(*u, now, userBurst, userEvery), over(*a, now, addressBurst, addressEvery))
	if wait <= 0 {
		*u, *a = later(*u, now).Add(userEvery), later(*a, now).Add(addressEvery)
	}
	return max(wait, 0)
}

func (l *limiter) giveBack(user, address string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	u, a := l.cells(user, address)
	*u, *a = u.Add(-userEvery), a.Add(-addressEvery)
}

func (l *limiter) cells(user, address string) (u, a *time.Time) {
	return &l.users[maphash.String(l.seed, user)%limiterCells], &l.addresses[maphash.String(l.seed, network(address))%limiterCells]
}

// over is how much longer than the burst allows a cell is in debt.
func over(paid, now time.Time, burst int, every time.Duration) time.Duration {
	return max(paid.Sub(now), 0) - time.Duration(burst-1)*every
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// network is what one party holds: an IPv4 address, or an IPv6 network of /64.
func network(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	if a = a.Unmap(); a.Is6() {
		if p, err := a.WithZone("").Prefix(64); err == nil {
			return p.String()
		}
	}
	return a.String()
}
