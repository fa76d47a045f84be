package clickhouseexporter

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/weir-telemetry/weir/test/servers/clickhouse"
)

var update = flag.Bool("update", false, "rewrite the golden statements")

func TestGoldenDDL(t *testing.T) {
	cfg := createDefaultConfig().(*Config)
	for _, tab := range []table{logsTable(cfg), tracesTable(cfg)} {
		path := "testdata/ddl_" + tab.signal + ".sql"
		got := strings.Join(append(tab.create, tab.insert), ";\n\n") + ";\n"
		if *update {
			require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
		}
		want, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, string(want), got)
	}
}

// The queries have the shape of those of Grafana's ClickHouse data source.
func TestDashboardQueries(t *testing.T) {
	s := clickhouse.Engine(t, clickhouse.Options{})
	cfg := testConfig(s)
	e := startLogs(t, cfg)
	ld := sampleLogs(0, 3)
	ld.ResourceLogs().At(0).Resource().Attributes().PutStr("k8s.namespace.name", "shop")
	ld.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().At(1).SetSeverityText("ERROR")
	require.NoError(t, e.ConsumeLogs(t.Context(), ld))
	require.NoError(t, e.Shutdown(t.Context()))
	for _, column := range []string{"Timestamp", "TimestampTime"} {
		require.Equal(t, "GET /cart\tERROR\tshop", query(t, s, `SELECT Body, SeverityText, "__otel_materialized_k8s.namespace.name"
			FROM "otel"."otel_logs"
			WHERE `+column+` >= fromUnixTimestamp64Milli(1789999999000) AND `+column+` <= fromUnixTimestamp64Milli(1790000001000)
			AND ServiceName = 'cart' AND SeverityText IN ('ERROR') AND Body LIKE '%cart%' AND lower(Body) LIKE '%get%'
			ORDER BY `+column+` DESC LIMIT 1000`))
	}
	require.Equal(t, "0", query(t, s, "SELECT count() FROM otel.otel_logs WHERE Timestamp > fromUnixTimestamp64Milli(1790000001000)"))
}
