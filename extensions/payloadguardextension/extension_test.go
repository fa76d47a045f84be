package payloadguardextension

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/extension"
	"go.opentelemetry.io/collector/extension/extensioncapabilities"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/weir-telemetry/weir/extensions/payloadguardextension/internal/metadata"
)

func TestTellsAtStart(t *testing.T) {
	for _, tc := range []struct {
		cfg  *Config
		want int
	}{
		{&Config{Receivers: []string{"otlp"}}, 1},
		{&Config{Receivers: []string{"otlp"}, Allow: []string{"logs/raw"}}, 2},
	} {
		core, logs := observer.New(zap.InfoLevel)
		set := extension.Settings{TelemetrySettings: componenttest.NewNopTelemetrySettings()}
		set.ID, set.Logger = component.NewID(metadata.Type), zap.New(core)
		e, err := NewFactory().Create(t.Context(), set, tc.cfg)
		require.NoError(t, err)
		require.NoError(t, e.Start(t.Context(), componenttest.NewNopHost()))
		require.NoError(t, e.Shutdown(t.Context()))
		require.Equal(t, tc.want, logs.Len())
		assert.Equal(t, []any{"otlp"}, logs.All()[0].ContextMap()["receivers"])
		if tc.want == 2 {
			assert.Equal(t, zap.WarnLevel, logs.All()[1].Level)
			assert.Equal(t, []any{"logs/raw"}, logs.All()[1].ContextMap()["pipelines"])
		}
	}
}

// Without the converter, the start is refused all the same.
func TestRefusesAtStart(t *testing.T) {
	conf := func(processors ...any) *confmap.Conf {
		return confmap.NewFromStringMap(map[string]any{
			"receivers":  map[string]any{"otlp": nil},
			"processors": map[string]any{"pii_redaction": map[string]any{"types": []any{}, "min_confidence": 0, "default_action": "mask", "actions": map[string]any(nil)}},
			"exporters":  map[string]any{"debug": nil},
			"extensions": map[string]any{"payload_guard": map[string]any{"receivers": []any{"otlp"}, "allow": []any(nil)}},
			"service": map[string]any{"extensions": []any{"payload_guard"}, "pipelines": map[string]any{"logs": map[string]any{
				"receivers": []any{"otlp"}, "processors": processors, "exporters": []any{"debug"},
			}}},
		})
	}
	var w extensioncapabilities.ConfigWatcher = &guardExtension{}
	assert.ErrorContains(t, w.NotifyConfig(t.Context(), conf()), "receivers::otlp → pipelines::logs → exporters::debug")
	assert.NoError(t, w.NotifyConfig(t.Context(), conf("pii_redaction")))
}
