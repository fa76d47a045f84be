package statusextension

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/extension"
	"go.opentelemetry.io/collector/pipeline"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/metric/metricdata/metricdatatest"

	"github.com/weir-telemetry/weir/extensions/statusextension/internal/metadata"
	"github.com/weir-telemetry/weir/extensions/statusextension/internal/metadatatest"
	"github.com/weir-telemetry/weir/internal/configstate"
)

var (
	logs = pipeline.NewID(pipeline.SignalLogs)
	otlp = componentstatus.NewInstanceID(component.MustNewID("otlp"), component.KindReceiver, logs, pipeline.NewID(pipeline.SignalTraces))
	sink = componentstatus.NewInstanceID(component.MustNewIDWithName("debug", "b"), component.KindExporter, logs)
)

func start(t *testing.T) (*statusExtension, *componenttest.Telemetry) {
	t.Helper()
	tel := componenttest.NewTelemetry()
	cfg := createDefaultConfig().(*Config)
	cfg.NetAddr.Endpoint = "127.0.0.1:0"
	e, err := NewFactory().Create(t.Context(), extension.Settings{
		ID: component.NewID(metadata.Type), TelemetrySettings: tel.NewTelemetrySettings(),
	}, cfg)
	require.NoError(t, err)
	s := e.(*statusExtension)
	// Events come before the start, too.
	s.ComponentStatusChanged(otlp, componentstatus.NewEvent(componentstatus.StatusStarting))
	require.NoError(t, s.Start(t.Context(), componenttest.NewNopHost()))
	t.Cleanup(func() {
		assert.NoError(t, s.Shutdown(context.Background()))
		assert.NoError(t, tel.Shutdown(context.Background()))
		http.DefaultClient.CloseIdleConnections()
	})
	return s, tel
}

func get(t *testing.T, s *statusExtension, path string) (int, string) {
	t.Helper()
	resp, err := http.Get("http://" + *s.address.Load() + path)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(body)
}

func TestOverallStatus(t *testing.T) {
	s, _ := start(t)
	fail := errors.New("no")
	for _, step := range []struct {
		source *componentstatus.InstanceID
		event  *componentstatus.Event
		want   string
		code   int
	}{
		{sink, componentstatus.NewEvent(componentstatus.StatusOK), "starting", 503},
		{otlp, componentstatus.NewEvent(componentstatus.StatusOK), "ok", 200},
		{sink, componentstatus.NewRecoverableErrorEvent(fail), "recoverable_error", 200},
		{otlp, componentstatus.NewPermanentErrorEvent(fail), "permanent_error", 503},
		{sink, componentstatus.NewEvent(componentstatus.StatusOK), "permanent_error", 503},
		{otlp, componentstatus.NewEvent(componentstatus.StatusOK), "ok", 200},
		{sink, componentstatus.NewFatalErrorEvent(fail), "fatal_error", 503},
		{otlp, componentstatus.NewEvent(componentstatus.StatusStopping), "fatal_error", 503},
		{sink, componentstatus.NewEvent(componentstatus.StatusStopped), "stopping", 503},
	} {
		s.ComponentStatusChanged(step.source, step.event)
		code, body := get(t, s, "/healthz")
		assert.Equal(t, step.want+"\n", body)
		assert.Equal(t, step.code, code, step.want)
		code, body = get(t, s, "/status")
		assert.Equal(t, step.code, code)
		var r report
		require.NoError(t, json.Unmarshal([]byte(body), &r))
		assert.Equal(t, step.want, r.Status)
	}
}

