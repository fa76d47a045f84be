package inspecttest

import (
	"context"
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
)

var update = flag.Bool("update", false, "write the goldens")

// Processor is what a processor does to each signal.
type Processor struct {
	Logs    func(context.Context, plog.Logs) (plog.Logs, error)
	Traces  func(context.Context, ptrace.Traces) (ptrace.Traces, error)
	Metrics func(context.Context, pmetric.Metrics) (pmetric.Metrics, error)
}

// Goldens compares what goes into a processor and what comes out of it with
// the files of testdata/golden; what goes in is what the receivers emit today.
// With -update it writes them.
func Goldens(t *testing.T, p Processor) {
	run(t, "exchange", Exchange(), p.Logs, logs)
	run(t, "logs", Logs(), p.Logs, logs)
	run(t, "traces", Traces(), p.Traces, traces)
	run(t, "metrics", Metrics(), p.Metrics, metrics)
}

func run[T any](t *testing.T, name string, in T, f func(context.Context, T) (T, error), compare func(*testing.T, string, T)) {
	t.Run(name, func(t *testing.T) {
		compare(t, path(name+"_in"), in)
		out, err := f(t.Context(), in)
		require.NoError(t, err)
		compare(t, path(name+"_out"), out)
	})
}

func path(name string) string { return filepath.Join("testdata", "golden", name+".yaml") }

func logs(t *testing.T, file string, got plog.Logs) {
	if *update {
		require.NoError(t, golden.WriteLogsToFile(file, got))
	}
	want, err := golden.ReadLogs(file)
	require.NoError(t, err)
	require.NoError(t, plogtest.CompareLogs(want, got), file)
}

func traces(t *testing.T, file string, got ptrace.Traces) {
	if *update {
		require.NoError(t, golden.WriteTracesToFile(file, got))
	}
	want, err := golden.ReadTraces(file)
	require.NoError(t, err)
	require.NoError(t, ptracetest.CompareTraces(want, got), file)
}

func metrics(t *testing.T, file string, got pmetric.Metrics) {
	if *update {
		require.NoError(t, golden.WriteMetricsToFile(file, got, golden.SkipMetricTimestampNormalization()))
	}
	want, err := golden.ReadMetrics(file)
	require.NoError(t, err)
	require.NoError(t, pmetrictest.CompareMetrics(want, got, pmetrictest.IgnoreMetricDataPointsOrder()), file)
}
