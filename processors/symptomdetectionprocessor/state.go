package symptomdetectionprocessor

import (
	"context"
	"fmt"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.uber.org/zap"
)

// stateKey is where the state stands in the storage.
const stateKey = "state"

// load opens the storage and takes the state in. A storage that is missing
// fails the start; a state that can't be used doesn't: detection begins empty.
func (d *detection) load(ctx context.Context, host component.Host) error {
	if d.cfg.Storage == nil {
		return nil
	}
	ext, ok := host.GetExtensions()[*d.cfg.Storage]
	if !ok {
		return fmt.Errorf("storage: there is no extension %q", d.cfg.Storage)
	}
	keeper, ok := ext.(storage.Extension)
	if !ok {
		return fmt.Errorf("storage: the extension %q is no storage", d.cfg.Storage)
	}
	client, err := keeper.GetClient(ctx, component.KindProcessor, d.id, "")
	if err != nil {
		return fmt.Errorf("storage: open %q: %w", d.cfg.Storage, err)
	}
	d.store = client
	state, err := client.Get(ctx, stateKey)
	if err == nil && state != nil {
		err = d.engine.Restore(state)
	}
	if err != nil {
		d.log.Warn("the state of symptoms can't be used, detection begins without: baselines are learned anew, open symptoms are forgotten", zap.Error(err))
		d.stateFailed(ctx, "load")
	}
	return nil
}

// save writes the state. A failure is told and tried again at the next time.
func (d *detection) save(ctx context.Context) {
	d.mu.Lock()
	state := d.engine.AppendState(nil)
	d.mu.Unlock()
	if err := d.store.Set(ctx, stateKey, state); err != nil {
		d.log.Warn("the state of symptoms can't be written", zap.Error(err))
		d.stateFailed(ctx, "save")
	}
}

func (d *detection) stateFailed(ctx context.Context, operation string) {
	d.tel.WeirSymptomsStateFailures.Add(ctx, 1, metric.WithAttributes(attribute.String("operation", operation)))
}
