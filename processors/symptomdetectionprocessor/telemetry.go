package symptomdetectionprocessor

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/weir-telemetry/weir/internal/symptom"
)

// count tells what the engine used and did since the last call.
func (d *detection) count(ctx context.Context, observed int64, events []symptom.Event) {
	if observed > 0 {
		d.tel.WeirSymptomsPointsObserved.Add(ctx, observed)
	}
	now, before := d.engine.Counts(), d.counted
	d.counted = now
	for _, c := range []struct {
		reason     string
		now, since uint64
	}{
		{"out_of_order", now.OutOfOrder, before.OutOfOrder},
		{"out_of_time", now.OutOfTime, before.OutOfTime},
		{"not_a_number", now.NotNumber, before.NotNumber},
		{"no_entity", now.NoEntity, before.NoEntity},
		{"series_limit", now.SeriesLimit, before.SeriesLimit},
	} {
		if n := c.now - c.since; n > 0 {
			d.tel.WeirSymptomsPointsRefused.Add(ctx, int64(n), metric.WithAttributes(attribute.String("reason", c.reason))) // #nosec G115 -- a count
		}
	}
	if n := now.Suppressed - before.Suppressed; n > 0 {
		d.tel.WeirSymptomsSuppressed.Add(ctx, int64(n)) // #nosec G115 -- a count
	}
	for i := range events {
		d.tel.WeirSymptomsEvents.Add(ctx, 1, metric.WithAttributes(
			attribute.String("code", events[i].Code), attribute.String("phase", string(events[i].Phase))))
	}
}

func (d *detection) registerGauges() error {
	if err := d.tel.RegisterWeirSymptomsSeriesCallback(func(_ context.Context, o metric.Int64Observer) error {
		series, _ := d.states()
		o.Observe(int64(series))
		return nil
	}); err != nil {
		return err
	}
	return d.tel.RegisterWeirSymptomsMonitorsCallback(func(_ context.Context, o metric.Int64Observer) error {
		_, states := d.states()
		for name, n := range states {
			o.Observe(int64(n), metric.WithAttributes(attribute.String("state", name)))
		}
		return nil
	})
}

func (d *detection) states() (int, map[string]int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.engine.States()
}
