package pcapreceiver

import (
	"context"
	crand "crypto/rand"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/receiver"
	"go.uber.org/zap"

	"github.com/weir-telemetry/weir/internal/detect"
	"github.com/weir-telemetry/weir/internal/directory"
	"github.com/weir-telemetry/weir/internal/exchange"
	"github.com/weir-telemetry/weir/internal/hostdirectory"
	"github.com/weir-telemetry/weir/internal/route"
	"github.com/weir-telemetry/weir/receivers/pcapreceiver/internal/metadata"
)

// pcapReceiver is one capture that serves up to three pipelines.
type pcapReceiver struct {
	cfg       *Config
	log       *zap.Logger
	telemetry *metadata.TelemetryBuilder
	scope     exchange.Scope
	out       *output
	directory directory.Resolver
	end       endOnce

	mu        sync.Mutex // guards the two below, which all sources share
	routes    *route.Templater
	durations *exchange.Metrics

	cancel context.CancelFunc
	done   sync.WaitGroup
}

func newReceiver(set receiver.Settings, cfg *Config) (*pcapReceiver, error) {
	tb, err := metadata.NewTelemetryBuilder(set.TelemetrySettings)
	if err != nil {
		return nil, fmt.Errorf("make telemetry: %w", err)
	}
	out, err := newOutput(set, tb)
	if err != nil {
		return nil, err
	}
	engine, err := detect.New(detect.Options{})
	if err != nil {
		return nil, fmt.Errorf("make detection engine: %w", err)
	}
	scope := exchange.Scope{Name: metadata.ScopeName, Version: set.BuildInfo.Version}
	r := &pcapReceiver{
		cfg: cfg, log: set.Logger, telemetry: tb, scope: scope, out: out,
		routes:    route.New(engine, route.Options{}),
		durations: exchange.NewMetrics(scope, time.Now(), cfg.MaxSeries),
	}
	if cfg.StopAtEnd {
		// Here and not at Start: all receivers are made before the first starts.
		r.end.register()
	}
	return r, nil
}

// Start begins to read. It errs when a file that was named is missing, when no
// file is found at all, and when live capture is not permitted.
func (r *pcapReceiver) Start(_ context.Context, host component.Host) (err error) {
	if r.cfg.AllowUnredactedExport {
		r.log.Warn("allow_unredacted_export is set: captured payload may leave without redaction")
	}
	if r.directory, err = hostdirectory.Find(host, r.cfg.Directory); err != nil {
		return err
	}
	files, err := r.findFiles()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	r.cancel = cancel
	if len(r.cfg.Interfaces) > 0 {
		live := &live{r: r, ctx: ctx, running: map[string]bool{}}
		if err := live.scan(true); err != nil {
			cancel()
			r.done.Wait()
			return err
		}
		r.done.Go(live.follow)
	}
	if r.cfg.MetricsInterval > 0 && r.out.metrics != nil {
		r.done.Go(func() { r.tick(ctx) })
	}
	if len(files) > 0 {
		r.done.Go(func() { r.readFiles(ctx, host, files) })
	}
	return nil
}

// tick sends the metrics from time to time.
func (r *pcapReceiver) tick(ctx context.Context) {
	for sleep(ctx, r.cfg.MetricsInterval) {
		r.sendMetrics(ctx, false)
	}
}

func (r *pcapReceiver) sendMetrics(ctx context.Context, wait bool) {
	if r.out.metrics == nil {
		return
	}
	r.mu.Lock()
	md := r.durations.Collect(time.Now())
	r.mu.Unlock()
	r.out.sendMetrics(ctx, md, wait)
}

// Shutdown stops reading and hands on what was collected, once.
func (r *pcapReceiver) Shutdown(ctx context.Context) error {
	r.end.forget()
	if r.cancel == nil {
		r.telemetry.Shutdown()
		return nil
	}
	r.cancel()
	stopped := make(chan struct{})
	go func() { r.done.Wait(); close(stopped) }()
	select {
	case <-stopped:
	case <-ctx.Done():
		return errors.New("stop capture: a pipeline did not return in time")
	}
	r.sendMetrics(context.Background(), false)
	r.telemetry.Shutdown()
	return nil
}

// newRandom returns a source of trace and span ids.
func newRandom() *rand.ChaCha8 {
	var seed [32]byte
	_, _ = crand.Read(seed[:]) // never fails
	return rand.NewChaCha8(seed)
}
