package victoriametricsexporter

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang/snappy"
	"github.com/prometheus/prometheus/prompb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// fakeStore answers as told and keeps the series of what it accepted.
type fakeStore struct {
	*httptest.Server
	mu     sync.Mutex
	answer func(n int, w http.ResponseWriter) int
	// answerBody decides by the uncompressed body, when set.
	answerBody func(body string) int
	requests   int
	got        map[string]int // series → samples
}

// newFakeStore makes a store whose answer function gets the number of the
// request, from 0, and returns a status.
func newFakeStore(t *testing.T, answer func(n int, w http.ResponseWriter) int) *fakeStore {
	t.Helper()
	f := &fakeStore{answer: answer, got: map[string]int{}}
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	return f
}

func (f *fakeStore) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	if err != nil || r.URL.Path != "/api/v1/write" || r.Header.Get("Content-Encoding") != "snappy" ||
		r.Header.Get("Content-Type") != "application/x-protobuf" || r.Header.Get("X-Prometheus-Remote-Write-Version") != "0.1.0" {
		w.WriteHeader(http.StatusTeapot)
		return
	}
	var status int
	if f.answerBody != nil {
		raw, _ := snappy.Decode(nil, body)
		status = f.answerBody(string(raw))
	} else {
		status = f.answer(f.requests, w)
	}
	f.requests++
	if status == http.StatusNoContent {
		raw, err := snappy.Decode(nil, body)
		var wr prompb.WriteRequest
		if err != nil || wr.Unmarshal(raw) != nil {
			status = http.StatusTeapot
		}
		for _, ts := range wr.Timeseries {
			f.got[labelsText(ts.Labels)] += len(ts.Samples)
		}
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, "can't parse the row with secret-value")
}

func observed(t *testing.T) (exporter.Settings, *componenttest.Telemetry) {
	t.Helper()
	tel := componenttest.NewTelemetry()
	t.Cleanup(func() { _ = tel.Shutdown(t.Context()) })
	set := settings()
	set.TelemetrySettings = tel.NewTelemetrySettings()
	return set, tel
}

// counts returns one of the exporter's own metrics by its attribute.
func counts(t *testing.T, tel *componenttest.Telemetry, name string) map[string]int64 {
	t.Helper()
	m, err := tel.GetMetric("otelcol_exporter_victoriametrics_" + name)
	if err != nil {
		return map[string]int64{}
	}
	out := map[string]int64{}
	for _, p := range m.Data.(metricdata.Sum[int64]).DataPoints {
		key := ""
		for _, kv := range p.Attributes.ToSlice() {
			key += kv.Value.AsString()
		}
		out[key] = p.Value
	}
	return out
}

// manyGauges returns n gauges with one point each.
func manyGauges(n int) pmetric.Metrics {
	md, ms := scope()
	md.ResourceMetrics().At(0).Resource().Attributes().Clear()
	for i := range n {
		gaugePoint(ms, fmt.Sprintf("gauge.%04d", i), time.Now(), float64(i))
	}
	return md
}

func TestStatusCodes(t *testing.T) {
	for status, permanent := range map[int]bool{
		301: true, 400: true, 404: true, 413: true, 422: true,
		401: false, 403: false, 408: false, 429: false, 500: false, 502: false, 503: false,
	} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			store := newFakeStore(t, func(_ int, w http.ResponseWriter) int {
				w.Header().Set("Location", "/elsewhere")
				return status
			})
			set, tel := observed(t)
			err := started(t, testConfig(store.URL), set).ConsumeMetrics(t.Context(), manyGauges(1))
			require.Error(t, err)
			assert.Equal(t, permanent, consumererror.IsPermanent(err))
			assert.Contains(t, err.Error(), fmt.Sprintf("status %d", status))
			assert.NotContains(t, err.Error(), "secret-value")
			assert.Equal(t, map[string]int64{fmt.Sprint(status): 1}, counts(t, tel, "requests"))
			dropped := map[string]int64{}
			if permanent {
				dropped[fmt.Sprintf("http_%d", status)] = 1
			}
			assert.Equal(t, dropped, counts(t, tel, "samples_dropped"))
			assert.Equal(t, 1, store.requests)
		})
	}
}

func TestNetworkErrorsAreRetryableAndDontShowTheURL(t *testing.T) {
	store := newFakeStore(t, nil)
	store.Close()
	set, tel := observed(t)
	err := started(t, testConfig(store.URL+"/write?token=secret-value"), set).ConsumeMetrics(t.Context(), manyGauges(1))
	require.Error(t, err)
	assert.False(t, consumererror.IsPermanent(err))
	assert.NotContains(t, err.Error(), "secret-value")
	assert.Equal(t, map[string]int64{"network": 1}, counts(t, tel, "requests"))
}

