package piiredactionprocessor

import (
	"testing"

	"go.opentelemetry.io/collector/pdata/plog"
)

// BenchmarkLogLines redacts lines of which every third holds an address and
// another an e-mail. The copying is not measured.
func BenchmarkLogLines(b *testing.B) {
	lines := []string{
		`2026-11-21T09:15:53.123Z INFO api.checkout order 48213 accepted in 12ms path=/v1/orders status=201`,
		`2026-11-21T09:15:53.127Z WARN mailer could not reach rosa.lindqvist@mail.example, retry in 30s`,
		`10.2.3.4 - - [21/Nov/2026:09:15:53 +0000] "GET /healthz HTTP/1.1" 200 2 "-" "kube-probe/1.33"`,
	}
	src := plog.NewLogs()
	rs := src.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords()
	n := 0
	for i := range 999 {
		rs.AppendEmpty().Body().SetStr(lines[i%3])
		n += len(lines[i%3])
	}
	p := redactorOf(b, "mask")
	b.SetBytes(int64(n))
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		ld := plog.NewLogs()
		src.CopyTo(ld)
		b.StartTimer()
		_, _ = p.logs(b.Context(), ld)
	}
}
