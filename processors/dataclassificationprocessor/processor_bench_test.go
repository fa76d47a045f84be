package dataclassificationprocessor

import (
	"testing"

	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/weir-telemetry/weir/internal/inspect/inspecttest"
)

// lines makes 999 records of the given lines and counts their bytes.
func lines(text ...string) (ld plog.Logs, size int64) {
	ld = plog.NewLogs()
	rs := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords()
	for i := range 999 {
		rs.AppendEmpty().Body().SetStr(text[i%len(text)])
		size += int64(len(text[i%len(text)]))
	}
	return ld, size
}

// Lines without findings: nothing may be allocated for a record.
func BenchmarkCleanLines(b *testing.B) {
	p := newClassifier(b)
	ld, size := lines("2026-11-21T09:15:53.123Z INFO api.checkout order 48213 accepted in 12ms path=/v1/orders status=201")
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		_, _ = p.logs(b.Context(), ld)
	}
}

func BenchmarkExchange(b *testing.B) {
	p := newClassifier(b)
	ld := inspecttest.Exchange()
	b.ReportAllocs()
	for b.Loop() {
		_, _ = p.logs(b.Context(), ld)
	}
}
