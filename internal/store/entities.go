package store

import (
	"time"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
	"github.com/weir-telemetry/weir/internal/fact"
)

// entityFacts stores what a report says of entities. Those that others point
// at come first: a row must be there before one that refers to it.
func (b *batch) entityFacts(r *fact.Report, end int64) error {
	for _, e := range r.Entities {
		for _, other := range []fact.Ref{e.Ref, e.Owner, e.Node} {
			if err := b.ref(other, end); err != nil {
				return err
			}
		}
		if e.Op == uplinkv1.Op_OP_DELETE {
			if err := b.exec("UPDATE entities SET deleted = ? WHERE project_id = ? AND id = ? AND deleted IS NULL AND last_seen <= ?",
				end, b.project, signed(refID(e.Ref)), end); err != nil {
				return err
			}
			continue
		}
		// A report that comes late doesn't take the place of a newer one.
		if err := b.exec(`UPDATE entities SET image = ?, version = ?, zone = ?, owner_id = ?, node_id = ?, desired = ?, ready = ?,
				report_interval = ?, deleted = CASE WHEN deleted <= ? THEN NULL ELSE deleted END
			WHERE project_id = ? AND id = ? AND last_seen <= ?`,
			e.Image, e.Version, e.Zone, idOrNull(e.Owner), idOrNull(e.Node), e.Desired, e.Ready,
			int64(e.ReportInterval/time.Second), end, b.project, signed(refID(e.Ref)), end); err != nil {
			return err
		}
	}
	return nil
}

// ref makes sure that an entity which a fact names has a row, and notes when it
// was last spoken of.
func (b *batch) ref(r fact.Ref, end int64) error {
	id := refID(r)
	if r.IsZero() {
		return nil
	}
	if when, ok := b.entities[id]; ok && when >= end {
		return nil
	}
	b.entities[id] = end
	return b.exec(`INSERT INTO entities (project_id, id, type, namespace, name, first_seen, last_seen) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (project_id, id) DO UPDATE SET
			type = CASE WHEN excluded.type <> 0 THEN excluded.type ELSE entities.type END,
			namespace = CASE WHEN excluded.name <> '' THEN excluded.namespace ELSE entities.namespace END,
			name = CASE WHEN excluded.name <> '' THEN excluded.name ELSE entities.name END,
			first_seen = CASE WHEN excluded.first_seen < entities.first_seen THEN excluded.first_seen ELSE entities.first_seen END,
			last_seen = CASE WHEN excluded.last_seen > entities.last_seen THEN excluded.last_seen ELSE entities.last_seen END,
			deleted = CASE WHEN entities.deleted < excluded.last_seen THEN NULL ELSE entities.deleted END`,
		b.project, signed(id), int32(r.Type), r.Namespace, r.Name, end, end)
}

func idOrNull(r fact.Ref) any {
	if r.IsZero() {
		return nil
	}
	return signed(refID(r))
}

// expireEntities marks those as deleted whose reports stayed away for three
// intervals: a deletion is not guaranteed to be told. Nothing expires until the
// store was open for as long: what waits at the senders comes first.
func (t *tx) expireEntities(opened int64) error {
	return t.exec(`UPDATE entities SET deleted = ? WHERE deleted IS NULL AND report_interval > 0
		AND last_seen + 3 * report_interval < ? AND ? + 3 * report_interval < ?`, t.now, t.now, opened, t.now)
}
