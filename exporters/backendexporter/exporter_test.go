package backendexporter

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/client"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/metric/metricdata/metricdatatest"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/weir-telemetry/weir/exporters/backendexporter/internal/metadata"
	"github.com/weir-telemetry/weir/exporters/backendexporter/internal/metadatatest"
	"github.com/weir-telemetry/weir/internal/fact"
	"github.com/weir-telemetry/weir/internal/store"
)

// testBackend is a store in memory that fails when told.
type testBackend struct {
	component.StartFunc
	component.ShutdownFunc
	*store.Store
	fail error
}

func (b *testBackend) Keep(ctx context.Context, from store.Sender, batch []*fact.Report) (store.Kept, error) {
	if b.fail != nil {
		return store.Kept{}, b.fail
	}
	return b.Store.Keep(ctx, from, batch)
}

type testHost struct {
	extensions map[component.ID]component.Component
	status     []componentstatus.Status
}

func (h *testHost) GetExtensions() map[component.ID]component.Component { return h.extensions }
func (h *testHost) Report(e *componentstatus.Event)                     { h.status = append(h.status, e.Status()) }

// refusing is for the generated tests: it has no project and keeps nothing.
type refusing struct {
	component.StartFunc
	component.ShutdownFunc
}

func (refusing) Keep(context.Context, store.Sender, []*fact.Report) (store.Kept, error) {
	return store.Kept{}, store.ErrNotFound
}

func (refusing) ProjectID(context.Context, string) (string, error) { return "", store.ErrNotFound }

func newTestHost() component.Host {
	return &testHost{extensions: map[component.ID]component.Component{component.MustNewID("backend"): refusing{}}}
}

type running struct {
	exporter.Logs
	host    *testHost
	backend *testBackend
	project store.Project
	tel     *componenttest.Telemetry
}

func started(t *testing.T, project string) *running {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{Driver: store.SQLite, Path: store.InMemory})
	require.NoError(t, err)
	p, err := s.CreateProject(t.Context(), "shop", "production")
	require.NoError(t, err)
	r := &running{backend: &testBackend{Store: s}, project: p, tel: componenttest.NewTelemetry()}
	r.host = &testHost{extensions: map[component.ID]component.Component{component.MustNewID("backend"): r.backend}}
	settings := exportertest.NewNopSettings(metadata.Type)
	settings.TelemetrySettings = r.tel.NewTelemetrySettings()
	cfg := createDefaultConfig().(*Config)
	cfg.Project = project
	r.Logs, err = NewFactory().CreateLogs(t.Context(), settings, cfg)
	require.NoError(t, err)
	require.NoError(t, r.Start(t.Context(), r.host))
	t.Cleanup(func() {
		require.NoError(t, r.Shutdown(context.Background()))
		require.NoError(t, s.Close())
		require.NoError(t, r.tel.Shutdown(context.Background()))
	})
	return r
}

type auth map[string]any

func (a auth) GetAttribute(name string) any { return a[name] }
func (a auth) GetAttributeNames() []string  { return nil }

func as(ctx context.Context, project, key string) context.Context {
	return client.NewContext(ctx, client.Info{Auth: auth{store.ProjectAttribute: project, store.KeyAttribute: key}})
}

// windowStart is the same for all reports of a run: a report that comes again
// says the same.
var windowStart = time.Now().Add(-time.Minute).Truncate(time.Second)

func logs(sequences ...uint64) plog.Logs {
	ld := plog.NewLogs()
	for _, n := range sequences {
		fact.AppendLogs(ld, &fact.Report{
			Agent: 1, Epoch: 2, Sequence: n, Start: windowStart, Window: time.Minute,
			Entities: []fact.Entity{{Ref: fact.Ref{ID: 5, Type: 4, Namespace: "shop", Name: "web"}, Op: 1}},
		})
	}
	return ld
}

func outcomes(t *testing.T, r *running, want ...metricdata.DataPoint[int64]) {
	t.Helper()
	metadatatest.AssertEqualExporterBackendReports(t, r.tel, want, metricdatatest.IgnoreTimestamp(), metricdatatest.IgnoreExemplars())
}

func point(outcome string, n int64) metricdata.DataPoint[int64] {
	return metricdata.DataPoint[int64]{Value: n, Attributes: set("outcome", outcome)}
}

