package report

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/plog"
)

func message(t *testing.T, namespace string, types ...string) []byte {
	t.Helper()
	l := plog.NewLogs()
	rec := l.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
	rec.SetEventName("weir.exchange")
	a := rec.Attributes()
	a.PutStr("weir.source.name", "storefront")
	a.PutStr("weir.destination.name", "customers")
	a.PutStr("weir.destination.namespace", namespace)
	a.PutStr("http.request.method", "GET")
	a.PutStr("http.route", "/customers/{id}")
	s := a.PutEmptySlice("weir.data_types")
	for _, n := range types {
		s.AppendEmpty().SetStr(n)
	}
	b, err := (&plog.ProtoMarshaler{}).MarshalLogs(l)
	require.NoError(t, err)
	return b
}

func framed(t *testing.T, b []byte) []byte {
	t.Helper()
	e, err := zstd.NewWriter(nil)
	require.NoError(t, err)
	z := e.EncodeAll(b, nil)
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(z))), z...)
}

func TestTailFollowsGrowthAndRotation(t *testing.T) {
	dir := t.TempDir()
	tail, err := NewTail(filepath.Join(dir, "logs*"))
	require.NoError(t, err)
	defer tail.Close()
	r := NewRecords("demo")
	path := filepath.Join(dir, "logs.zst")
	one := framed(t, message(t, "demo", "EMAIL"))
	require.NoError(t, os.WriteFile(path, append(one[:len(one):len(one)], one[:7]...), 0o600))
	require.NoError(t, tail.Next(r.Add))
	assert.Equal(t, 1, r.Exchanges, "half a message waits")
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = f.Write(one[7:])
	require.NoError(t, err)
	require.NoError(t, f.Close())
	require.NoError(t, os.Rename(path, filepath.Join(dir, "logs-2026.zst")))
	require.NoError(t, os.WriteFile(path, framed(t, message(t, "demo", "PHONE")), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "logs.other"), framed(t, message(t, "else", "PHONE")), 0o600))
	require.NoError(t, tail.Next(r.Add))
	require.NoError(t, tail.Next(r.Add))
	assert.Equal(t, 3, r.Exchanges)
	assert.Equal(t, 1, r.Others)
	assert.Equal(t, []string{"EMAIL", "PHONE"}, r.Edges()[Edge{"storefront", "customers"}].Names())
}

const scrape = `# TYPE otelcol_weir_redaction_findings_total counter
otelcol_weir_redaction_findings_total{action="mask",data_type="EMAIL"} 5
otelcol_weir_redaction_findings_total{action="replace",data_type="EMAIL"} 2
otelcol_weir_redaction_findings_total{action="keep",data_type="PHONE"} 9
# TYPE otelcol_weir_pcap_packets_dropped_total counter
otelcol_weir_pcap_packets_dropped_total{reason="gap"} 3
otelcol_weir_pcap_packets_dropped_total{reason="late"} 0
# TYPE otelcol_exporter_send_failed_log_records_total counter
otelcol_exporter_send_failed_log_records_total{exporter="file"} 1
`

func TestTelemetry(t *testing.T) {
	got, err := ParseTelemetry([]byte(scrape))
	require.NoError(t, err)
	assert.Equal(t, map[string]int{"EMAIL": 7}, got.Redactions)
	assert.Equal(t, map[string]int{"weir_pcap_packets_dropped:gap": 3}, got.Drops)
	assert.Equal(t, map[string]int{"exporter_send_failed_log_records": 1}, got.Refused)
	_, err = ParseTelemetry([]byte("{"))
	require.Error(t, err)
}

func TestSummaryHasTheKeysThatOthersRead(t *testing.T) {
	r := NewRecords("demo")
	require.NoError(t, r.Add(message(t, "demo", "EMAIL", "PHONE")))
	path := filepath.Join(t.TempDir(), "s.json")
	s := Summarize(r, Telemetry{Redactions: map[string]int{"EMAIL": 1}, Drops: map[string]int{}}, []Symptom{{Code: "a", Phase: "end"}, {Code: "a", Phase: "update"}})
	require.NoError(t, s.Write(path))
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	var out map[string]any
	require.NoError(t, json.Unmarshal(b, &out))
	for _, key := range []string{"exchanges", "edges", "data_types", "redactions", "drops", "raw_values_found",
		"symptoms_opened", "symptoms_closed", "facts_sent", "bytes_sent", "ledger_verified"} {
		assert.Contains(t, out, key)
	}
	assert.Equal(t, map[string]any{"a": 2.0}, out["symptoms_opened"])
	assert.Equal(t, map[string]any{"a": 1.0}, out["symptoms_closed"])
	assert.Equal(t, map[string]any{"storefront -> customers": []any{"EMAIL", "PHONE"}}, out["data_types"])
}

func TestCheckFindsWhatIsWrong(t *testing.T) {
	good := func() Summary {
		return Summary{
			Exchanges: 10, DataTypes: map[string][]string{"a -> b": {"EMAIL"}},
			Redactions: map[string]int{"EMAIL": 4}, Drops: map[string]int{},
			FactsSent: 3, BytesSent: 99, LedgerVerified: true,
			SymptomsOpened: map[string]int{"s": 1}, SymptomsClosed: map[string]int{"s": 1},
		}
	}
	want := Expectation{Exchanges: 10, Edges: []Edge{{"a", "b"}}, Types: []string{"EMAIL"}, Symptoms: []string{"s"}}
	assert.Empty(t, good().Check(want))
	for name, spoil := range map[string]func(*Summary){
		"raw values":       func(s *Summary) { s.RawValuesFound = 1 },
		"no exchange":      func(s *Summary) { s.Exchanges = 0 },
		"are missing":      func(s *Summary) { s.Exchanges = 9 },
		"10 are missing":   func(s *Summary) { s.Exchanges = 8; s.Drops["x"] = 1 },
		"never took place": func(s *Summary) { s.Exchanges = 11 },
		"edge a -> b":      func(s *Summary) { s.DataTypes = map[string][]string{"c -> d": {"EMAIL"}} },
		"not classified":   func(s *Summary) { s.DataTypes["a -> b"] = nil },
		"no facts":         func(s *Summary) { s.FactsSent = 0 },
		"ledger":           func(s *Summary) { s.LedgerVerified = false },
		"symptom s":        func(s *Summary) { s.SymptomsClosed = nil },
		"was redacted":     func(s *Summary) { s.Redactions = nil },
	} {
		s := good()
		spoil(&s)
		assert.NotEmpty(t, s.Check(want), name)
	}
}

func TestTableShowsEverything(t *testing.T) {
	r := NewRecords("demo")
	require.NoError(t, r.Add(message(t, "demo", "EMAIL")))
	var b bytes.Buffer
	Table(&b, r, Telemetry{Redactions: map[string]int{"EMAIL": 7}, Drops: map[string]int{"x:gap": 3}})
	for _, want := range []string{"storefront -> customers", "GET /customers/{id}", "EMAIL 7", "x:gap 3"} {
		assert.Contains(t, b.String(), want)
	}
	assert.Contains(t, Line(r, Telemetry{}, nil), "edges 1")
}
