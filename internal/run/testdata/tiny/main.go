// Program tiny is a small distribution for tests.
package main

import (
	"os"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/provider/envprovider"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/debugexporter"
	"go.opentelemetry.io/collector/otelcol"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/otlpreceiver"
	"go.opentelemetry.io/collector/service/telemetry/otelconftelemetry"

	"github.com/weir-telemetry/weir/confmap/lastgoodprovider"
	"github.com/weir-telemetry/weir/confmap/payloadguardconverter"
	"github.com/weir-telemetry/weir/internal/run"
)

func main() {
	set := otelcol.CollectorSettings{
		BuildInfo: component.BuildInfo{Command: "tiny", Version: "0"},
		Factories: func() (f otelcol.Factories, err error) {
			f.Telemetry = otelconftelemetry.NewFactory()
			if f.Receivers, err = otelcol.MakeFactoryMap[receiver.Factory](otlpreceiver.NewFactory(), newFailing()); err != nil {
				return f, err
			}
			f.Exporters, err = otelcol.MakeFactoryMap[exporter.Factory](debugexporter.NewFactory())
			return f, err
		},
	}
	set.ConfigProviderSettings.ResolverSettings.ProviderFactories = []confmap.ProviderFactory{envprovider.NewFactory(), lastgoodprovider.NewFactory()}
	set.ConfigProviderSettings.ResolverSettings.ConverterFactories = []confmap.ConverterFactory{payloadguardconverter.NewFactory()}
	if run.Run(set) != nil {
		os.Exit(1)
	}
}
