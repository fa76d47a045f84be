package uplinkreceiver

import "sync"

// rememberedSessions is how many past sessions are known again: a session that
// comes a second time is a recording.
const rememberedSessions = 1 << 16

// sessions bounds how many are open and knows past ones. Safe for concurrent
// use.
type sessions struct {
	mu     sync.Mutex
	max    int
	open   int
	closed bool

	seen map[sessionKey]struct{}
	ring []sessionKey // the oldest is overwritten
	next int
}

type sessionKey struct{ sender, session uint64 }

func newSessions(limit int) *sessions {
	return &sessions{max: limit, seen: make(map[sessionKey]struct{})}
}

// enter takes a place; without one it says why. Give it back by leave.
func (s *sessions) enter() (refusal string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return reasonStopping
	case s.open >= s.max:
		return reasonTooManySessions
	}
	s.open++
	return ""
}

func (s *sessions) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open--
}

// close lets no further session in.
func (s *sessions) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
}

// first reports whether the session was not seen before, and remembers it.
func (s *sessions) first(k sessionKey) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.seen[k]; known {
		return false
	}
	s.seen[k] = struct{}{}
	if len(s.ring) < rememberedSessions {
		s.ring = append(s.ring, k)
		return true
	}
	delete(s.seen, s.ring[s.next])
	s.ring[s.next] = k
	s.next = (s.next + 1) % rememberedSessions
	return true
}
