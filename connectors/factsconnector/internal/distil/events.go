package distil

import (
	"math"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
	"github.com/weir-telemetry/weir/internal/fact"
)

// event is an entity event in either of its shapes.
type event struct {
	deleted         bool
	kind            string
	id, description pcommon.Map
	relationships   pcommon.Slice
	interval        time.Duration
}

// readEvent reads the specification's shape or contrib's. ok is false for a
// record that is no entity event, good for one that is not well-formed.
func readEvent(rec plog.LogRecord) (e event, ok, good bool) {
	m := rec.Attributes()
	prefix, about, interval := "entity.", "entity.description", "entity.report.interval"
	switch contrib := text(m, "otel.entity.event.type"); {
	case rec.EventName() == fact.EventEntity:
	case rec.EventName() == fact.EventEntityDelete:
		e.deleted = true
	case contrib == "entity_state" || contrib == "entity_delete":
		e.deleted = contrib == "entity_delete"
		prefix, about, interval = "otel.entity.", "otel.entity.attributes", "otel.entity.interval"
	default:
		return e, false, false
	}
	e.kind = strings.TrimPrefix(text(m, prefix+"type"), "k8s.")
	if ms, ok := integer(m, interval); ok && ms > 0 && ms <= maxWindow.Milliseconds() {
		e.interval = time.Duration(ms) * time.Millisecond
	}
	e.id, good = table(m, prefix+"id")
	e.description, _ = table(m, about)
	e.relationships = pcommon.NewSlice()
	if v, ok := m.Get(prefix + "relationships"); ok && v.Type() == pcommon.ValueTypeSlice {
		e.relationships = v.Slice()
	}
	return e, true, good
}

// table returns a map that is an attribute, an empty one when there is none.
func table(m pcommon.Map, key string) (pcommon.Map, bool) {
	if v, ok := m.Get(key); ok && v.Type() == pcommon.ValueTypeMap {
		return v.Map(), true
	}
	return pcommon.NewMap(), false
}

// entityEvent takes in an entity event; other records are none of ours.
func (d *Distiller) entityEvent(rec plog.LogRecord, now time.Time) {
	ev, ok, good := readEvent(rec)
	if !ok {
		return
	}
	r := refIn(ev.kind, ev.id, ev.description)
	if !good || r.IsZero() {
		d.counts.Ignored[EntityEvent][Malformed]++
		return
	}
	if ev.deleted {
		if !d.entities.delete(r) {
			omit(&d.coverage.facts, r)
			d.counts.Ignored[EntityEvent][Limited]++
			return
		}
		d.counts.Accepted[EntityEvent]++
		return
	}
	e := d.entities.get(r, false, now)
	if e == nil {
		omit(&d.coverage.facts, r)
		d.counts.Ignored[EntityEvent][Limited]++
		return
	}
	d.counts.Accepted[EntityEvent]++
	e.learn(ev)
	d.note(key(e.Owner), now, nil) // what is pointed at must have a name
	d.note(key(e.Node), now, nil)
}

// learn takes over what the event says.
func (e *knownEntity) learn(ev event) {
	m := ev.description
	if ev.interval > 0 && e.ReportInterval != ev.interval {
		e.ReportInterval, e.changed = ev.interval, true
	}
	e.set(&e.Image, either(m, "image", image(m)))
	e.set(&e.Version, either(m, "version", text(m, keyServiceVersion)))
	e.set(&e.Zone, either(m, "zone", text(m, keyZone)))
	if n, ok := integer(m, "desired"); ok && n >= 0 && n <= math.MaxUint32 {
		e.setNumber(&e.Desired, uint32(n))
	}
	if n, ok := integer(m, "ready"); ok && n >= 0 && n <= math.MaxUint32 {
		e.setNumber(&e.Ready, uint32(n))
	}
	if e.Type == uplinkv1.EntityType_ENTITY_TYPE_POD {
		e.point(&e.Owner, workload(m))
		e.point(&e.Node, named(uplinkv1.EntityType_ENTITY_TYPE_NODE, m, keyNode))
	}
	for _, v := range ev.relationships.All() {
		e.relate(v)
	}
}

// relate takes over an owner or a node.
func (e *knownEntity) relate(v pcommon.Value) {
	if v.Type() != pcommon.ValueTypeMap {
		return
	}
	id, _ := table(v.Map(), "entity.id")
	r := refIn(strings.TrimPrefix(text(v.Map(), "entity.type"), "k8s."), id, pcommon.NewMap())
	switch text(v.Map(), "type") {
	case "owner":
		e.point(&e.Owner, r)
	case "node":
		e.point(&e.Node, r)
	}
}

func either(m pcommon.Map, key, otherwise string) string {
	if v := text(m, key); v != "" {
		return v
	}
	return otherwise
}

// refIn finds the name of an entity: under name and namespace, as Weir's own
// events have it, or as the semantic conventions name the attributes of its
// type, of which identity has the uid and description the name.
func refIn(kind string, id, description pcommon.Map) fact.Ref {
	r := fact.Ref{Type: typeOf(kind)}
	if r.Type == 0 {
		return fact.Ref{}
	}
	find := func(keys ...string) string {
		for _, k := range keys {
			if v := either(id, k, text(description, k)); v != "" {
				return v
			}
		}
		return ""
	}
	r.Name = find("name", "k8s."+fold(kind)+".name", fold(kind)+".name")
	if r.Name == "" {
		return fact.Ref{}
	}
	switch r.Type {
	case uplinkv1.EntityType_ENTITY_TYPE_CLUSTER, uplinkv1.EntityType_ENTITY_TYPE_NODE, uplinkv1.EntityType_ENTITY_TYPE_NAMESPACE:
	case uplinkv1.EntityType_ENTITY_TYPE_SERVICE:
		r.Namespace = find("namespace", keyNamespace, keyServiceNamespace)
	default:
		r.Namespace = find("namespace", keyNamespace)
	}
	return r
}
