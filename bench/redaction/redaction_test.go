// Package redaction compares how fast log text is scanned and redacted by
// Weir's pii_redaction processor and by contrib's redactionprocessor with
// equivalent patterns for the types that a pattern can express. Weir looks for
// all of its types.
package redaction

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/open-telemetry/opentelemetry-collector-contrib/processor/redactionprocessor"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/processor/processortest"

	"github.com/weir-telemetry/weir/bench/cpu"
	"github.com/weir-telemetry/weir/processors/piiredactionprocessor"
)

// lines of infrastructure and applications; one in four holds personal data.
func lines() []string {
	var out []string
	for i := range 400 {
		out = append(out,
			fmt.Sprintf(`I1121 08:%02d:12.%06d 1 controller.go:116] "Reconciled deployment" namespace="shop" name="cart-%d" duration="%dms"`, i%60, i*37, i, i),
			fmt.Sprintf(`2026-11-21T08:%02d:01.123Z INFO com.shop.OrderService - order %d stored in %d ms, trace_id=4bf92f3577b34da6a3ce929d0e0e%04x`, i%60, 100000+i, i%90, i),
			fmt.Sprintf(`level=info ts=2026-11-21T08:%02d:01Z caller=compact.go:519 msg="write block" mint=1700000000000 maxt=1700007200000 ulid=01HF%05d`, i%60, i),
			[]string{
				fmt.Sprintf(`203.0.113.%d - - [21/Nov/2026:08:00:01 +0000] "GET /u?email=ann%d%%40example.com HTTP/1.1" 200 512`, i%250+1, i),
				fmt.Sprintf(`WARN payment refused for card 4111 1111 1111 1111 of customer%d@example.com`, i),
				fmt.Sprintf(`DEBUG login user=u%d password=hunter%d ssn 123-45-6789`, i, i),
				fmt.Sprintf(`INFO transfer %d to DE89370400440532013000, call +49 30 1234567`, i),
			}[i%4])
	}
	return out
}

// patterns are those of the types that a pattern can express.
var patterns = []string{
	`[A-Za-z0-9._%+-]+(?:@|%40)[A-Za-z0-9.-]+\.[A-Za-z]{2,}`,
	`\b(?:4[0-9]{3}|5[1-5][0-9]{2}|6011)[ -]?[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{4}\b`,
	`\b3[47][0-9]{2}[ -]?[0-9]{6}[ -]?[0-9]{5}\b`,
	`\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b`,
	`\b[0-9]{3}-[0-9]{2}-[0-9]{4}\b`,
	`\+[1-9][0-9 ().-]{7,18}[0-9]`,
	`\b(?:[0-9]{1,3}\.){3}[0-9]{1,3}\b`,
	`(?:[0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4}`,
	`eyJ[A-Za-z0-9_-]+\.eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+`,
	`(?:AKIA[0-9A-Z]{16}|gh[pos]_[A-Za-z0-9]{36}|xox[bp]-[A-Za-z0-9-]+|sk_live_[A-Za-z0-9]+)`,
	`(?i)(?:password|passwd|pwd|secret)["']?\s*[=:]\s*["']?[^\s"',;&]+`,
	`-----BEGIN [A-Z ]*PRIVATE KEY-----`,
}

func logs(text []string) plog.Logs {
	l := plog.NewLogs()
	rs := l.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords()
	for _, s := range text {
		rs.AppendEmpty().Body().SetStr(s)
	}
	return l
}

// rate returns MB per CPU-second.
func rate(b *testing.B, bytes int, src plog.Logs, pass func(plog.Logs)) float64 {
	var in plog.Logs
	return cpu.Rate(b, bytes, func() { in = plog.NewLogs(); src.CopyTo(in) }, func() { pass(in) }) / 1e6
}

// peer makes a processor of logs by its factory and starts it.
func peer(b *testing.B, f processor.Factory, cfg component.Config) func(plog.Logs) {
	p, err := f.CreateLogs(context.Background(), processortest.NewNopSettings(f.Type()), cfg, consumertest.NewNop())
	if err != nil {
		b.Fatal(err)
	}
	if err := p.Start(context.Background(), componenttest.NewNopHost()); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = p.Shutdown(context.Background()) })
	return func(l plog.Logs) {
		if err := p.ConsumeLogs(context.Background(), l); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLogText prints MB of log text per CPU-second of both processors, on
// one core, and their ratio.
func BenchmarkLogText(b *testing.B) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	text := lines()
	src := logs(text)
	size := len(strings.Join(text, ""))
	f := redactionprocessor.NewFactory()
	cfg := f.CreateDefaultConfig().(*redactionprocessor.Config)
	cfg.AllowAllKeys = true
	cfg.BlockedValues = patterns
	theirs := peer(b, f, cfg)
	g := piiredactionprocessor.NewFactory()
	ours := peer(b, g, g.CreateDefaultConfig())
	for name, pass := range map[string]func(plog.Logs){"weir": ours, "contrib": theirs} {
		l := logs(text)
		pass(l)
		rs := l.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords()
		for i := range text {
			for _, v := range []string{"@example.com", "%40example", "hunter", "4111 1111", "DE8937", "203.0.113", "123-45"} {
				if strings.Contains(rs.At(i).Body().Str(), v) {
					b.Fatalf("%s left data in line %d", name, i)
				}
			}
		}
	}
	for b.Loop() {
		w, c := rate(b, size, src, ours), rate(b, size, src, theirs)
		b.ReportMetric(w, "weir-MB/cpu-s")
		b.ReportMetric(c, "contrib-MB/cpu-s")
		b.ReportMetric(w/c, "ratio")
		if w < 10*c {
			b.Errorf("ratio %.1f: want at least 10", w/c)
		}
	}
}
