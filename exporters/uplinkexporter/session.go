package uplinkexporter

import (
	"context"
	"errors"
	"sync"

	"google.golang.org/grpc"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
	"github.com/weir-telemetry/weir/internal/fact"
)

// session is one stream to the receiver, with its own sequence and dictionary.
//
// One goroutine at a time encodes and sends, the one that holds the link's
// turn; any number may wait for their acknowledgements.
type session struct {
	id      uint64
	key     string // the API key that it was opened with
	stream  grpc.BidiStreamingClient[uplinkv1.Envelope, uplinkv1.Ack]
	cancel  context.CancelFunc
	size    *int          // of the last message on the wire, of whoever holds the turn
	encoder *fact.Encoder // likewise

	mu      sync.Mutex
	waiting []waiter // by sequence
	last    uint64   // sequence that was sent last
	retired bool     // no more is sent; it ends when nobody waits any longer
	ended   bool
	cause   error // why this side ended it
}

// waiter is an envelope that is not acknowledged yet.
type waiter struct {
	sequence uint64
	result   chan error // has room for one
}

// expect notes the next envelope, before it is sent.
func (s *session) expect(sequence uint64) (result <-chan error) {
	w := waiter{sequence, make(chan error, 1)}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = sequence
	if s.ended {
		w.result <- errBehind
		return w.result
	}
	s.waiting = append(s.waiting, w)
	return w.result
}

// listen reads acknowledgements until the stream ends, then tells those who
// still wait. The first of them is the one that the receiver was at.
func (s *session) listen(onAck func(*uplinkv1.Ack), onEnd func(error)) {
	for {
		ack, err := s.stream.Recv()
		switch {
		case err != nil:
			why := s.why(err)
			onEnd(why)
			s.fail(why)
			return
		case !s.possible(ack):
			s.end(errBadAck) // Recv fails now
		default:
			onAck(ack) // before anybody goes on
			s.acknowledge(ack.GetSequence())
		}
	}
}

// possible is false when that was never sent, or when something is said that no
// acknowledgement can say.
func (s *session) possible(ack *uplinkv1.Ack) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return ack.GetSequence() <= s.last && len(ack.ProtoReflect().GetUnknown()) == 0
}

// acknowledge frees all up to a sequence.
func (s *session) acknowledge(sequence uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.waiting) > 0 && s.waiting[0].sequence <= sequence {
		s.waiting[0].result <- nil
		s.waiting = s.waiting[1:]
	}
	s.leave()
}

// why is the reason for which the stream ended with an error.
func (s *session) why(err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cause != nil {
		return s.cause
	}
	return asSessionError(err)
}

// fail ends the session and tells those who wait.
func (s *session) fail(why error) {
	s.cancel()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
	for i, w := range s.waiting {
		if i == 0 {
			w.result <- why
		} else {
			w.result <- errBehind
		}
	}
	s.waiting = nil
}

// end gives the session up from this side.
func (s *session) end(cause error) {
	s.mu.Lock()
	if s.cause == nil && !s.ended {
		s.cause = cause
	}
	s.mu.Unlock()
	s.cancel()
}

// retire lets those who wait finish and ends the session then.
func (s *session) retire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.retired = true
	s.leave()
}

// leave ends a retired session that nobody waits for. Call it with mu held.
func (s *session) leave() {
	if !s.retired || len(s.waiting) > 0 {
		return
	}
	if s.cause == nil {
		s.cause = errRetired
	}
	s.cancel()
}

// usable reports whether another envelope may be sent.
func (s *session) usable() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.ended && !s.retired && s.cause == nil
}

// errRetired is no failure: the session made room for the next.
var errRetired = errors.New("uplink: the session was replaced")
