package dataclassificationprocessor

import (
	"flag"
	"path/filepath"
	"testing"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/golden"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/pdatatest/plogtest"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/pdatatest/pmetrictest"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/pdatatest/ptracetest"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/weir-telemetry/weir/internal/inspect/inspecttest"
)

var update = flag.Bool("update", false, "write the goldens")

func file(name string) string { return filepath.Join("testdata", "golden", name+".yaml") }

// Each pair is what comes in and what goes out; what comes in is what the
// receivers emit today.
func TestGoldenLogs(t *testing.T) {
	for name, in := range map[string]plog.Logs{"exchange": inspecttest.Exchange(), "logs": inspecttest.Logs()} {
		compareLogs(t, name+"_in", in)
		_, err := goldenProcessor(t).logs(t.Context(), in)
		require.NoError(t, err)
		compareLogs(t, name+"_out", in)
	}
}

func compareLogs(t *testing.T, name string, got plog.Logs) {
	if *update {
		require.NoError(t, golden.WriteLogsToFile(file(name), got))
	}
	want, err := golden.ReadLogs(file(name))
	require.NoError(t, err)
	require.NoError(t, plogtest.CompareLogs(want, got), name)
}

func TestGoldenTraces(t *testing.T) {
	in := inspecttest.Traces()
	compareTraces(t, "traces_in", in)
	_, err := goldenProcessor(t).traces(t.Context(), in)
	require.NoError(t, err)
	compareTraces(t, "traces_out", in)
}

func compareTraces(t *testing.T, name string, got ptrace.Traces) {
	if *update {
		require.NoError(t, golden.WriteTracesToFile(file(name), got))
	}
	want, err := golden.ReadTraces(file(name))
	require.NoError(t, err)
	require.NoError(t, ptracetest.CompareTraces(want, got), name)
}

func TestGoldenMetrics(t *testing.T) {
	in := inspecttest.Metrics()
	compareMetrics(t, "metrics_in", in)
	_, err := goldenProcessor(t).metrics(t.Context(), in)
	require.NoError(t, err)
	compareMetrics(t, "metrics_out", in)
}

func compareMetrics(t *testing.T, name string, got pmetric.Metrics) {
	if *update {
		require.NoError(t, golden.WriteMetricsToFile(file(name), got, golden.SkipMetricTimestampNormalization()))
	}
	want, err := golden.ReadMetrics(file(name))
	require.NoError(t, err)
	require.NoError(t, pmetrictest.CompareMetrics(want, got, pmetrictest.IgnoreMetricDataPointsOrder()), name)
}

func goldenProcessor(t *testing.T) *classifier { return newClassifier(t) }
