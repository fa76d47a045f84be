package clickhouseexporter

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/exporter/exportertest"

	"github.com/weir-telemetry/weir/exporters/clickhouseexporter/internal/metadata"
)

// BenchmarkLogs encodes, compresses and posts 10,000 records to a sink that
// reads nothing; rows/s at GOMAXPROCS=1 is rows per CPU-second.
func BenchmarkLogs(b *testing.B) {
	sink := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer sink.Close()
	cfg := createDefaultConfig().(*Config)
	e, err := newExporter(exportertest.NewNopSettings(metadata.Type), cfg, logsTable(cfg))
	if err != nil {
		b.Fatal(err)
	}
	httpClient, err := cfg.ToClient(b.Context(), nil, componenttest.NewNopTelemetrySettings())
	if err != nil {
		b.Fatal(err)
	}
	e.client = &client{http: httpClient, endpoint: sink.URL, creds: newLogin(cfg)}
	e.ready = true
	const rows = 10_000
	ld := sampleLogs(0, rows)
	b.ReportAllocs()
	for b.Loop() {
		if err := e.pushLogs(b.Context(), ld); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*rows/b.Elapsed().Seconds(), "rows/s")
	httpClient.CloseIdleConnections()
}
