package consoleextension

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/extension"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/metric/metricdata/metricdatatest"

	"github.com/weir-telemetry/weir/extensions/consoleextension/internal/metadata"
	"github.com/weir-telemetry/weir/extensions/consoleextension/internal/metadatatest"
)

// backend keeps what was mounted last.
type backend struct {
	component.StartFunc
	component.ShutdownFunc
	mounted http.Handler
}

func (b *backend) Mount(h http.Handler) { b.mounted = h }

type host map[component.ID]component.Component

func (h host) GetExtensions() map[component.ID]component.Component { return h }

func newTest(t *testing.T, tel *componenttest.Telemetry) *consoleExtension {
	t.Helper()
	e, err := NewFactory().Create(t.Context(), extension.Settings{
		ID: component.NewID(metadata.Type), TelemetrySettings: tel.NewTelemetrySettings(),
	}, createDefaultConfig())
	require.NoError(t, err)
	return e.(*consoleExtension)
}

func TestMounts(t *testing.T) {
	tel := componenttest.NewTelemetry()
	c := newTest(t, tel)
	b := &backend{}
	id := component.MustNewID("backend")
	assert.Equal(t, []component.ID{id}, c.Dependencies())
	require.NoError(t, c.Start(t.Context(), host{id: b}))
	require.NotNil(t, b.mounted)
	assert.Equal(t, http.StatusOK, ask(b.mounted, http.MethodGet, "/").StatusCode)
	assert.Equal(t, http.StatusNotFound, ask(b.mounted, http.MethodGet, "/other").StatusCode)
	metadatatest.AssertEqualWeirConsoleRequests(t, tel, []metricdata.DataPoint[int64]{
		{Attributes: attribute.NewSet(attribute.Int("code", 200)), Value: 1},
		{Attributes: attribute.NewSet(attribute.Int("code", 404)), Value: 1},
	}, metricdatatest.IgnoreTimestamp(), metricdatatest.IgnoreExemplars())
	require.NoError(t, c.Shutdown(t.Context()))
	assert.Nil(t, b.mounted)
}

func TestNoBackendFailsTheStart(t *testing.T) {
	c := newTest(t, componenttest.NewTelemetry())
	assert.ErrorContains(t, c.Start(t.Context(), host{}), `backend: there is no extension "backend"`)
	other := struct {
		component.StartFunc
		component.ShutdownFunc
	}{}
	assert.ErrorContains(t, c.Start(t.Context(), host{component.MustNewID("backend"): other}), "is no backend")
	assert.NoError(t, c.Shutdown(t.Context()))
}
