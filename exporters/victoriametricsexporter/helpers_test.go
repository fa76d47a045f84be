package victoriametricsexporter

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/prompb"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/weir-telemetry/weir/exporters/victoriametricsexporter/internal/metadata"
)

// testConfig has no queue, so that a push tells its outcome at once.
func testConfig(endpoint string) *Config {
	cfg := createDefaultConfig().(*Config)
	cfg.Endpoint = endpoint
	cfg.QueueConfig = configoptional.None[exporterhelper.QueueBatchConfig]()
	cfg.RetryConfig.Enabled = false
	return cfg
}

// started returns a running exporter made by the factory.
func started(t *testing.T, cfg *Config, set exporter.Settings) exporter.Metrics {
	t.Helper()
	require.NoError(t, cfg.Validate())
	exp, err := NewFactory().CreateMetrics(t.Context(), set, cfg)
	require.NoError(t, err)
	require.NoError(t, exp.Start(t.Context(), componenttest.NewNopHost()))
	t.Cleanup(func() { require.NoError(t, exp.Shutdown(context.Background())) })
	return exp
}

func settings() exporter.Settings { return exportertest.NewNopSettings(metadata.Type) }

// scope returns new metrics with a resource that has an identity, and the
// metric slice to fill.
func scope() (pmetric.Metrics, pmetric.MetricSlice) {
	md := pmetric.NewMetrics()
	rm := md.ResourceMetrics().AppendEmpty()
	rm.Resource().Attributes().PutStr("service.name", "checkout")
	rm.Resource().Attributes().PutStr("service.namespace", "shop")
	rm.Resource().Attributes().PutStr("service.instance.id", "i-1")
	rm.Resource().Attributes().PutStr("k8s.pod.name", "checkout-0")
	rm.Resource().Attributes().PutStr("os.type", "linux")
	sm := rm.ScopeMetrics().AppendEmpty()
	sm.Scope().SetName("meter")
	return md, sm.Metrics()
}

func metricNamed(ms pmetric.MetricSlice, name, unit string) pmetric.Metric {
	m := ms.AppendEmpty()
	m.SetName(name)
	m.SetUnit(unit)
	return m
}

func gaugePoint(ms pmetric.MetricSlice, name string, at time.Time, v float64) pmetric.NumberDataPoint {
	p := metricNamed(ms, name, "").SetEmptyGauge().DataPoints().AppendEmpty()
	p.SetTimestamp(pcommon.NewTimestampFromTime(at))
	p.SetDoubleValue(v)
	return p
}

// encode runs the encoder and returns what its requests hold, as text lines
// "name{labels} value@ms", sorted by series and in order within one.
func encode(t *testing.T, cfg *Config, md pmetric.Metrics) (lines []string, pointDrops, sampleDrops map[string]int64) {
	t.Helper()
	pointDrops, sampleDrops = map[string]int64{}, map[string]int64{}
	require.NoError(t, newEncoder(cfg).run(md, 0, md.DataPointCount(), true, func(r request) error {
		var wr prompb.WriteRequest
		require.NoError(t, wr.Unmarshal(r.body))
		n := 0
		for _, ts := range wr.Timeseries {
			n += len(ts.Samples) + len(ts.Histograms)
			lines = append(lines, seriesLines(t, ts)...)
		}
		require.Equal(t, n, r.samples)
		for reason, k := range r.pointDrops {
			pointDrops[reason] += k
		}
		for reason, k := range r.sampleDrops {
			sampleDrops[reason] += k
		}
		return nil
	}))
	sort.SliceStable(lines, func(i, j int) bool {
		return strings.SplitAfter(lines[i], "}")[0] < strings.SplitAfter(lines[j], "}")[0]
	})
	return lines, pointDrops, sampleDrops
}

func seriesLines(t *testing.T, ts prompb.TimeSeries) (lines []string) {
	t.Helper()
	require.True(t, sort.SliceIsSorted(ts.Labels, func(i, j int) bool { return ts.Labels[i].Name < ts.Labels[j].Name }))
	name := labelsText(ts.Labels)
	for _, s := range ts.Samples {
		v := strconv.FormatFloat(s.Value, 'g', -1, 64)
		if math.Float64bits(s.Value) == math.Float64bits(staleMarker) {
			v = "stale"
		}
		lines = append(lines, fmt.Sprintf("%s %s@%d", name, v, s.Timestamp))
	}
	for _, h := range ts.Histograms {
		lines = append(lines, fmt.Sprintf("%s histogram{count:%d sum:%g schema:%d zero:%d pos:%v%v neg:%v%v}@%d", name, h.GetCountInt(), h.Sum,
			h.Schema, h.GetZeroCountInt(), spansText(h.PositiveSpans), h.PositiveDeltas, spansText(h.NegativeSpans), h.NegativeDeltas, h.Timestamp))
	}
	for _, x := range ts.Exemplars {
		lines = append(lines, fmt.Sprintf("%s exemplar%s %g@%d", name, labelsText(x.Labels), x.Value, x.Timestamp))
	}
	return lines
}

func spansText(spans []prompb.BucketSpan) string {
	var parts []string
	for _, s := range spans {
		parts = append(parts, fmt.Sprintf("%d+%d", s.Offset, s.Length))
	}
	return "(" + strings.Join(parts, " ") + ")"
}

func labelsText(labels []prompb.Label) string {
	name, parts := "", []string{}
	for _, l := range labels {
		if l.Name == "__name__" {
			name = l.Value
			continue
		}
		parts = append(parts, l.Name+"="+strconv.Quote(l.Value))
	}
	return name + "{" + strings.Join(parts, ",") + "}"
}

// point is one element of a query's answer.
type point struct {
	Metric    map[string]string `json:"metric"`
	Value     [2]any            `json:"value"`
	Histogram []any             `json:"histogram"`
}

func (p point) number(t *testing.T) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(p.Value[1].(string), 64)
	require.NoError(t, err)
	return v
}

// query asks a server at a time and returns the elements.
func query(t *testing.T, base, expr string, at time.Time) []point {
	t.Helper()
	// VictoriaMetrics shows new samples only some seconds later, unless told;
	// Prometheus has no such page and doesn't need it.
	flush, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/internal/force_flush", http.NoBody)
	require.NoError(t, err)
	flush.Close = true
	if resp, err := http.DefaultClient.Do(flush); err == nil {
		_ = resp.Body.Close()
	}
	var answer struct {
		Status string
		Error  string
		Data   struct{ Result []point }
	}
	getJSON(t, base+"/api/v1/query?"+url.Values{"query": {expr}, "time": {fmt.Sprintf("%.3f", float64(at.UnixMilli())/1000)}}.Encode(), &answer)
	require.Equal(t, "success", answer.Status, answer.Error)
	return answer.Data.Result
}

// one waits until the query has exactly one element and returns its value:
// VictoriaMetrics shows new samples after a moment.
func one(t *testing.T, base, expr string, at time.Time) float64 {
	t.Helper()
	var last []point
	require.Eventually(t, func() bool {
		last = query(t, base, expr, at)
		return len(last) == 1
	}, 15*time.Second, 100*time.Millisecond, "%s", expr)
	return last[0].number(t)
}

func getJSON(t *testing.T, address string, into any) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
	require.NoError(t, err)
	req.Close = true // no idle connections: they would count as leaked
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	require.NoError(t, json.NewDecoder(resp.Body).Decode(into))
}
