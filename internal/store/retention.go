package store

import (
	"context"
	"fmt"
	"time"
)

// Swept counts what Sweep did.
type Swept struct{ SymptomsExpired int64 }

// Sweep closes what nobody reports any more, and ends sessions that expired.
// Call it some times a minute.
func (s *Store) Sweep(ctx context.Context) (n Swept, err error) {
	err = s.inTx(ctx, func(t *tx) error {
		var err error
		if n.SymptomsExpired, err = t.expireSymptoms(); err != nil {
			return fmt.Errorf("expire symptoms: %w", err)
		}
		if err := t.expireEntities(s.opened); err != nil {
			return fmt.Errorf("expire entities: %w", err)
		}
		return t.exec("DELETE FROM sessions WHERE expires <= ?", t.now)
	})
	return n, err
}

// Trim deletes observations that are older than keep: samples of edges, points
// of symptoms, sums of coverage, envelopes and the digests of reports. Nothing
// else is ever deleted: entities, edges, symptoms, flows, changes, projects,
// keys, users and the access log stay.
func (s *Store) Trim(ctx context.Context, keep time.Duration) error {
	before := s.clock().Add(-keep).Unix()
	return s.inTx(ctx, func(t *tx) error {
		for _, table := range []string{"edge_rates", "symptom_points"} {
			if err := t.exec("DELETE FROM "+table+" WHERE time < ?", before); err != nil {
				return fmt.Errorf("trim %s: %w", table, err)
			}
		}
		if err := t.exec("DELETE FROM coverage WHERE hour < ?", before); err != nil {
			return fmt.Errorf("trim coverage: %w", err)
		}
		if err := t.trimEnvelopes(before); err != nil {
			return fmt.Errorf("trim envelopes: %w", err)
		}
		if err := t.trimReports(before); err != nil {
			return fmt.Errorf("trim reports: %w", err)
		}
		return nil
	})
}
