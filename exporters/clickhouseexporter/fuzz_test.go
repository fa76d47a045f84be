package clickhouseexporter

import (
	"encoding/json"
	"testing"

	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// FuzzEncode feeds whatever the protobuf decoder accepts: no panic, one row
// for each record, and nested bodies are valid JSON.
func FuzzEncode(f *testing.F) {
	seed, err := (&plog.ProtoMarshaler{}).MarshalLogs(sampleLogs(0, 3))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Fuzz(func(t *testing.T, data []byte) {
		if ld, err := (&plog.ProtoUnmarshaler{}).UnmarshalLogs(data); err == nil {
			b := newLogBatch()
			b.append(ld)
			checkEncode(t, b, ld.LogRecordCount())
		}
		if td, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(data); err == nil {
			b := newSpanBatch()
			b.append(td)
			checkEncode(t, b, td.SpanCount())
		}
		if text := appendQuoted(nil, string(data)); !json.Valid(text) {
			t.Fatalf("not JSON: %q", text)
		}
	})
}

func checkEncode(t *testing.T, b batch, want int) {
	t.Helper()
	if b.rows() != want {
		t.Fatalf("%d rows of %d records", b.rows(), want)
	}
	if _, _, err := newEncoder(compressionLZ4).encode(b); err != nil {
		t.Fatal(err)
	}
}
