package uplinkexporter

import (
	"testing"

	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// counter sums a metric over those points that have an attribute of the value,
// or over all.
func counter(t *testing.T, tel *componenttest.Telemetry, name, value string) (sum int64) {
	t.Helper()
	m, err := tel.GetMetric("otelcol_" + name)
	if err != nil {
		return 0
	}
	for _, p := range m.Data.(metricdata.Sum[int64]).DataPoints {
		has := value == ""
		for _, a := range p.Attributes.ToSlice() {
			has = has || a.Value.AsString() == value
		}
		if has {
			sum += p.Value
		}
	}
	return sum
}
