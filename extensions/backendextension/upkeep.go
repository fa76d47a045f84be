package backendextension

import (
	"context"
	"time"

	"go.uber.org/zap"

	"github.com/weir-telemetry/weir/internal/store"
)

const (
	sweepInterval = 10 * time.Second
	trimInterval  = time.Hour
)

// upkeep closes what expired and trims what is old, until ctx ends.
func (b *backend) upkeep(ctx context.Context, s *store.Store) {
	sweep, trim := time.NewTicker(sweepInterval), time.NewTicker(trimInterval)
	defer sweep.Stop()
	defer trim.Stop()
	b.trim(ctx, s)
	for {
		select {
		case <-ctx.Done():
			return
		case <-sweep.C:
			n, err := s.Sweep(ctx)
			b.telemetry.WeirBackendSymptomsExpired.Add(ctx, n.SymptomsExpired)
			b.upkeepFailed(ctx, "expire", err)
		case <-trim.C:
			b.trim(ctx, s)
		}
	}
}

func (b *backend) trim(ctx context.Context, s *store.Store) {
	b.upkeepFailed(ctx, "trim", s.Trim(ctx, b.cfg.Retention))
}

func (b *backend) upkeepFailed(ctx context.Context, what string, err error) {
	if err == nil || ctx.Err() != nil {
		return
	}
	b.telemetry.WeirBackendUpkeepFailures.Add(ctx, 1)
	b.set.Logger.Warn("upkeep of the store failed, it is tried again", zap.String("step", what), zap.Error(err))
}
