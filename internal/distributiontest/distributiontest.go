// Package distributiontest checks that the configuration a distribution ships
// is one that its own components accept, payload guard included.
package distributiontest

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/provider/envprovider"
	"go.opentelemetry.io/collector/otelcol"

	"github.com/weir-telemetry/weir/confmap/lastgoodprovider"
	"github.com/weir-telemetry/weir/confmap/payloadguardconverter"
)

// Validate fails t unless the file is a valid configuration for the components.
func Validate(t *testing.T, components func() (otelcol.Factories, error), file string) {
	t.Helper()
	collector, err := otelcol.NewCollector(otelcol.CollectorSettings{
		BuildInfo: component.NewDefaultBuildInfo(),
		Factories: components,
		ConfigProviderSettings: otelcol.ConfigProviderSettings{ResolverSettings: confmap.ResolverSettings{
			URIs:               []string{"file:" + file},
			ProviderFactories:  []confmap.ProviderFactory{lastgoodprovider.NewFactory(), envprovider.NewFactory()},
			ConverterFactories: []confmap.ConverterFactory{payloadguardconverter.NewFactory()},
		}},
	})
	require.NoError(t, err)
	require.NoError(t, collector.DryRun(t.Context()))
}