// TestPartialFailure: ten requests, of which one holds a point that is refused
// for good and one fails at first. Nothing is sent twice, and only the refused
// point is missing.
func TestPartialFailure(t *testing.T) {
	failed := false
	store := newFakeStore(t, nil)
	store.answerBody = func(body string) int {
		if strings.Contains(body, "gauge_0025") {
			return http.StatusBadRequest
		}
		if !failed && strings.Contains(body, "gauge_0055") {
			failed = true
			return http.StatusServiceUnavailable
		}
		return http.StatusNoContent
	}
	cfg := testConfig(store.URL)
	cfg.MaxRequestSamples = 10
	cfg.RetryConfig.Enabled = true
	cfg.RetryConfig.InitialInterval = time.Millisecond
	set, tel := observed(t)
	require.NoError(t, started(t, cfg, set).ConsumeMetrics(t.Context(), manyGauges(100)))
	assert.Len(t, store.got, 99)
	for name, n := range store.got {
		assert.Equal(t, 1, n, name)
	}
	assert.NotContains(t, store.got, "gauge_0025{}")
	assert.Equal(t, map[string]int64{"http_400": 1}, counts(t, tel, "samples_dropped"))
	assert.Equal(t, map[string]int64{"": 99}, counts(t, tel, "samples_sent"))
	assert.Equal(t, int64(1), counts(t, tel, "requests")["503"])
}

// TestEverythingRefused: the search for good points gives up soon.
func TestEverythingRefused(t *testing.T) {
	store := newFakeStore(t, func(int, http.ResponseWriter) int { return http.StatusBadRequest })
	set, tel := observed(t)
	md, ms := scope()
	for i := range 1000 {
		gaugePoint(ms, fmt.Sprintf("gauge.%04d", i), time.Now(), float64(i))
	}
	err := started(t, testConfig(store.URL), set).ConsumeMetrics(t.Context(), md)
	assert.True(t, consumererror.IsPermanent(err))
	assert.LessOrEqual(t, store.requests, maxFutile+4)
	assert.Equal(t, map[string]int64{"http_400": 1001}, counts(t, tel, "samples_dropped"))
}

// TestRetryInsideADivision: a failure that may pass, while the parts of a
// refused request are sent, resumes where it stopped.
func TestRetryInsideADivision(t *testing.T) {
	store := newFakeStore(t, func(n int, _ http.ResponseWriter) int {
		switch n {
		case 0:
			return http.StatusBadRequest
		case 2:
			return http.StatusInternalServerError
		}
		return http.StatusNoContent
	})
	cfg := testConfig(store.URL)
	cfg.RetryConfig.Enabled = true
	cfg.RetryConfig.InitialInterval = time.Millisecond
	require.NoError(t, started(t, cfg, settings()).ConsumeMetrics(t.Context(), manyGauges(100)))
	assert.Len(t, store.got, 100)
	for name, n := range store.got {
		assert.Equal(t, 1, n, name)
	}
	assert.Equal(t, 4, store.requests)
}

func TestRetryAfterIsHonoured(t *testing.T) {
	var times []time.Time
	store := newFakeStore(t, func(n int, w http.ResponseWriter) int {
		times = append(times, time.Now())
		if n == 0 {
			w.Header().Set("Retry-After", "1")
			return http.StatusTooManyRequests
		}
		return http.StatusNoContent
	})
	cfg := testConfig(store.URL)
	cfg.RetryConfig.Enabled = true
	cfg.RetryConfig.InitialInterval = time.Millisecond
	require.NoError(t, started(t, cfg, settings()).ConsumeMetrics(t.Context(), manyGauges(1)))
	require.Len(t, times, 2)
	assert.GreaterOrEqual(t, times[1].Sub(times[0]), time.Second)
}

func TestParseRetryAfter(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"": 0, "soon": 0, "-5": 0, "7": 7 * time.Second, "99999999": maxRetryAfter, "99999999999999": 0,
		"Thu, 01 Jan 2026 00:00:30 GMT": 30 * time.Second, "Thu, 01 Jan 2020 00:00:30 GMT": 0,
	} {
		assert.Equal(t, want, parseRetryAfter(text, now), text)
	}
}

func TestCredentialFilesAreReadAtStart(t *testing.T) {
	cfg := testConfig("http://127.0.0.1:1")
	cfg.Username = "weir"
	cfg.PasswordFile = filepath.Join(t.TempDir(), "absent")
	exp, err := NewFactory().CreateMetrics(t.Context(), settings(), cfg)
	require.NoError(t, err)
	require.ErrorContains(t, exp.Start(t.Context(), componenttest.NewNopHost()), "password_file")
	require.NoError(t, os.WriteFile(cfg.PasswordFile, []byte("x\n"), 0o600))
	require.NoError(t, exp.Start(t.Context(), componenttest.NewNopHost()))
	require.NoError(t, exp.Shutdown(t.Context()))
}
