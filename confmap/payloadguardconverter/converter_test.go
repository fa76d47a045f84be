package payloadguardconverter

import (
	"context"
	"strings"
	"testing"

	"go.opentelemetry.io/collector/confmap"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

func conf(receiver map[string]any) *confmap.Conf {
	return confmap.NewFromStringMap(map[string]any{
		"receivers": map[string]any{"pcap": receiver},
		"exporters": map[string]any{"debug": nil, "file": nil},
		"service": map[string]any{"pipelines": map[string]any{"logs": map[string]any{
			"receivers": []any{"pcap"}, "exporters": []any{"debug", "file"},
		}}},
	})
}

func TestConvert(t *testing.T) {
	core, logs := observer.New(zap.DebugLevel)
	c := NewFactory().Create(confmap.ConverterSettings{Logger: zap.New(core)})
	err := c.Convert(context.Background(), conf(nil))
	if err == nil || !strings.Contains(err.Error(), "exporters::debug") || !strings.Contains(err.Error(), "exporters::file") {
		t.Fatal(err)
	}
	if err = c.Convert(context.Background(), conf(map[string]any{"allow_unredacted_export": true})); err != nil {
		t.Fatal(err)
	}
	if logs.Len() != 2 {
		t.Fatal(logs.All())
	}
}
