package backendextension

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/extension"
	"go.opentelemetry.io/collector/extension/extensionauth"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.uber.org/zap"

	"github.com/weir-telemetry/weir/extensions/backendextension/internal/metadata"
	"github.com/weir-telemetry/weir/internal/fact"
	"github.com/weir-telemetry/weir/internal/store"
)

const shutdownTimeout = 2 * time.Second

var (
	_ extensionauth.Server = (*backend)(nil)
	_ store.Keeper         = (*backend)(nil)
	_ store.Mounter        = (*backend)(nil)
	_ store.OneTimeLogin   = (*backend)(nil)
)

var errNotStarted = errors.New("the backend has not been started")

// backend owns the store from its Start to its Shutdown.
type backend struct {
	cfg       *Config
	set       component.TelemetrySettings
	telemetry *metadata.TelemetryBuilder

	store   atomic.Pointer[store.Store]
	pages   atomic.Pointer[http.Handler]
	address atomic.Pointer[string] // where the server listens

	attempts *limiter
	oneTime  oneTime
	looks    looks

	server *http.Server
	stop   context.CancelFunc
	done   sync.WaitGroup
}

func newBackend(set extension.Settings, cfg *Config) (*backend, error) {
	tb, err := metadata.NewTelemetryBuilder(set.TelemetrySettings)
	if err != nil {
		return nil, fmt.Errorf("make telemetry: %w", err)
	}
	return &backend{cfg: cfg, set: set.TelemetrySettings, telemetry: tb, attempts: newLimiter()}, nil
}

// Start opens the store and serves.
func (b *backend) Start(ctx context.Context, host component.Host) (err error) {
	if err := errors.Join(b.cfg.Validate(), b.cfg.Store.Validate()); err != nil {
		return err // an embedder may not have asked
	}
	s, err := b.openStore(ctx)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			b.store.Store(nil)
			err = errors.Join(err, s.Close())
		}
	}()
	if err := b.bootstrap(ctx, s); err != nil {
		return err
	}
	b.store.Store(s)
	if err := b.serve(ctx, host); err != nil {
		return err
	}
	if !b.cfg.private() && !b.cfg.TLS.HasValue() {
		b.set.Logger.Warn("insecure: the endpoint takes passwords without TLS from other machines")
	}
	if err := b.writeOneTimeLogin(); err != nil {
		return errors.Join(err, b.end(ctx))
	}
	upkeep, stop := context.WithCancel(context.Background())
	b.stop = stop
	b.done.Go(func() { b.upkeep(upkeep, s) })
	return nil
}

func (b *backend) serve(ctx context.Context, host component.Host) error {
	listener, err := b.cfg.ToListener(ctx)
	if err != nil {
		return fmt.Errorf("listen on endpoint: %w", err)
	}
	server, err := b.cfg.ToServer(ctx, host.GetExtensions(), b.set, b.handler())
	if err != nil {
		return errors.Join(fmt.Errorf("make server: %w", err), listener.Close())
	}
	b.server = server
	addr := listener.Addr().String()
	b.address.Store(&addr)
	b.done.Go(func() {
		if err := server.Serve(listener); err != nil && !errors.Is(err, http.ErrServerClosed) {
			componentstatus.ReportStatus(host, componentstatus.NewPermanentErrorEvent(err))
			b.set.Logger.Error("the backend's server ended", zap.Error(err))
		}
	})
	return nil
}

// end stops the server, at the latest after shutdownTimeout.
func (b *backend) end(ctx context.Context) error {
	if b.server == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, shutdownTimeout)
	defer cancel()
	if b.server.Shutdown(ctx) != nil {
		return b.server.Close()
	}
	return nil
}

// Shutdown ends the server, then the store.
func (b *backend) Shutdown(ctx context.Context) error {
	err := b.end(ctx)
	if b.stop != nil {
		b.stop()
	}
	b.done.Wait()
	if s := b.store.Swap(nil); s != nil {
		err = errors.Join(err, s.Close())
	}
	b.telemetry.Shutdown()
	return err
}

// Mount implements store.Mounter.
func (b *backend) Mount(h http.Handler) {
	if h == nil {
		b.pages.Store(nil)
		return
	}
	b.pages.Store(&h)
}

// Keep implements store.Keeper.
func (b *backend) Keep(ctx context.Context, from store.Sender, batch []*fact.Report) (store.Kept, error) {
	s := b.store.Load()
	if s == nil {
		return store.Kept{}, errNotStarted
	}
	kept, err := s.Keep(ctx, from, batch)
	b.reported(ctx, "stored", kept.Stored)
	b.reported(ctx, "repeated", kept.Repeated)
	rest := len(batch) - kept.Stored - kept.Repeated
	if store.IsPermanent(err) {
		b.reported(ctx, "refused", rest)
	} else {
		b.reported(ctx, "failed", rest)
	}
	return kept, err
}

// ProjectID implements store.Keeper.
func (b *backend) ProjectID(ctx context.Context, idOrName string) (string, error) {
	s := b.store.Load()
	if s == nil {
		return "", errNotStarted
	}
	return s.ProjectID(ctx, idOrName)
}

func (b *backend) reported(ctx context.Context, outcome string, n int) {
	if n > 0 {
		b.telemetry.WeirBackendReports.Add(ctx, int64(n), metric.WithAttributes(attribute.String("outcome", outcome)))
	}
}
