// Package inspecttest makes telemetry with made-up people in it, for the
// goldens of the components that look into telemetry.
package inspecttest

import (
	"math/rand/v2"
	"net/netip"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/weir-telemetry/weir/internal/entity"
	"github.com/weir-telemetry/weir/internal/exchange"
)

var start = time.Date(2026, 11, 21, 9, 15, 0, 0, time.UTC)

func header(name, value string) exchange.Header {
	return exchange.Header{Name: []byte(name), Value: []byte(value)}
}

// Exchange is the log record of one exchange, as capture receivers emit it. The
// server is known by its workload, the client by its address only.
func Exchange() plog.Logs {
	e := &exchange.Exchange{
		Protocol: exchange.HTTP, Version: "1.1",
		Client: netip.MustParseAddrPort("203.0.113.77:40000"), Server: netip.MustParseAddrPort("10.1.2.3:8080"),
		Destination: entity.Workload{Kind: "Deployment", Namespace: "shop", Name: "users", Pod: "users-1", Node: "n1"},
		Start:       start, Duration: 12 * time.Millisecond,
		Method: []byte("POST"), Path: []byte("/users/rosa%40mail.example/cards"), Query: []byte("notify=rosa%40mail.example&lang=sv"),
		Route: "/users/{*}/cards", Status: 201,
		Request: exchange.Message{
			Headers: []exchange.Header{
				header("Host", "users.shop"), header("Authorization", "Basic cm9zYTpzZWNyZXQ="),
				header("Content-Type", "application/json"), header("X-Forwarded-For", "203.0.113.77, 10.1.2.3"),
			},
			Body:     []byte(`{"holder":{"first_name":"Rosa","email":"rosa@mail.example"},"card":4111111111111111,"note":"{\"pin\":true,\"password\":\"hunter2\"}","amount":12.5}`),
			BodySize: 143,
		},
		Response: exchange.Message{
			Headers:  []exchange.Header{header("Set-Cookie", "sid=31d4d96e407aad42; Path=/"), header("Content-Type", "application/x-www-form-urlencoded")},
			Body:     []byte("status=ok&iban=DE89370400440532013000&password=hun"),
			BodySize: 4096, Truncated: true,
		},
	}
	l := exchange.NewLogs(exchange.Scope{Name: "weir/pcap", Version: "1"})
	l.Add(e, e.Context(rand.NewChaCha8([32]byte{1})), start.Add(time.Second)) // #nosec G404 -- ids of a sample
	return l.Take()
}

// Logs are lines and records as applications write them.
func Logs() plog.Logs {
	ld := plog.NewLogs()
	rl := ld.ResourceLogs().AppendEmpty()
	rl.Resource().Attributes().PutStr("service.name", "checkout")
	rl.Resource().Attributes().PutStr("k8s.pod.ip", "10.1.2.3")
	rl.Resource().Attributes().PutStr("deployed_by", "rosa@mail.example")
	rs := rl.ScopeLogs().AppendEmpty().LogRecords()
	line := func(body string) plog.LogRecord {
		r := rs.AppendEmpty()
		r.SetTimestamp(pcommon.NewTimestampFromTime(start.Add(time.Duration(rs.Len()) * time.Second)))
		r.Body().SetStr(body)
		return r
	}
	line("order 48213 accepted in 12ms path=/v1/orders status=201")
	line("could not reach rosa@mail.example, paid with 4111 1111 1111 1111").Attributes().PutStr("user.password", "hunter2")
	line(`{"level":"info","user":{"name":"Rosa Lind","ssn":"536-22-8145"},"ok":true}`)
	r := line("")
	m := r.Body().SetEmptyMap()
	m.PutStr("msg", "reset")
	m.PutEmptyMap("password").PutEmptySlice("old").AppendEmpty().SetInt(271828)
	m.PutEmptyMap("by").PutInt("rosa@mail.example", 2)
	r.Attributes().PutEmptyBytes("raw").FromRaw([]byte("to rosa@mail.example\n"))
	return ld
}

// Traces are a span with an event and a link.
func Traces() ptrace.Traces {
	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	rs.Resource().Attributes().PutStr("service.name", "checkout")
	s := rs.ScopeSpans().AppendEmpty().Spans().AppendEmpty()
	s.SetTraceID([16]byte{1})
	s.SetSpanID([8]byte{2})
	s.SetStartTimestamp(pcommon.NewTimestampFromTime(start))
	s.SetEndTimestamp(pcommon.NewTimestampFromTime(start.Add(time.Millisecond)))
	s.SetName("GET /users/rosa%40mail.example")
	s.Status().SetCode(ptrace.StatusCodeError)
	s.Status().SetMessage("no user rosa@mail.example")
	s.TraceState().FromRaw("a=1,user=rosa@mail.example")
	s.Attributes().PutStr("url.full", "https://rosa:secret@users.shop/u/%2B4917612345678?token=31d4d96e407aad42&lang=sv")
	s.Attributes().PutStr("db.query.text", "SELECT * FROM users WHERE mail = 'rosa@mail.example'")
	s.Attributes().PutEmptySlice("http.request.header.authorization").AppendEmpty().SetStr("Bearer abc")
	s.Attributes().PutStr("client.address", "203.0.113.77")
	e := s.Events().AppendEmpty()
	e.SetName("exception")
	e.SetTimestamp(pcommon.NewTimestampFromTime(start))
	e.Attributes().PutStr("exception.message", `login failed: {"password":"hunter2"}`)
	l := s.Links().AppendEmpty()
	l.SetTraceID([16]byte{3})
	l.SetSpanID([8]byte{4})
	l.Attributes().PutStr("peer", "203.0.113.77")
	return td
}

// Metrics are three series of two users, with an exemplar.
func Metrics() pmetric.Metrics {
	md := pmetric.NewMetrics()
	rm := md.ResourceMetrics().AppendEmpty()
	rm.Resource().Attributes().PutStr("service.name", "checkout")
	ms := rm.ScopeMetrics().AppendEmpty().Metrics()
	m := ms.AppendEmpty()
	m.SetName("orders")
	m.SetDescription("by rosa@mail.example")
	sum := m.SetEmptySum()
	sum.SetIsMonotonic(true)
	sum.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
	for i, user := range []string{"ole@mail.example", "rosa@mail.example"} {
		p := sum.DataPoints().AppendEmpty()
		p.SetTimestamp(pcommon.NewTimestampFromTime(start))
		p.SetIntValue(int64(i))
		p.Attributes().PutStr("user", user)
		p.Exemplars().AppendEmpty().FilteredAttributes().PutStr("card", "4111 1111 1111 1111")
		p.Exemplars().At(0).SetTimestamp(pcommon.NewTimestampFromTime(start))
	}
	g := ms.AppendEmpty()
	g.SetName("queue.length")
	p := g.SetEmptyGauge().DataPoints().AppendEmpty()
	p.SetTimestamp(pcommon.NewTimestampFromTime(start))
	p.SetDoubleValue(0.5)
	p.Attributes().PutStr("queue", "mail")
	return md
}