func TestReport(t *testing.T) {
	const mail = "jane.roe@example.org"
	file := filepath.Join(t.TempDir(), "config.yaml")
	configstate.Set(file, configstate.Current)
	configstate.Hold(file)
	defer configstate.Release(file)
	s, _ := start(t)
	first := componentstatus.NewRecoverableErrorEvent(fmt.Errorf("refused %s: %w", mail, os.ErrPermission))
	s.ComponentStatusChanged(sink, first)
	s.ComponentStatusChanged(sink, componentstatus.NewRecoverableErrorEvent(errors.New("row "+mail)))

	code, body := get(t, s, "/status")
	require.Equal(t, 503, code)
	assert.NotContains(t, body, "jane")
	var r report
	require.NoError(t, json.Unmarshal([]byte(body), &r))
	require.Len(t, r.Components, 2)
	assert.Equal(t, componentState{
		ID: "debug/b", Kind: "exporter", Pipelines: []string{"logs"}, Status: "recoverable_error",
		Since: first.Timestamp(), Error: "other",
	}, withZone(r.Components[0], first))
	assert.Equal(t, []string{"logs", "traces"}, r.Components[1].Pipelines)
	assert.Equal(t, "starting", r.Components[1].Status)
	assert.False(t, r.Configuration.LastGoodInUse)

	configstate.SetReason(file, configstate.Invalid, "validate: exit status 1")
	_, body = get(t, s, "/status")
	require.NoError(t, json.Unmarshal([]byte(body), &r))
	assert.True(t, r.Configuration.LastGoodInUse)
	require.Len(t, r.Configuration.Files, 1)
	assert.Equal(t, file, r.Configuration.Files[0].File)
	assert.Equal(t, configstate.Invalid, r.Configuration.Files[0].Code)
	assert.Equal(t, "validate: exit status 1", r.Configuration.Files[0].Reason)
	assert.False(t, r.Configuration.Files[0].Since.IsZero())
}

// withZone gives a time that went through JSON its zone and clock back when it
// is the instant of the event.
func withZone(c componentState, e *componentstatus.Event) componentState {
	if c.Since.Equal(e.Timestamp()) {
		c.Since = e.Timestamp()
	}
	return c
}

func TestOnlyReads(t *testing.T) {
	s, _ := start(t)
	resp, err := http.Post("http://"+*s.address.Load()+"/status", "text/plain", nil)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	assert.Equal(t, http.StatusMethodNotAllowed, resp.StatusCode)
	code, _ := get(t, s, "/other")
	assert.Equal(t, http.StatusNotFound, code)
}

func TestConcurrentEvents(t *testing.T) {
	s, tel := start(t)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 100 {
				s.ComponentStatusChanged(sink, componentstatus.NewEvent(componentstatus.StatusOK))
			}
		})
		wg.Go(func() { _, _ = get(t, s, "/status") })
	}
	wg.Wait()
	metadatatest.AssertEqualWeirStatusEvents(t, tel, []metricdata.DataPoint[int64]{
		{Attributes: attribute.NewSet(attribute.String("status", "starting")), Value: 1},
		{Attributes: attribute.NewSet(attribute.String("status", "ok")), Value: 400},
	}, metricdatatest.IgnoreTimestamp(), metricdatatest.IgnoreExemplars())
	metadatatest.AssertEqualWeirStatusRequests(t, tel, []metricdata.DataPoint[int64]{
		{Attributes: attribute.NewSet(attribute.Int("code", 503)), Value: 4},
	}, metricdatatest.IgnoreTimestamp(), metricdatatest.IgnoreExemplars())
	m, err := tel.GetMetric("otelcol_weir.status.components")
	require.NoError(t, err)
	got := map[string]int64{}
	for _, p := range m.Data.(metricdata.Gauge[int64]).DataPoints {
		v, _ := p.Attributes.Value("status")
		got[v.AsString()] = p.Value
	}
	assert.Equal(t, int64(1), got["ok"])
	assert.Equal(t, int64(1), got["starting"])
	assert.Equal(t, int64(0), got["fatal_error"])
}

func TestTakenPortFailsStart(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	cfg := createDefaultConfig().(*Config)
	cfg.NetAddr.Endpoint = l.Addr().String()
	s, err := newStatus(extension.Settings{TelemetrySettings: componenttest.NewNopTelemetrySettings()}, cfg)
	require.NoError(t, err)
	assert.ErrorContains(t, s.Start(t.Context(), componenttest.NewNopHost()), "listen on endpoint")
	assert.NoError(t, s.Shutdown(t.Context()))
}

// A client that never finishes its request doesn't hold the process.
func TestSlowClientIsCutOff(t *testing.T) {
	s, _ := start(t)
	conn, err := net.Dial("tcp", *s.address.Load())
	require.NoError(t, err)
	defer conn.Close()
	_, err = io.WriteString(conn, "GET /status HTTP/1.1\r\nHost: a\r\n")
	require.NoError(t, err)
	require.NoError(t, s.Shutdown(t.Context()))
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(time.Minute)))
	_, err = io.ReadAll(conn)
	assert.NotErrorIs(t, err, os.ErrDeadlineExceeded)
}
