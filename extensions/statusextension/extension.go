package statusextension

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
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.uber.org/zap"

	"github.com/weir-telemetry/weir/extensions/statusextension/internal/metadata"
	"github.com/weir-telemetry/weir/internal/configstate"
)

const shutdownTimeout = 2 * time.Second

var _ componentstatus.Watcher = (*statusExtension)(nil)

// statusExtension collects status events from before its Start on, and serves
// them until its Shutdown.
type statusExtension struct {
	cfg       *Config
	set       component.TelemetrySettings
	telemetry *metadata.TelemetryBuilder
	board     *board
	server    *http.Server
	address   atomic.Pointer[string] // where the server listens
	done      sync.WaitGroup
}

func newStatus(set extension.Settings, cfg *Config) (*statusExtension, error) {
	tb, err := metadata.NewTelemetryBuilder(set.TelemetrySettings)
	if err != nil {
		return nil, fmt.Errorf("make telemetry: %w", err)
	}
	s := &statusExtension{cfg: cfg, set: set.TelemetrySettings, telemetry: tb, board: newBoard()}
	return s, nil
}

// Start listens and serves.
func (s *statusExtension) Start(ctx context.Context, host component.Host) error {
	if err := s.observe(); err != nil {
		return fmt.Errorf("register metrics: %w", err)
	}
	listener, err := s.cfg.ToListener(ctx)
	if err != nil {
		return fmt.Errorf("listen on endpoint: %w", err)
	}
	server, err := s.cfg.ToServer(ctx, host.GetExtensions(), s.set, s.handler())
	if err != nil {
		_ = listener.Close()
		return fmt.Errorf("make server: %w", err)
	}
	s.server = server
	addr := listener.Addr().String()
	s.address.Store(&addr)
	s.done.Go(func() {
		if err := server.Serve(listener); err != nil && !errors.Is(err, http.ErrServerClosed) {
			componentstatus.ReportStatus(host, componentstatus.NewPermanentErrorEvent(err))
			s.set.Logger.Error("status server ended", zap.String("error", reduce(err)))
		}
	})
	return nil
}

// Shutdown answers the requests under way and ends the server, at the latest
// after shutdownTimeout or when ctx ends: a slow client holds up nothing.
func (s *statusExtension) Shutdown(ctx context.Context) error {
	var err error
	if s.server != nil {
		ctx, cancel := context.WithTimeout(ctx, shutdownTimeout)
		defer cancel()
		if s.server.Shutdown(ctx) != nil {
			err = s.server.Close()
		}
	}
	s.done.Wait()
	s.telemetry.Shutdown()
	return err
}

// ComponentStatusChanged implements componentstatus.Watcher.
func (s *statusExtension) ComponentStatusChanged(source *componentstatus.InstanceID, event *componentstatus.Event) {
	s.board.set(source, event)
	s.telemetry.WeirStatusEvents.Add(context.Background(), 1,
		metric.WithAttributes(attribute.String("status", nameOf(event.Status()))))
}

// observe registers the gauges.
func (s *statusExtension) observe() error {
	err := s.telemetry.RegisterWeirStatusComponentsCallback(func(_ context.Context, o metric.Int64Observer) error {
		for status, n := range s.board.counts() {
			o.Observe(n, metric.WithAttributes(attribute.String("status", statusNames[status])))
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.telemetry.RegisterWeirStatusConfigurationFilesCallback(func(_ context.Context, o metric.Int64Observer) error {
		n := map[string]int64{configstate.Current: 0, configstate.Invalid: 0, configstate.Unreadable: 0}
		for _, st := range configstate.Snapshot() {
			n[st.Code]++
		}
		for state, v := range n {
			o.Observe(v, metric.WithAttributes(attribute.String("state", state)))
		}
		return nil
	})
}
