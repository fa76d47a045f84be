package symptomdetectionprocessor

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/processor/processortest"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/golden"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/pdatatest/pmetrictest"

	"github.com/weir-telemetry/weir/processors/symptomdetectionprocessor/internal/metadata"
	"github.com/weir-telemetry/weir/processors/symptomdetectionprocessor/internal/metadatatest"
)

var epoch = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// clock is a time that a test sets.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = t
}

func newTest(t *testing.T, cfg *Config, next consumer.Metrics, tel *componenttest.Telemetry) (*detection, *clock) {
	set := processortest.NewNopSettings(metadata.Type)
	if tel != nil {
		set = metadatatest.NewSettings(tel)
	}
	d, err := newDetection(set, cfg, next)
	require.NoError(t, err)
	c := &clock{t: epoch}
	d.now = c.now
	return d, c
}

// kills is what cAdvisor says of a container, and something that nobody reads.
func kills(at time.Time, n int64) pmetric.Metrics {
	md := pmetric.NewMetrics()
	rm := md.ResourceMetrics().AppendEmpty()
	rm.Resource().Attributes().PutStr("k8s.namespace.name", "shop")
	sm := rm.ScopeMetrics().AppendEmpty()
	m := sm.Metrics().AppendEmpty()
	m.SetName("container_oom_events_total")
	sum := m.SetEmptySum()
	sum.SetIsMonotonic(true)
	sum.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
	dp := sum.DataPoints().AppendEmpty()
	dp.SetTimestamp(pcommon.NewTimestampFromTime(at))
	dp.SetIntValue(n)
	dp.Attributes().PutStr("pod", "checkout-7d9f8b6c5-aaaaa")
	dp.Attributes().PutStr("container", "app")
	other := sm.Metrics().AppendEmpty()
	other.SetName("something.else")
	other.SetEmptyGauge().DataPoints().AppendEmpty().SetDoubleValue(1)
	return md
}

func TestGolden(t *testing.T) {
	d, c := newTest(t, defaultConfig().(*Config), consumertest.NewNop(), nil)
	out, err := d.process(context.Background(), kills(epoch, 0))
	require.NoError(t, err)
	require.NoError(t, pmetrictest.CompareMetrics(kills(epoch, 0), out), "nothing is added, nothing changed")
	c.set(epoch.Add(15 * time.Second))
	out, err = d.process(context.Background(), kills(c.now(), 1))
	require.NoError(t, err)
	file := filepath.Join("testdata", "golden", "oom_kill.yaml")
	if os.Getenv("WEIR_UPDATE_GOLDEN") != "" {
		require.NoError(t, golden.WriteMetrics(t, file, out))
	}
	want, err := golden.ReadMetrics(file)
	require.NoError(t, err)
	require.NoError(t, pmetrictest.CompareMetrics(want, out, pmetrictest.IgnoreTimestamp(), pmetrictest.IgnoreResourceMetricsOrder()))
	dp := out.ResourceMetrics().At(1).ScopeMetrics().At(0).Metrics().At(0).Gauge().DataPoints().At(0)
	assert.Equal(t, c.now(), dp.Timestamp().AsTime())
}

func phasesOf(md pmetric.Metrics) (all []string) {
	for _, rm := range md.ResourceMetrics().All() {
		for _, sm := range rm.ScopeMetrics().All() {
			for _, m := range sm.Metrics().All() {
				if m.Name() != "weir.symptom" {
					continue
				}
				for _, dp := range m.Gauge().DataPoints().All() {
					v, _ := dp.Attributes().Get("weir.symptom.phase")
					all = append(all, v.Str())
				}
			}
		}
	}
	return all
}

func TestTimeAloneUpdatesAndExpires(t *testing.T) {
	sink := &consumertest.MetricsSink{}
	d, c := newTest(t, defaultConfig().(*Config), sink, nil)
	_, err := d.process(context.Background(), kills(epoch, 0))
	require.NoError(t, err)
	c.set(epoch.Add(15 * time.Second))
	out, err := d.process(context.Background(), kills(c.now(), 1))
	require.NoError(t, err)
	require.Equal(t, []string{"start"}, phasesOf(out))
	for range 40 {
		c.set(c.now().Add(10 * time.Second))
		d.tick(context.Background())
	}
	var all []string
	for _, md := range sink.AllMetrics() {
		all = append(all, phasesOf(md)...)
	}
	assert.Equal(t, []string{"update", "update", "update", "expired"}, all)
}

