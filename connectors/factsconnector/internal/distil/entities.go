package distil

import (
	"slices"
	"time"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
	"github.com/weir-telemetry/weir/internal/fact"
)

// knownEntity is what is known of one, and whether that was told.
type knownEntity struct {
	fact.Entity
	changed bool // since it was last told
	seen    time.Time
}

// entityTable knows the entities that were seen. Only changes are told, and
// all of them in a snapshot.
type entityTable struct {
	max      int
	interval time.Duration // in which an entity is told of again
	known    map[fact.Ref]*knownEntity
	deleted  map[fact.Ref]fact.Entity // told to be gone in the present window
}

func newEntityTable(limit int, interval time.Duration) entityTable {
	return entityTable{max: limit, interval: interval, known: map[fact.Ref]*knownEntity{}, deleted: map[fact.Ref]fact.Entity{}}
}

// get returns the entity of r, nil when it is new and there is no room. One
// that must be there finds room always; its caller has a bound of its own.
func (t *entityTable) get(r fact.Ref, must bool, now time.Time) *knownEntity {
	r = key(r)
	e := t.known[r]
	if e == nil {
		if len(t.known) >= t.max && !must {
			return nil
		}
		r = keepRef(r)
		e = &knownEntity{Entity: fact.Entity{Ref: r, Op: uplinkv1.Op_OP_STATE, ReportInterval: t.interval}, changed: true}
		t.known[r] = e
		delete(t.deleted, r)
	}
	e.seen = now
	return e
}

func (t *entityTable) must(r fact.Ref, now time.Time) { t.get(r, true, now) }

// ends notes both ends of an edge, false when there is no room for one.
func (t *entityTable) ends(source, destination fact.Ref, now time.Time) bool {
	a := t.get(source, source == unknown, now)
	b := t.get(destination, destination == unknown, now)
	return a != nil && b != nil
}

// set changes a field to what was learned; what is not said doesn't count.
func (e *knownEntity) set(field *string, v string) {
	if v != "" && *field != v {
		*field, e.changed = keep(v), true
	}
}

func (e *knownEntity) setNumber(field *uint32, v uint32) {
	if *field != v {
		*field, e.changed = v, true
	}
}

func (e *knownEntity) point(field *fact.Ref, r fact.Ref) {
	if !r.IsZero() && key(*field) != key(r) {
		*field, e.changed = keepRef(r), true
	}
}

// delete notes that the entity is gone; it is told once.
func (t *entityTable) delete(r fact.Ref) bool {
	r = key(r)
	if _, ok := t.deleted[r]; !ok && len(t.deleted) >= t.max {
		return false
	}
	delete(t.known, r)
	r = keepRef(r)
	t.deleted[r] = fact.Entity{Ref: r, Op: uplinkv1.Op_OP_DELETE}
	return true
}

// close tells the window's entities in a fixed order. What was not seen for an
// interval is forgotten, what was not seen since opened when there is no room.
// That it is gone is nothing that silence proves, so nothing is said.
func (t *entityTable) close(opened, now time.Time, snapshot bool) []fact.Entity {
	full := len(t.known) >= t.max
	var out []fact.Entity
	for _, e := range t.deleted {
		out = append(out, e)
	}
	clear(t.deleted)
	for r, e := range t.known {
		expired := now.Sub(e.seen) > max(t.interval, e.ReportInterval)
		if e.changed || (snapshot && !expired) {
			out = append(out, e.Entity)
			e.changed = false
		}
		if expired || (full && e.seen.Before(opened)) {
			delete(t.known, r)
		}
	}
	slices.SortFunc(out, func(a, b fact.Entity) int { return lessRef(a.Ref, b.Ref) })
	return out
}
