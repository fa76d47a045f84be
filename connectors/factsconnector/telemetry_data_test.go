package factsconnector

import (
	"strconv"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/weir-telemetry/weir/internal/entity"
	"github.com/weir-telemetry/weir/internal/exchange"
)

var (
	scope = exchange.Scope{Name: "test", Version: "1"}
	shop  = entity.Workload{Kind: "Deployment", Namespace: "shop", Name: "web"}
	users = entity.Workload{Kind: "Deployment", Namespace: "shop", Name: "users", Pod: "users-1", Node: "n1"}
)

// call is an exchange of web with users, as the capture receivers see it.
func call(body string) *exchange.Exchange {
	return &exchange.Exchange{
		Protocol: exchange.HTTP, Version: "1.1", Source: shop, Destination: users,
		Start: time.Now(), Duration: 12 * time.Millisecond,
		Method: []byte("POST"), Path: []byte("/users/7"), Route: "/users/{id}", Status: 201,
		Request:  exchange.Message{Body: []byte(body), BodySize: int64(len(body))},
		Response: exchange.Message{BodySize: 2},
	}
}

// httpDurations are the metrics of n exchanges since now.
func httpDurations(n int) pmetric.Metrics {
	m := exchange.NewMetrics(scope, time.Now(), 0)
	for range n {
		m.Add(call(""))
	}
	return m.Collect(time.Now().Add(time.Second))
}

// exchanges is one record for each finding, as classification leaves it.
func exchanges(found ...string) plog.Logs {
	l := exchange.NewLogs(scope)
	for range found {
		l.Add(call(`{"a":1}`), exchange.TraceContext{}, time.Now())
	}
	ld := l.Take()
	i := 0
	for _, rl := range ld.ResourceLogs().All() {
		for _, rec := range rl.ScopeLogs().At(0).LogRecords().All() {
			classify(rec, found[i], "request", "body.email")
			i++
		}
	}
	return ld
}

func classify(rec plog.LogRecord, dataType, direction, path string) {
	list, ok := rec.Attributes().Get("weir.findings")
	if !ok {
		rec.Attributes().PutEmptySlice("weir.findings")
		list, _ = rec.Attributes().Get("weir.findings")
	}
	f := list.Slice().AppendEmpty().SetEmptyMap()
	f.PutStr("type", dataType)
	f.PutStr("sensitivity", "medium")
	f.PutStr("path", path)
	f.PutStr("direction", direction)
}

func spans() ptrace.Traces {
	tr := exchange.NewTraces(scope)
	tr.Add(call(""), exchange.TraceContext{})
	return tr.Take()
}

// symptomPoints are those of one statement.
func symptomPoints(code, phase string, onset, at time.Time, value float64) pmetric.Metrics {
	md := pmetric.NewMetrics()
	sm := md.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty()
	sm.Scope().SetName("weir.symptom")
	for name, v := range map[string]float64{
		"weir.symptom": value, "weir.symptom.baseline": 0.1, "weir.symptom.threshold": 0.15,
		"weir.symptom.onset": float64(onset.Unix()), "weir.symptom.samples": 60,
	} {
		m := sm.Metrics().AppendEmpty()
		m.SetName(name)
		dp := m.SetEmptyGauge().DataPoints().AppendEmpty()
		dp.SetTimestamp(pcommon.NewTimestampFromTime(at))
		dp.SetDoubleValue(v)
		for k, v := range map[string]string{
			"weir.symptom.code": code, "weir.symptom.phase": phase, "weir.symptom.severity": "warning",
			"weir.symptom.unit": "s", "weir.symptom.detector": "baseline",
			"weir.entity.type": "deployment", "weir.entity.namespace": "shop", "weir.entity.name": "users",
			"weir.peer.type": "deployment", "weir.peer.namespace": "shop", "weir.peer.name": "web",
		} {
			dp.Attributes().PutStr(k, v)
		}
	}
	return md
}

// workloads names n different ones.
func workloads(n int) (out []entity.Workload) {
	for i := range n {
		out = append(out, entity.Workload{Kind: "Deployment", Namespace: "many", Name: "w" + strconv.Itoa(i)})
	}
	return out
}
