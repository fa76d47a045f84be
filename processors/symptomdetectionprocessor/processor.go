package symptomdetectionprocessor

import (
	"context"
	"fmt"
	"sync"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/processor"
	"go.uber.org/zap"

	"github.com/weir-telemetry/weir/internal/symptom"
	"github.com/weir-telemetry/weir/processors/symptomdetectionprocessor/internal/metadata"
)

// maxKept events wait for a consumer that refused them.
const maxKept = 1000

// detection puts metrics through an engine.
type detection struct {
	cfg  *Config
	id   component.ID
	log  *zap.Logger
	next consumer.Metrics
	tel  *metadata.TelemetryBuilder
	now  func() time.Time

	mu      sync.Mutex // guards the engine and what is below
	engine  *symptom.Engine
	counted symptom.Counts
	kept    []symptom.Event // for the next batch, since the last was refused
	saved   time.Time

	store storage.Client
	stop  context.CancelFunc
	done  sync.WaitGroup
}

func newDetection(set processor.Settings, cfg *Config, next consumer.Metrics) (*detection, error) {
	d := &detection{cfg: cfg, id: set.ID, log: set.Logger, next: next, now: time.Now}
	c, err := cfg.catalogue()
	if err != nil {
		return nil, err
	}
	d.engine, err = symptom.New(c, symptom.Options{
		ReportInterval: cfg.ReportInterval, MaxSeries: cfg.MaxSeries, MaxActive: cfg.MaxActive, Refractory: cfg.Refractory,
	})
	if err != nil {
		return nil, err
	}
	if d.tel, err = metadata.NewTelemetryBuilder(set.TelemetrySettings); err != nil {
		return nil, fmt.Errorf("make telemetry: %w", err)
	}
	return d, nil
}

func (d *detection) start(ctx context.Context, host component.Host) error {
	if err := d.registerGauges(); err != nil {
		return err
	}
	if err := d.load(ctx, host); err != nil {
		return err
	}
	d.mu.Lock()
	d.engine.Clock(d.now())
	d.saved = d.now()
	d.mu.Unlock()
	var run context.Context
	run, d.stop = context.WithCancel(context.Background())
	d.done.Add(1)
	go d.run(run)
	return nil
}

// run does what time alone does: symptoms expire and are reported again though
// no batch comes.
func (d *detection) run(ctx context.Context) {
	defer d.done.Done()
	tick := time.NewTicker(max(time.Second, min(10*time.Second, d.cfg.ReportInterval/2)))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			d.tick(ctx)
		}
	}
}

func (d *detection) tick(ctx context.Context) {
	events := d.judge(ctx, nil)
	if len(events) > 0 {
		md := pmetric.NewMetrics()
		appendEvents(md, events)
		if err := d.next.ConsumeMetrics(ctx, md); err != nil {
			d.keep(ctx, events)
		}
	}
	if now := d.now(); d.store != nil && now.Sub(d.saved) >= d.cfg.StorageInterval {
		d.saved = now
		d.save(ctx)
	}
}

// keep holds refused events for the next batch.
func (d *detection) keep(ctx context.Context, events []symptom.Event) {
	d.mu.Lock()
	defer d.mu.Unlock()
	room := max(0, maxKept-len(d.kept))
	if lost := len(events) - room; lost > 0 {
		d.tel.WeirSymptomsLost.Add(ctx, int64(lost))
		events = events[:room]
	}
	d.kept = append(d.kept, events...)
}

// process gives the metrics on as they are, with the events that they caused.
func (d *detection) process(ctx context.Context, md pmetric.Metrics) (pmetric.Metrics, error) {
	appendEvents(md, d.judge(ctx, &md))
	return md, nil
}

// judge gives md to the engine and returns the events, kept ones first.
func (d *detection) judge(ctx context.Context, md *pmetric.Metrics) []symptom.Event {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.now()
	d.engine.Clock(now)
	var observed int64
	if md != nil {
		observed = d.observe(*md)
	}
	fresh := d.engine.Flush(now)
	d.count(ctx, observed, fresh)
	events := append(d.kept, fresh...)
	d.kept = nil
	return events
}

func (d *detection) shutdown(ctx context.Context) error {
	if d.stop != nil {
		d.stop()
		d.done.Wait()
	}
	var err error
	if d.store != nil {
		d.save(ctx)
		err = d.store.Close(ctx)
	}
	d.tel.Shutdown()
	return err
}
