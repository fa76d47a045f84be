package factsconnector

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/weir-telemetry/weir/internal/exchange"
	"github.com/weir-telemetry/weir/internal/fact"
)

// Two runs with the same topology, timing, states and lengths, and with other
// payload bytes in which other things are found, say the same but for data
// observations.
func TestNothingButFlowsDependsOnPayload(t *testing.T) {
	quiet := told(t, func(int, plog.LogRecord) {}, "")
	email := told(t, func(i int, rec plog.LogRecord) {
		classify(rec, "EMAIL", "request", "body.email")
		classify(rec, "PASSWORD", "response", fmt.Sprintf("body.field%d", i)) // more than there is room for
	}, "rosa@mail.example")
	iban := told(t, func(i int, rec plog.LogRecord) {
		if i%2 == 0 {
			classify(rec, "IBAN", "request", strings.Repeat("x", i))
		}
	}, "DE89370400440532013000")
	require.Len(t, quiet, len(email))
	require.Len(t, quiet, len(iban))
	flows := 0
	for i := range quiet {
		flows += withoutFlows(email[i])
		withoutFlows(iban[i])
		withoutFlows(quiet[i])
		assert.Equal(t, marshal(t, quiet[i]), marshal(t, email[i]), "report %d", i)
		assert.Equal(t, marshal(t, quiet[i]), marshal(t, iban[i]), "report %d", i)
	}
	assert.Positive(t, flows, "there was something to find")
}

// told runs a connector for a while, with metrics and records first, then with
// records alone, then with nothing.
func told(t *testing.T, find func(int, plog.LogRecord), payload string) (out []plog.Logs) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := start(t, func(c *Config) { c.MaxFlows, c.SnapshotInterval = 3, 10*time.Minute })
		defer r.stop(t)
		time.Sleep(time.Second)
		for i := range 30 {
			e := call((payload + strings.Repeat("*", 64))[:64])
			e.Path = []byte("/users/" + (payload + strings.Repeat("7", 24))[:24])
			if i%3 == 0 {
				e.Source = workloads(30)[i]
			}
			if i < 10 {
				m := exchange.NewMetrics(scope, time.Now(), 0)
				m.Add(e)
				require.NoError(t, r.metrics.ConsumeMetrics(t.Context(), m.Collect(time.Now().Add(time.Second))))
				tr := exchange.NewTraces(scope)
				tr.Add(e, exchange.TraceContext{})
				require.NoError(t, r.traces.ConsumeTraces(t.Context(), tr.Take()))
			}
			if i < 20 {
				l := exchange.NewLogs(scope)
				l.Add(e, exchange.TraceContext{}, time.Now())
				ld := l.Take()
				find(i, ld.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().At(0))
				require.NoError(t, r.logs.ConsumeLogs(t.Context(), ld))
			}
			time.Sleep(time.Minute)
			synctest.Wait()
		}
		out = append(out, r.got...)
	})
	return out
}

// withoutFlows takes away all that may depend on the data, and says how much.
func withoutFlows(ld plog.Logs) (n int) {
	ld.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().RemoveIf(func(rec plog.LogRecord) bool {
		rec.Attributes().Remove("weir.coverage.flows_left_out")
		if rec.EventName() == fact.EventFlow {
			n++
			return true
		}
		return false
	})
	return n
}

func marshal(t *testing.T, ld plog.Logs) string {
	t.Helper()
	b, err := (&plog.JSONMarshaler{}).MarshalLogs(ld)
	require.NoError(t, err)
	return string(b)
}

// Payload, addresses and paths can stand in what comes in; none of it may
// stand in what goes out.
func TestNoPayloadGetsOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, nil)
		defer r.stop(t)
		e := call("canary-body")
		e.Path, e.Query = []byte("/users/canary-path"), []byte("q=canary-query")
		e.Request.Headers = []exchange.Header{{Name: []byte("cookie"), Value: []byte("canary-cookie")}}
		l := exchange.NewLogs(scope)
		l.Add(e, exchange.TraceContext{State: "canary=state"}, time.Now())
		ld := l.Take()
		classify(ld.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().At(0), "EMAIL", "request", "body.email")
		require.NoError(t, r.logs.ConsumeLogs(t.Context(), ld))
		tr := exchange.NewTraces(scope)
		tr.Add(e, exchange.TraceContext{State: "canary=state"})
		td := tr.Take()
		td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0).SetName("canary-name")
		require.NoError(t, r.traces.ConsumeTraces(t.Context(), td))
		md := httpDurations(1)
		md.ResourceMetrics().At(0).Resource().Attributes().PutStr("host.name", "canary-host")
		md.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().At(0).ExponentialHistogram().DataPoints().At(0).
			Attributes().PutStr("user.email", "canary-attribute")
		assert.Contains(t, marshal(t, ld), "canary")
		require.NoError(t, r.metrics.ConsumeMetrics(t.Context(), md))
		time.Sleep(time.Minute)
		synctest.Wait()
		require.Len(t, r.got, 1)
		assert.NotContains(t, marshal(t, r.got[0]), "canary")
	})
}