func TestRefusedEventsComeAgain(t *testing.T) {
	refuses := consumertest.NewErr(errors.New("full"))
	d, c := newTest(t, defaultConfig().(*Config), refuses, nil)
	_, _ = d.process(context.Background(), kills(epoch, 0))
	c.set(epoch.Add(15 * time.Second))
	_, _ = d.process(context.Background(), kills(c.now(), 1))
	c.set(c.now().Add(61 * time.Second))
	d.tick(context.Background())
	out, err := d.process(context.Background(), pmetric.NewMetrics())
	require.NoError(t, err)
	assert.Equal(t, []string{"update"}, phasesOf(out))
}

func TestDeltaAndHistogramsAreRead(t *testing.T) {
	cfg := defaultConfig().(*Config)
	cfg.Catalogue = map[string]map[string]any{
		"svc.latency.shift": {"detector": map[string]any{"learn": "3m", "for": "1m"}},
		"svc.traffic.surge": {"disabled": true}, "svc.traffic.drop": {"disabled": true},
	}
	for name, fill := range map[string]func(m pmetric.Metric, at time.Time, round int, slow bool){
		"delta exponential": func(m pmetric.Metric, at time.Time, _ int, slow bool) {
			h := m.SetEmptyExponentialHistogram()
			h.SetAggregationTemporality(pmetric.AggregationTemporalityDelta)
			dp := h.DataPoints().AppendEmpty()
			dp.SetTimestamp(pcommon.NewTimestampFromTime(at))
			dp.SetStartTimestamp(pcommon.NewTimestampFromTime(at.Add(-15 * time.Second)))
			dp.SetCount(100)
			dp.SetScale(3)
			dp.Positive().SetOffset(-40) // 31 ms
			if slow {
				dp.Positive().SetOffset(-24) // 125 ms
			}
			dp.Positive().BucketCounts().FromRaw([]uint64{50, 50})
			dp.Attributes().PutStr("http.route", "/pay")
		},
		"cumulative explicit": func(m pmetric.Metric, at time.Time, round int, slow bool) {
			h := m.SetEmptyHistogram()
			h.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
			dp := h.DataPoints().AppendEmpty()
			dp.SetTimestamp(pcommon.NewTimestampFromTime(at))
			fast, late := uint64(min(round, 40)*100), uint64(max(0, round-40)*100) // #nosec G115 -- small
			dp.SetCount(fast + late)
			dp.ExplicitBounds().FromRaw([]float64{0.02, 0.05, 0.1, 0.2})
			dp.BucketCounts().FromRaw([]uint64{0, fast, 0, late, 0})
		},
	} {
		t.Run(name, func(t *testing.T) {
			d, c := newTest(t, cfg, consumertest.NewNop(), nil)
			var all []string
			for round := range 70 {
				c.set(epoch.Add(time.Duration(round) * 15 * time.Second))
				md := pmetric.NewMetrics()
				rm := md.ResourceMetrics().AppendEmpty()
				rm.Resource().Attributes().PutStr("service.name", "pay")
				m := rm.ScopeMetrics().AppendEmpty().Metrics().AppendEmpty()
				m.SetName("http.server.request.duration")
				fill(m, c.now(), round, round > 40)
				out, err := d.process(context.Background(), md)
				require.NoError(t, err)
				all = append(all, phasesOf(out)...)
			}
			require.NotEmpty(t, all)
			assert.Equal(t, "start", all[0])
		})
	}
}

func TestTelemetry(t *testing.T) {
	tel := componenttest.NewTelemetry()
	defer func() { require.NoError(t, tel.Shutdown(context.Background())) }()
	cfg := defaultConfig().(*Config)
	d, c := newTest(t, cfg, consumertest.NewNop(), tel)
	require.NoError(t, d.start(context.Background(), componenttest.NewNopHost()))
	_, _ = d.process(context.Background(), kills(epoch, 0))
	_, _ = d.process(context.Background(), kills(epoch, 0)) // not newer
	c.set(epoch.Add(15 * time.Second))
	_, _ = d.process(context.Background(), kills(c.now(), 1))
	for _, name := range []string{"otelcol_weir.symptoms.points_observed", "otelcol_weir.symptoms.points_refused",
		"otelcol_weir.symptoms.events", "otelcol_weir.symptoms.series", "otelcol_weir.symptoms.monitors"} {
		_, err := tel.GetMetric(name)
		require.NoError(t, err)
	}
	require.NoError(t, d.shutdown(context.Background()))
}

