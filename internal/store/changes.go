package store

import "github.com/weir-telemetry/weir/internal/fact"

// changeFacts stores who was changed when; the same change told twice is one.
func (b *batch) changeFacts(r *fact.Report, end int64) error {
	for _, c := range r.Changes {
		if err := b.ref(c.Entity, end); err != nil {
			return err
		}
		if err := b.exec(`INSERT INTO changes (project_id, entity_id, kind, time, from_number, to_number, from_name, to_name) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (project_id, entity_id, kind, time, to_number, to_name) DO NOTHING`,
			b.project, signed(refID(c.Entity)), int32(c.Kind), b.clip(c.Time), c.From, c.To, c.FromName, c.ToName); err != nil {
			return err
		}
	}
	return nil
}
