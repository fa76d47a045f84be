package clickhouseexporter

import (
	"context"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/weir-telemetry/weir/exporters/clickhouseexporter/internal/metadata"
)

// started returns an exporter without queue and retries around it, its schema
// taken as made, and what it counts.
func started(t *testing.T, cfg *Config) (*clickhouseExporter, *componenttest.Telemetry) {
	t.Helper()
	tel := componenttest.NewTelemetry()
	set := exportertest.NewNopSettings(metadata.Type)
	set.TelemetrySettings = tel.NewTelemetrySettings()
	e, err := newExporter(set, cfg, logsTable(cfg))
	require.NoError(t, err)
	e.ready = true
	require.NoError(t, e.start(t.Context(), componenttest.NewNopHost()))
	t.Cleanup(func() {
		require.NoError(t, e.shutdown(context.Background()))
		require.NoError(t, tel.Shutdown(context.Background()))
	})
	return e, tel
}

func configFor(url string) *Config {
	cfg := createDefaultConfig().(*Config)
	cfg.Endpoint = url
	return cfg
}

// sum adds up the points of a counter; key, when set, must be value on each.
func sum(t *testing.T, tel *componenttest.Telemetry, name, key, value string) int64 {
	t.Helper()
	m, err := tel.GetMetric("otelcol_exporter_clickhouse_" + name)
	if err != nil {
		return 0
	}
	var n int64
	for _, p := range m.Data.(metricdata.Sum[int64]).DataPoints {
		if key != "" {
			got, ok := p.Attributes.Value(attribute.Key(key))
			require.True(t, ok)
			require.Equal(t, value, got.AsString())
		}
		n += p.Value
	}
	return n
}

func TestAnswersAreClassified(t *testing.T) {
	const private = "jane.roe@example.com"
	for _, tt := range []struct {
		status, code int
		permanent    bool
		label        string
	}{
		{200, 0, false, "ok"},
		{200, 252, false, "clickhouse_252"}, // failed after the status line
		{500, 252, false, "clickhouse_252"},
		{500, 241, false, "clickhouse_241"},
		{500, 242, false, "clickhouse_242"},
		{500, 999, false, "clickhouse_999"},
		{408, 159, false, "clickhouse_159"},
		{404, 60, false, "clickhouse_60"},
		{403, 516, false, "clickhouse_516"},
		{400, 27, true, "clickhouse_27"},
		{400, 53, true, "clickhouse_53"},
		{400, 62, true, "clickhouse_62"},
		{400, 117, true, "clickhouse_117"},
		{404, 16, false, "clickhouse_16"},
		{500, 424242, false, "clickhouse_424242"},
		{400, 0, true, "http_400"},
		{413, 0, true, "http_413"},
		{401, 0, false, "http_401"},
		{404, 0, false, "http_404"},
		{429, 0, false, "http_429"},
		{502, 0, false, "http_502"},
		{503, 0, false, "http_503"},
	} {
		t.Run(strconv.Itoa(tt.status)+"_"+strconv.Itoa(tt.code), func(t *testing.T) {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if tt.code != 0 {
					w.Header().Set(exceptionHeader, strconv.Itoa(tt.code))
				}
				w.WriteHeader(tt.status)
				_, _ = w.Write([]byte("Code: 27. DB::Exception: Cannot parse '" + private + "'"))
			}))
			defer s.Close()
			e, tel := started(t, configFor(s.URL))
			err := e.pushLogs(t.Context(), sampleLogs(0, 3))
			require.EqualValues(t, 1, sum(t, tel, "requests", "code", tt.label))
			if tt.label == "ok" {
				require.NoError(t, err)
				require.EqualValues(t, 3, sum(t, tel, "rows_sent", "signal", "logs"))
				require.Positive(t, sum(t, tel, "sent_bytes", "signal", "logs"))
				return
			}
			require.Error(t, err)
			require.NotContains(t, err.Error(), private)
			require.Equal(t, tt.permanent, consumererror.IsPermanent(err))
			require.Zero(t, sum(t, tel, "rows_sent", "", ""))
			if tt.permanent {
				require.EqualValues(t, 3, sum(t, tel, "rows_dropped", "reason", tt.label))
			} else {
				require.Zero(t, sum(t, tel, "rows_dropped", "", ""))
			}
		})
	}
}

func TestUnreachableServerIsRetried(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	s.Close()
	e, tel := started(t, configFor(s.URL))
	err := e.pushLogs(t.Context(), sampleLogs(0, 1))
	require.Error(t, err)
	require.False(t, consumererror.IsPermanent(err))
	require.NotContains(t, err.Error(), "INSERT")
	require.EqualValues(t, 1, sum(t, tel, "requests", "code", "network"))
}

func TestTLSIsVerified(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer s.Close()
	e, _ := started(t, configFor(s.URL))
	require.ErrorContains(t, e.pushLogs(t.Context(), sampleLogs(0, 1)), "certificate")

	ca := filepath.Join(t.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	require.NoError(t, os.WriteFile(ca, text, 0o600))
	cfg := configFor(s.URL)
	cfg.TLS.CAFile = ca
	e, _ = started(t, cfg)
	require.NoError(t, e.pushLogs(t.Context(), sampleLogs(0, 1)))
}

func TestHeadersAndRotatedCredentials(t *testing.T) {
	var seen atomic.Value
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen.Store(r.Header.Clone()) }))
	defer s.Close()
	dir := t.TempDir()
	cfg := configFor(s.URL)
	cfg.UsernameFile, cfg.PasswordFile = filepath.Join(dir, "user"), filepath.Join(dir, "password")
	cfg.Headers.Set("X-Tenant", configopaque.String("blue"))
	write := func(user, password string) {
		require.NoError(t, os.WriteFile(cfg.UsernameFile, []byte(user+"\n"), 0o600))
		require.NoError(t, os.WriteFile(cfg.PasswordFile, []byte(password+"\r\n"), 0o600))
	}
	e, _ := started(t, cfg)
	for _, pair := range [][2]string{{"weir", "first"}, {"weir-2", "second-one"}} {
		write(pair[0], pair[1])
		require.NoError(t, e.pushLogs(t.Context(), sampleLogs(0, 1)))
		h := seen.Load().(http.Header)
		require.Equal(t, "blue", h.Get("X-Tenant"))
		require.Equal(t, pair[0], h.Get("X-ClickHouse-User"))
		require.Equal(t, pair[1], h.Get("X-ClickHouse-Key"))
	}
	// A file that is being replaced costs nothing: what it held still counts.
	require.NoError(t, os.Remove(cfg.PasswordFile))
	require.NoError(t, e.pushLogs(t.Context(), sampleLogs(0, 1)))
	require.Equal(t, "second-one", seen.Load().(http.Header).Get("X-ClickHouse-Key"))

	// One that was never there is told by its key, and the rows wait.
	e, _ = started(t, cfg)
	err := e.pushLogs(t.Context(), sampleLogs(0, 1))
	require.ErrorContains(t, err, "password_file")
	require.False(t, consumererror.IsPermanent(err))
}