// keeper is a storage extension of memory.
type keeper struct {
	component.StartFunc
	component.ShutdownFunc
	mu   sync.Mutex
	data map[string][]byte
	fail error
}

func (k *keeper) GetClient(context.Context, component.Kind, component.ID, string) (storage.Client, error) {
	return k, k.fail
}

func (k *keeper) Get(_ context.Context, key string) ([]byte, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.data[key], nil
}

func (k *keeper) Set(_ context.Context, key string, v []byte) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.data[key] = v
	return nil
}

func (k *keeper) Delete(context.Context, string) error               { return nil }
func (k *keeper) Batch(context.Context, ...*storage.Operation) error { return nil }
func (k *keeper) Close(context.Context) error                        { return nil }

type host struct {
	component.Host
	ext map[component.ID]component.Component
}

func (h host) GetExtensions() map[component.ID]component.Component { return h.ext }

func TestStateLivesThroughARestart(t *testing.T) {
	id := component.MustNewID("memory")
	k := &keeper{data: map[string][]byte{}}
	h := host{ext: map[component.ID]component.Component{id: k}}
	cfg := defaultConfig().(*Config)
	cfg.Storage = &id

	d, c := newTest(t, cfg, consumertest.NewNop(), nil)
	require.NoError(t, d.start(context.Background(), h))
	_, _ = d.process(context.Background(), kills(epoch, 0))
	c.set(epoch.Add(15 * time.Second))
	out, _ := d.process(context.Background(), kills(c.now(), 1))
	require.Equal(t, []string{"start"}, phasesOf(out))
	require.NoError(t, d.shutdown(context.Background()))
	require.NotEmpty(t, k.data[stateKey])

	// The open symptom goes on: no second start, an end when it was quiet.
	d, c = newTest(t, cfg, consumertest.NewNop(), nil)
	c.set(epoch.Add(30 * time.Second))
	require.NoError(t, d.start(context.Background(), h))
	var all []string
	for i := range 250 {
		c.set(epoch.Add(time.Duration(30+15*i) * time.Second))
		out, _ = d.process(context.Background(), kills(c.now(), 1))
		for _, p := range phasesOf(out) {
			if p != "update" {
				all = append(all, p)
			}
		}
	}
	assert.Equal(t, []string{"end"}, all)
	require.NoError(t, d.shutdown(context.Background()))
}

func TestABadStateIsSaidAndLeft(t *testing.T) {
	id := component.MustNewID("memory")
	for name, state := range map[string][]byte{"nonsense": []byte("nonsense"), "cut": []byte("weir symptoms 1\nabcd"), "empty": {}} {
		t.Run(name, func(t *testing.T) {
			tel := componenttest.NewTelemetry()
			cfg := defaultConfig().(*Config)
			cfg.Storage = &id
			d, _ := newTest(t, cfg, consumertest.NewNop(), tel)
			h := host{ext: map[component.ID]component.Component{id: &keeper{data: map[string][]byte{stateKey: state}}}}
			require.NoError(t, d.start(context.Background(), h))
			_, err := tel.GetMetric("otelcol_weir.symptoms.state_failures")
			require.NoError(t, err)
			out, err := d.process(context.Background(), kills(epoch, 0))
			require.NoError(t, err)
			assert.Equal(t, 1, out.ResourceMetrics().Len())
			require.NoError(t, d.shutdown(context.Background()))
			require.NoError(t, tel.Shutdown(context.Background()))
		})
	}
}

func TestStorageThatIsMissingFailsTheStart(t *testing.T) {
	id := component.MustNewID("memory")
	cfg := defaultConfig().(*Config)
	cfg.Storage = &id
	d, _ := newTest(t, cfg, consumertest.NewNop(), nil)
	require.ErrorContains(t, d.start(context.Background(), componenttest.NewNopHost()), `storage: there is no extension "memory"`)
	require.NoError(t, d.shutdown(context.Background()))
}

func TestManyAtOnce(t *testing.T) {
	d, _ := newTest(t, defaultConfig().(*Config), consumertest.NewNop(), nil)
	require.NoError(t, d.start(context.Background(), componenttest.NewNopHost()))
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for j := range 50 {
				_, _ = d.process(context.Background(), kills(epoch.Add(time.Duration(i*50+j)*time.Second), 0))
				d.tick(context.Background())
			}
		}()
	}
	wg.Wait()
	require.NoError(t, d.shutdown(context.Background()))
}
