package fact

import (
	"time"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
)

// Sides decides which end of an edge is believed, so that an edge seen from
// both is counted once: the server side owns it, the client side fills in where
// no server side reports. It is not safe for concurrent use.
type Sides struct {
	identity *Identity
	most     int
	hold     time.Duration

	// Two generations: what was not seen during one is forgotten with the next.
	young, old map[sideKey]struct{}
	turned     time.Time
}

type sideKey struct {
	source, destination uint64
	protocol            Protocol
	port                uint16
}

// The defaults of NewSides.
const (
	DefaultSidesMost = 200_000
	DefaultSidesHold = 7 * time.Hour // edges are told again within six
)

// NewSides remembers up to most edges with a server side, each for at least
// hold after its last report, at most twice as long. Zeros mean the defaults.
func NewSides(identity *Identity, most int, hold time.Duration) *Sides {
	if most <= 0 {
		most = DefaultSidesMost
	}
	if hold <= 0 {
		hold = DefaultSidesHold
	}
	return &Sides{identity: identity, most: most, hold: hold, young: map[sideKey]struct{}{}}
}

// Filter learns from the reports which edges have a server side, then takes the
// client side's rows of these edges out of them. It returns how many.
func (s *Sides) Filter(now time.Time, reports ...*Report) (dropped int) {
	s.turn(now)
	for _, r := range reports {
		for i := range r.Edges {
			if e := &r.Edges[i]; e.Side == uplinkv1.Side_SIDE_SERVER {
				s.learn(e)
			}
		}
	}
	for _, r := range reports {
		kept := r.Edges[:0:0]
		for i := range r.Edges {
			if e := &r.Edges[i]; e.Side == uplinkv1.Side_SIDE_CLIENT && s.owned(s.key(e)) {
				dropped++
				continue
			}
			kept = append(kept, r.Edges[i])
		}
		r.Edges = kept
	}
	return dropped
}

func (s *Sides) turn(now time.Time) {
	switch {
	case s.turned.IsZero():
		s.turned = now
	case now.Sub(s.turned) >= 2*s.hold:
		s.young, s.old, s.turned = map[sideKey]struct{}{}, nil, now
	case now.Sub(s.turned) >= s.hold:
		s.young, s.old, s.turned = map[sideKey]struct{}{}, s.young, now
	}
}

func (s *Sides) learn(e *Edge) {
	k := s.key(e)
	if e.Op == uplinkv1.Op_OP_DELETE {
		delete(s.young, k)
		delete(s.old, k)
		return
	}
	if len(s.young) >= s.most/2 {
		if _, ok := s.young[k]; !ok { // full: the older half is given up
			s.young, s.old = map[sideKey]struct{}{}, s.young
		}
	}
	s.young[k] = struct{}{}
}

func (s *Sides) owned(k sideKey) bool {
	if _, ok := s.young[k]; ok {
		return true
	}
	_, ok := s.old[k]
	return ok
}

func (s *Sides) key(e *Edge) sideKey {
	return sideKey{s.identity.Of(e.Source), s.identity.Of(e.Destination), e.Protocol, e.Port}
}
