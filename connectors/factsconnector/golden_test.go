package factsconnector

import (
	"flag"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/golden"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/pdatatest/plogtest"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

var update = flag.Bool("update", false, "write what comes out to the goldens")

// What comes in is written by hand and stands in testdata/golden/<signal>_in.yaml.
func TestGoldens(t *testing.T) {
	oneGolden(t, "metrics", golden.ReadMetrics, func(r *rig, md pmetric.Metrics) error {
		return r.metrics.ConsumeMetrics(t.Context(), md)
	})
	oneGolden(t, "symptoms", golden.ReadMetrics, func(r *rig, md pmetric.Metrics) error {
		return r.metrics.ConsumeMetrics(t.Context(), md)
	})
	oneGolden(t, "traces", golden.ReadTraces, func(r *rig, td ptrace.Traces) error {
		return r.traces.ConsumeTraces(t.Context(), td)
	})
	oneGolden(t, "logs", golden.ReadLogs, func(r *rig, ld plog.Logs) error {
		return r.logs.ConsumeLogs(t.Context(), ld)
	})
	oneGolden(t, "entities", golden.ReadLogs, func(r *rig, ld plog.Logs) error {
		return r.logs.ConsumeLogs(t.Context(), ld)
	})
}

func oneGolden[T any](t *testing.T, name string, read func(string) (T, error), consume func(*rig, T) error) {
	t.Run(name, func(t *testing.T) {
		file := func(s string) string { return filepath.Join("testdata", "golden", name+s+".yaml") }
		in, err := read(file("_in"))
		require.NoError(t, err)
		synctest.Test(t, func(t *testing.T) {
			r := start(t, nil)
			defer r.stop(t)
			require.NoError(t, consume(r, in))
			time.Sleep(time.Minute)
			synctest.Wait()
			require.Len(t, r.reports(t), 1)
			if *update {
				require.NoError(t, golden.WriteLogsToFile(file("_out"), r.got[0]))
			}
			want, err := golden.ReadLogs(file("_out"))
			require.NoError(t, err)
			require.NoError(t, plogtest.CompareLogs(want, r.got[0]))
		})
	})
}
