package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/weir-telemetry/weir/internal/fact"
)

// batch is one Keep in its transaction.
type batch struct {
	*tx
	project string
	kept    Kept
	refused map[string]int

	entities map[uint64]int64 // seen in this batch → when
}

// Keep implements Keeper.
func (s *Store) Keep(ctx context.Context, from Sender, reports []*fact.Report) (Kept, error) {
	refused := map[string]int{}
	ready := make([]prepared, len(reports))
	for i, r := range reports {
		var err error
		if ready[i], err = prepare(r); err != nil {
			refused[RefusedInvalid]++
		}
	}
	var b *batch
	err := s.inTx(ctx, func(t *tx) error {
		b = &batch{tx: t, project: from.Project, refused: refused, entities: map[uint64]int64{}}
		if err := b.admit(from); err != nil {
			return err
		}
		var came []prepared
		for _, p := range ready {
			if p.Report == nil {
				continue
			}
			ok, err := b.report(p)
			if err != nil {
				return err
			}
			if ok {
				came = append(came, p)
			}
		}
		return b.envelopes(came)
	})
	if err != nil {
		return Kept{}, err
	}
	if len(refused) > 0 {
		return b.kept, &RefusedError{Reasons: refused}
	}
	return b.kept, nil
}

// admit locks the project, so that its batches come one after another, and
// checks the key once more.
func (b *batch) admit(from Sender) error {
	var deleted sql.NullInt64
	err := b.row("SELECT deleted FROM projects WHERE id = ?"+b.s.dialect.forUpdate, from.Project).Scan(&deleted)
	if err != nil {
		return notFound(err)
	}
	if deleted.Valid {
		return ErrNotFound
	}
	if from.Key != "" {
		var revoked sql.NullInt64
		if err := b.row("SELECT revoked FROM api_keys WHERE id = ? AND project_id = ?", from.Key, from.Project).Scan(&revoked); err != nil {
			return notFound(err)
		}
		if revoked.Valid {
			return ErrRevoked
		}
	}
	return b.exec("UPDATE projects SET last_report = ? WHERE id = ?", b.now, from.Project)
}

// report stores one report, unless it was there; false when it is refused.
func (b *batch) report(p prepared) (bool, error) {
	if err := b.agent(p.Report); err != nil {
		return false, err
	}
	switch verdict, err := b.claim(p); {
	case err != nil:
		return false, err
	case verdict == conflicting:
		b.refused[RefusedConflict]++
		return false, nil
	case verdict == repeated:
		b.kept.Repeated++
		return true, nil
	}
	end := b.clip(p.Start.Add(p.Window))
	for _, step := range []func(*fact.Report, int64) error{
		b.entityFacts, b.edgeFacts, b.symptomFacts, b.flowFacts, b.changeFacts, b.coverageFacts,
	} {
		if err := step(p.Report, end); err != nil {
			return false, err
		}
	}
	b.kept.Stored++
	b.kept.Facts += p.Facts()
	return true, nil
}

// clip takes a time of another's clock, at most the present of ours.
func (b *batch) clip(t time.Time) int64 { return min(max(t.Unix(), 0), b.now) }