func TestStoresOnceByProjectOfTheKey(t *testing.T) {
	r := started(t, "")
	ctx := as(t.Context(), r.project.ID, "")
	batch := logs(1, 2)
	require.NoError(t, r.ConsumeLogs(ctx, batch))
	require.NoError(t, r.ConsumeLogs(ctx, batch))
	outcomes(t, r, point("stored", 2), point("repeated", 2))
	metadatatest.AssertEqualExporterBackendFactsStored(t, r.tel, []metricdata.DataPoint[int64]{{Value: 2}}, metricdatatest.IgnoreTimestamp(), metricdatatest.IgnoreExemplars())
	found, err := r.backend.Entities(t.Context(), r.project.ID, "web")
	require.NoError(t, err)
	assert.Len(t, found, 1)
	assert.Empty(t, r.host.status)
}

// shut reports whether a sender is told to come with another key.
func shut(t *testing.T, err, want error) {
	t.Helper()
	require.ErrorIs(t, err, want)
	assert.False(t, consumererror.IsPermanent(err)) // or facts would be lost when keys are rotated
	assert.Equal(t, codes.Unauthenticated, status.Code(err))
}

func TestWithoutAKey(t *testing.T) {
	shut(t, started(t, "").ConsumeLogs(t.Context(), logs(1)), errNoProject)
	require.NoError(t, started(t, "shop").ConsumeLogs(t.Context(), logs(1)))
	shut(t, started(t, "other").ConsumeLogs(t.Context(), logs(1)), store.ErrNotFound)
	// A key's project wins over the configured one.
	shut(t, started(t, "shop").ConsumeLogs(as(t.Context(), "another", ""), logs(1)), store.ErrNotFound)
}

func TestRotatedKeyLosesNothing(t *testing.T) {
	r := started(t, "")
	k, _, err := r.backend.CreateKey(t.Context(), r.project.ID, "a")
	require.NoError(t, err)
	ctx := as(t.Context(), r.project.ID, k.ID)
	require.NoError(t, r.ConsumeLogs(ctx, logs(1)))
	fresh, _, err := r.backend.RotateKey(t.Context(), r.project.ID, k.ID)
	require.NoError(t, err)
	shut(t, r.ConsumeLogs(ctx, logs(2)), store.ErrRevoked)
	require.NoError(t, r.ConsumeLogs(as(t.Context(), r.project.ID, fresh.ID), logs(2)))
	outcomes(t, r, point("stored", 2))
}

func TestFailuresComeAgain(t *testing.T) {
	r := started(t, "")
	ctx := as(t.Context(), r.project.ID, "")
	r.backend.fail = errors.New("database or disk is full")
	for range 3 {
		err := r.ConsumeLogs(ctx, logs(1))
		require.Error(t, err)
		assert.False(t, consumererror.IsPermanent(err))
	}
	r.backend.fail = nil
	require.NoError(t, r.ConsumeLogs(ctx, logs(1)))
	assert.Equal(t, []componentstatus.Status{componentstatus.StatusRecoverableError, componentstatus.StatusOK}, r.host.status)
	outcomes(t, r, point("stored", 1))
}

func TestWhatIsNoFactIsRefused(t *testing.T) {
	r := started(t, "")
	ctx := as(t.Context(), r.project.ID, "")
	ld := logs(1, 2, 3)
	ld.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().AppendEmpty().Body().SetStr("jane.roe@example.com")
	ld.ResourceLogs().At(1).Resource().Attributes().PutStr("host.name", "jane.roe@example.com")
	err := r.ConsumeLogs(ctx, ld)
	require.Error(t, err)
	assert.True(t, consumererror.IsPermanent(err))
	assert.NotContains(t, err.Error(), "jane")
	outcomes(t, r, point("stored", 2), point("malformed", 1))
	var refused int64
	m, err := r.tel.GetMetric("otelcol_exporter_backend_records_refused")
	require.NoError(t, err)
	for _, p := range m.Data.(metricdata.Sum[int64]).DataPoints {
		refused += p.Value
	}
	assert.Positive(t, refused)
}

func TestNeedsABackend(t *testing.T) {
	for want, extensions := range map[string]map[component.ID]component.Component{
		"there is no extension": {},
		"is no backend":         {component.MustNewID("backend"): nopComponent{}},
	} {
		e, err := NewFactory().CreateLogs(t.Context(), exportertest.NewNopSettings(metadata.Type), createDefaultConfig())
		require.NoError(t, err)
		require.ErrorContains(t, e.Start(t.Context(), &testHost{extensions: extensions}), want)
		require.NoError(t, e.Shutdown(t.Context()))
	}
}

type nopComponent struct {
	component.StartFunc
	component.ShutdownFunc
}

func set(key, value string) attribute.Set { return attribute.NewSet(attribute.String(key, value)) }
