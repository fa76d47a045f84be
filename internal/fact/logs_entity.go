package fact

import (
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
)

// The log events by which contrib's receivers tell of entities.
const (
	contribEvent      = "otel.entity.event.type"
	contribState      = "entity_state"
	contribDelete     = "entity_delete"
	contribType       = "otel.entity.type"
	contribID         = "otel.entity.id"
	contribAttributes = "otel.entity.attributes"
	contribInterval   = "otel.entity.interval" // int, milliseconds
)

func readEntity(a *reader) Entity {
	e := Entity{Ref: a.entityRef(attrEntityType, attrEntityID), ReportInterval: a.millis(attrEntityInterval)}
	a.describe(&e, attrEntityDesc)
	if v, ok := a.get(attrEntityRelated, pcommon.ValueTypeSlice); ok {
		a.relate(&e, v.Slice())
	}
	a.must(e.Type != 0 && (e.Name != "" || e.ID != 0))
	return e
}

// readContribEntity reads the same from contrib's shape; not ok when the
// record is none of that shape.
func readContribEntity(a *reader) (Entity, bool) {
	var op Op
	switch a.text(contribEvent) {
	case contribState:
		op = uplinkv1.Op_OP_STATE
	case contribDelete:
		op = uplinkv1.Op_OP_DELETE
	default:
		return Entity{}, false
	}
	e := Entity{Ref: a.entityRef(contribType, contribID), Op: op, ReportInterval: a.millis(contribInterval)}
	a.describe(&e, contribAttributes)
	a.must(e.Type != 0 && (e.Name != "" || e.ID != 0))
	return e, true
}

func (a *reader) millis(key string) time.Duration {
	return time.Duration(a.count(key, maxMillis)) * time.Millisecond
}

// sub reads the map below key; its attributes are a closed set too.
func (a *reader) sub(key string, read func(*reader)) {
	v, ok := a.get(key, pcommon.ValueTypeMap)
	if !ok {
		return
	}
	s := reader{m: v.Map()}
	read(&s)
	if reason := s.finish(); reason != "" {
		a.fail(reason)
	}
}

func (a *reader) entityRef(typeKey, idKey string) Ref {
	r := Ref{Type: enum[EntityType](a, typeKey)}
	a.sub(idKey, func(s *reader) {
		r.Namespace, r.Name, r.UID = s.text("namespace"), s.text("name"), s.text("uid")
		r.ID = s.optionalID("id")
	})
	return r
}

func (a *reader) describe(e *Entity, key string) {
	a.sub(key, func(s *reader) {
		e.Image, e.Version, e.Zone = s.text("image"), s.text("version"), s.text("zone")
		e.Desired = uint32(s.count("desired", 1<<32-1))
		e.Ready = uint32(s.count("ready", 1<<32-1))
	})
}

func (a *reader) relate(e *Entity, list pcommon.Slice) {
	for _, v := range list.All() {
		if v.Type() != pcommon.ValueTypeMap {
			a.fail(ReasonType)
			return
		}
		s := reader{m: v.Map()}
		kind := s.text("type")
		ref := s.entityRef(attrEntityType, attrEntityID)
		var to *Ref
		switch kind {
		case "owner":
			to = &e.Owner
		case "node":
			to = &e.Node
		default:
			s.fail(ReasonValue)
		}
		if reason := s.finish(); reason != "" {
			a.fail(reason)
			return
		}
		if !to.IsZero() || ref.IsZero() {
			a.fail(ReasonDuplicate)
			return
		}
		*to = ref
	}
}
