package ledger

import (
	"strconv"
	"strings"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
	"github.com/weir-telemetry/weir/internal/fact"
)

// speller remembers what a session has named, to spell out the numbers of later
// envelopes. It is bounded as the session is.
type speller struct {
	session  uint64
	names    map[uint32]string
	entities map[uint64]string
}

// spell returns the names that env uses and other envelopes brought, and who
// the entities are that it speaks of.
func (s *speller) spell(env *uplinkv1.Envelope) (names, entities map[string]string) {
	if s.names == nil || s.session != env.Session {
		*s = speller{session: env.Session, names: map[uint32]string{}, entities: map[uint64]string{}}
	}
	brought := map[uint32]bool{}
	for _, n := range env.Names {
		if len(s.names) < fact.MaxNames {
			s.names[n.Id] = n.Value
		}
		brought[n.Id] = true
	}
	u := used{s: s, brought: brought, names: map[string]string{}, entities: map[string]string{}}
	for _, r := range env.Reports {
		u.report(r)
	}
	return u.names, u.entities
}

// used collects what one envelope refers to.
type used struct {
	s               *speller
	brought         map[uint32]bool
	names, entities map[string]string
}

func (u *used) name(ids ...uint32) {
	for _, id := range ids {
		if text, ok := u.s.names[id]; ok && !u.brought[id] {
			u.names[strconv.FormatUint(uint64(id), 10)] = text
		}
	}
}

func (u *used) entity(ids ...uint64) {
	for _, id := range ids {
		if text, ok := u.s.entities[id]; ok {
			u.entities[strconv.FormatUint(id, 10)] = text
		}
	}
}

func (u *used) report(r *uplinkv1.Report) {
	for _, e := range r.Entities {
		u.name(e.Name, e.Namespace, e.Image, e.Version, e.Zone)
		if _, known := u.s.entities[e.Id]; known || len(u.s.entities) < 2*fact.MaxEntities {
			u.s.entities[e.Id] = spelled(fact.Text(e.Type), u.s.names[e.Namespace], u.s.names[e.Name])
		}
		u.entity(e.Id)
	}
	for _, e := range r.Entities {
		u.entity(e.Owner, e.Node)
		switch e.Op {
		case uplinkv1.Op_OP_DELETE:
			delete(u.s.entities, e.Id)
		case uplinkv1.Op_OP_REFERENCE, uplinkv1.Op_OP_FLOW_REFERENCE: // comes after its deletion
			u.s.entities[e.Id] = spelled(fact.Text(e.Type), u.s.names[e.Namespace], u.s.names[e.Name])
		}
	}
	for _, e := range r.Edges {
		u.entity(e.Source, e.Destination)
	}
	for _, s := range r.Symptoms {
		u.entity(s.Entity, s.Peer)
		u.name(s.Custom)
	}
	for _, c := range r.Changes {
		u.entity(c.Entity)
		if c.Kind == uplinkv1.ChangeKind_CHANGE_KIND_ROLLOUT || c.Kind == uplinkv1.ChangeKind_CHANGE_KIND_IMAGE {
			u.name(c.From, c.To)
		}
	}
	for _, f := range r.Flows {
		u.entity(f.Source, f.Destination)
		u.name(f.Route, f.FieldPath)
	}
}

// spelled is "deployment shop/users".
func spelled(kind, namespace, name string) string {
	if namespace != "" {
		name = namespace + "/" + name
	}
	return strings.TrimSpace(kind + " " + name)
}
