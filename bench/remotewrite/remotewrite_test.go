// Package remotewrite compares Weir's victoriametrics exporter and contrib's
// prometheusremotewrite exporter, each as its factory makes it without queue,
// from pdata to a server that reads what is sent and keeps nothing.
package remotewrite

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang/snappy"
	"github.com/open-telemetry/opentelemetry-collector-contrib/exporter/prometheusremotewriteexporter"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/weir-telemetry/weir/bench/cpu"
	"github.com/weir-telemetry/weir/exporters/victoriametricsexporter"
)

// metrics of 10 services with 200 counters and 30 histograms of 15
// buckets each.
func metrics() pmetric.Metrics {
	md := pmetric.NewMetrics()
	ts := pcommon.NewTimestampFromTime(time.Now())
	for r := range 10 {
		rm := md.ResourceMetrics().AppendEmpty()
		a := rm.Resource().Attributes()
		a.PutStr("service.name", "checkout")
		a.PutStr("service.namespace", "shop")
		a.PutStr("service.instance.id", fmt.Sprintf("3f0b1c9a-%04d", r))
		a.PutStr("k8s.namespace.name", "shop")
		a.PutStr("k8s.pod.name", fmt.Sprintf("checkout-%d", r))
		sm := rm.ScopeMetrics().AppendEmpty()
		sm.Scope().SetName("go.opentelemetry.io/contrib/instrumentation/net/http")
		m := sm.Metrics().AppendEmpty()
		m.SetName("http.server.requests")
		m.SetUnit("{request}")
		sum := m.SetEmptySum()
		sum.SetIsMonotonic(true)
		sum.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
		for i := range 200 {
			p := sum.DataPoints().AppendEmpty()
			p.SetTimestamp(ts)
			p.SetIntValue(int64(i * 1000))
			labels(p.Attributes(), i)
		}
		m = sm.Metrics().AppendEmpty()
		m.SetName("http.server.request.duration")
		m.SetUnit("s")
		h := m.SetEmptyHistogram()
		h.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
		for i := range 30 {
			p := h.DataPoints().AppendEmpty()
			p.SetTimestamp(ts)
			p.ExplicitBounds().FromRaw([]float64{0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10})
			p.BucketCounts().FromRaw([]uint64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15})
			p.SetCount(120)
			p.SetSum(99.5)
			labels(p.Attributes(), i)
		}
	}
	return md
}

func labels(a pcommon.Map, i int) {
	a.PutStr("http.request.method", "GET")
	a.PutStr("http.route", fmt.Sprintf("/api/v1/orders/{id}/items/%d", i))
	a.PutInt("http.response.status_code", 200)
	a.PutStr("url.scheme", "https")
	a.PutStr("network.protocol.version", "1.1")
}

// sink reads requests and keeps the last.
type sink struct {
	bytes atomic.Int64
	last  atomic.Pointer[[]byte]
}

func (s *sink) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, "read", http.StatusBadRequest)
		return
	}
	s.bytes.Add(int64(len(b)))
	s.last.Store(&b)
	w.WriteHeader(http.StatusNoContent)
}

// start makes an exporter from settings as a user would write them.
func start(b *testing.B, f exporter.Factory, configure func(component.Config)) func(pmetric.Metrics) {
	cfg := f.CreateDefaultConfig()
	configure(cfg)
	e, err := f.CreateMetrics(context.Background(), exportertest.NewNopSettings(f.Type()), cfg)
	if err != nil {
		b.Fatal(err)
	}
	if err := e.Start(context.Background(), componenttest.NewNopHost()); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = e.Shutdown(context.Background()) })
	return func(md pmetric.Metrics) {
		if err := e.ConsumeMetrics(context.Background(), md); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPush prints data points per CPU-second of both exporters, the cost
// of the server among them, and their ratio.
func BenchmarkPush(b *testing.B) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	ours, theirs := &sink{}, &sink{}
	weirServer, contribServer := httptest.NewServer(ours), httptest.NewServer(theirs)
	b.Cleanup(weirServer.Close)
	b.Cleanup(contribServer.Close)
	weir := start(b, victoriametricsexporter.NewFactory(), func(c component.Config) {
		cfg := c.(*victoriametricsexporter.Config)
		cfg.Endpoint = weirServer.URL
		cfg.QueueConfig = configoptional.None[exporterhelper.QueueBatchConfig]()
	})
	contrib := start(b, prometheusremotewriteexporter.NewFactory(), func(c component.Config) {
		cfg := c.(*prometheusremotewriteexporter.Config)
		cfg.HTTP = cfg.ClientConfig
		cfg.HTTP.Endpoint = contribServer.URL
		cfg.BackOffConfig.Enabled = false
		cfg.RemoteWriteQueue.Enabled = false
	})
	md := metrics()
	points := md.DataPointCount()
	for b.Loop() {
		w := cpu.Rate(b, points, nil, func() { weir(md) })
		c := cpu.Rate(b, points, nil, func() { contrib(md) })
		b.ReportMetric(w, "weir-points/cpu-s")
		b.ReportMetric(c, "contrib-points/cpu-s")
		b.ReportMetric(w/c, "ratio")
	}
	sent := func(s *sink) int {
		raw, err := snappy.Decode(nil, *s.last.Load())
		if err != nil {
			b.Fatal(err)
		}
		return len(raw)
	}
	b.Logf("bytes of the last request, decoded: weir %d, contrib %d", sent(ours), sent(theirs))
}
