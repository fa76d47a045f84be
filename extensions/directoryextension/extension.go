package directoryextension

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/extension"
	"go.uber.org/zap"

	"github.com/weir-telemetry/weir/extensions/directoryextension/internal/metadata"
	"github.com/weir-telemetry/weir/internal/directory"
	"github.com/weir-telemetry/weir/internal/entity"
)

var _ directory.Resolver = (*directoryExtension)(nil)

// directoryExtension serves a followed file as a directory.Resolver. Before
// Start it knows nobody.
type directoryExtension struct {
	cfg       *Config
	log       *zap.Logger
	telemetry *metadata.TelemetryBuilder
	file      atomic.Pointer[directory.File]
	cancel    context.CancelFunc
	done      sync.WaitGroup
}

func newDirectory(set extension.Settings, cfg *Config) (*directoryExtension, error) {
	tb, err := metadata.NewTelemetryBuilder(set.TelemetrySettings)
	if err != nil {
		return nil, fmt.Errorf("make telemetry: %w", err)
	}
	return &directoryExtension{cfg: cfg, log: set.Logger, telemetry: tb}, nil
}

// Start reads the file, which must be valid, and begins to follow it.
func (d *directoryExtension) Start(_ context.Context, _ component.Host) error {
	f, err := directory.Open(d.cfg.File)
	if err != nil {
		return fmt.Errorf("file: %w", err)
	}
	d.file.Store(f)
	ctx, cancel := context.WithCancel(context.Background())
	d.cancel = cancel
	d.telemetry.DirectoryEntries.Record(ctx, int64(f.Len()))
	if d.cfg.ReloadInterval > 0 {
		d.done.Go(func() { f.Follow(ctx, d.cfg.ReloadInterval, d.told) })
	}
	return nil
}

func (d *directoryExtension) told(entries int, err error) {
	ctx := context.Background()
	d.telemetry.DirectoryEntries.Record(ctx, int64(entries))
	if err != nil {
		d.telemetry.DirectoryReloadFailures.Add(ctx, 1)
		d.log.Error("directory file not taken, the last good one stays", zap.Error(err))
		return
	}
	d.telemetry.DirectoryReloads.Add(ctx, 1)
	d.log.Info("directory file taken", zap.Int("entries", entries))
}

// Shutdown ends the following. Lookups still answer from the last content.
func (d *directoryExtension) Shutdown(context.Context) error {
	if d.cancel != nil {
		d.cancel()
	}
	d.done.Wait()
	d.telemetry.Shutdown()
	return nil
}

// Resolve implements directory.Resolver.
func (d *directoryExtension) Resolve(addr netip.AddrPort, at time.Time) (entity.Workload, bool) {
	if f := d.file.Load(); f != nil {
		return f.Resolve(addr, at)
	}
	return entity.Workload{}, false
}

// Known implements directory.Resolver.
func (d *directoryExtension) Known(addr netip.Addr) bool {
	f := d.file.Load()
	return f != nil && f.Known(addr)
}
