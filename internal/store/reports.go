package store

import (
	"database/sql"
	"errors"
)

// verdict says whether a report was there.
type verdict int

const (
	fresh verdict = iota
	repeated
	conflicting
)

// claim takes the key (agent, epoch, sequence) for a report. The agent's row is
// there.
func (b *batch) claim(p prepared) (verdict, error) {
	agent, epoch := signed(p.Agent), signed(p.Epoch)
	if err := b.exec(`INSERT INTO epochs (project_id, agent, epoch) VALUES (?, ?, ?)
		ON CONFLICT (project_id, agent, epoch) DO NOTHING`, b.project, agent, epoch); err != nil {
		return 0, err
	}
	var settled int64
	if err := b.row("SELECT settled FROM epochs WHERE project_id = ? AND agent = ? AND epoch = ?", b.project, agent, epoch).Scan(&settled); err != nil {
		return 0, err
	}
	sequence := signed(p.Sequence)
	if sequence <= settled {
		return repeated, nil // its digest has been trimmed
	}
	var have string
	err := b.row("SELECT digest FROM reports WHERE project_id = ? AND agent = ? AND epoch = ? AND sequence = ?",
		b.project, agent, epoch, sequence).Scan(&have)
	switch {
	case errors.Is(err, sql.ErrNoRows):
	case err != nil:
		return 0, err
	case have == p.digest:
		return repeated, nil
	default:
		return conflicting, nil
	}
	return fresh, b.exec("INSERT INTO reports (project_id, agent, epoch, sequence, digest, received) VALUES (?, ?, ?, ?, ?, ?)",
		b.project, agent, epoch, sequence, p.digest, b.now)
}

// trimReports forgets the digests of reports that came before a time. That they
// came stays known, by the highest number of each epoch: sequences have no gaps.
func (t *tx) trimReports(before int64) error {
	err := t.exec(`UPDATE epochs SET settled = (SELECT MAX(r.sequence) FROM reports r WHERE r.project_id = epochs.project_id
			AND r.agent = epochs.agent AND r.epoch = epochs.epoch AND r.received < ?)
		WHERE EXISTS (SELECT 1 FROM reports r WHERE r.project_id = epochs.project_id
			AND r.agent = epochs.agent AND r.epoch = epochs.epoch AND r.received < ?)`, before, before)
	if err != nil {
		return err
	}
	return t.exec("DELETE FROM reports WHERE received < ?", before)
}
