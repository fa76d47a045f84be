package victoriametricsexporter

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.uber.org/zap"

	"github.com/weir-telemetry/weir/exporters/victoriametricsexporter/internal/metadata"
	"github.com/weir-telemetry/weir/internal/credentials"
	"github.com/weir-telemetry/weir/internal/httpclient"
)

// remoteWriter pushes metrics; it is safe for concurrent use.
type remoteWriter struct {
	cfg       *Config
	set       exporter.Settings
	telemetry *metadata.TelemetryBuilder
	url       string
	userAgent string
	client    *http.Client
	closeIdle func()
	encoders  sync.Pool // of *encoder
	buffers   sync.Pool // of *[]byte, compressed bodies
	lastWarn  sync.Mutex
	warnedAt  time.Time
}

func newExporter(cfg *Config, set exporter.Settings) (*remoteWriter, error) {
	telemetry, err := metadata.NewTelemetryBuilder(set.TelemetrySettings)
	if err != nil {
		return nil, fmt.Errorf("make the exporter's own metrics: %w", err)
	}
	u, err := url.Parse(cfg.Endpoint)
	if err != nil {
		return nil, errors.New("endpoint: must be a URL")
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = "/api/v1/write"
	}
	w := &remoteWriter{
		cfg: cfg, set: set, telemetry: telemetry, url: u.String(),
		userAgent: set.BuildInfo.Command + "/" + set.BuildInfo.Version,
	}
	w.encoders.New = func() any { return newEncoder(cfg) }
	w.buffers.New = func() any { return new([]byte) }
	return w, nil
}

// start makes the HTTP client. Credential files must be readable.
func (w *remoteWriter) start(ctx context.Context, host component.Host) error {
	client, closeIdle, err := httpclient.New(ctx, w.cfg.ClientConfig, host, w.set.TelemetrySettings)
	if err != nil {
		return fmt.Errorf("make the HTTP client: %w", err)
	}
	user := credentials.New(w.cfg.Username, w.cfg.UsernameFile)
	password := credentials.New(string(w.cfg.Password), w.cfg.PasswordFile)
	if !user.Empty() {
		if _, err := user.Get(); err != nil {
			return fmt.Errorf("username_file: %w", err)
		}
		if _, err := password.Get(); err != nil {
			return fmt.Errorf("password_file: %w", err)
		}
		client.Transport = credentials.BasicAuth(client.Transport, user, password, w.warnCredentials)
	}
	w.client, w.closeIdle = client, closeIdle
	return nil
}

// warnCredentials tells at most once a minute that a file can't be read.
func (w *remoteWriter) warnCredentials(err error) {
	w.lastWarn.Lock()
	defer w.lastWarn.Unlock()
	if time.Since(w.warnedAt) > time.Minute {
		w.warnedAt = time.Now()
		w.set.Logger.Warn("a credential file can't be read, its last content is used", zap.Error(err))
	}
}

func (w *remoteWriter) shutdown(context.Context) error {
	if w.closeIdle != nil {
		w.closeIdle()
	}
	w.telemetry.Shutdown()
	return nil
}

// count adds the drops of a request that is done with.
func (w *remoteWriter) count(ctx context.Context, r request) {
	for reason, n := range r.pointDrops {
		w.telemetry.ExporterVictoriametricsPointsDropped.Add(ctx, n, reasonAttribute(reason))
	}
	for reason, n := range r.sampleDrops {
		w.telemetry.ExporterVictoriametricsSamplesDropped.Add(ctx, n, reasonAttribute(reason))
	}
}

func reasonAttribute(reason string) metric.MeasurementOption {
	return metric.WithAttributes(attribute.String("reason", reason))
}
