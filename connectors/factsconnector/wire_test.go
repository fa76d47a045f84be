package factsconnector

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/weir-telemetry/weir/internal/entity"
	"github.com/weir-telemetry/weir/internal/exchange"
	"github.com/weir-telemetry/weir/internal/fact"
)

// A report that doesn't fit into an envelope could never leave. This one is as
// large as the limits let it become.
func TestTheLargestReportFitsIntoAnEnvelope(t *testing.T) {
	if raceOn {
		t.Skip("one goroutine and much work")
	}
	synctest.Test(t, func(t *testing.T) {
		r := start(t, func(c *Config) {
			c.MaxEdges, c.MaxFlows, c.MaxEntities, c.MaxSymptoms, c.MaxSeries = 8192, 4096, 8192, 2048, 100_000
		})
		m := exchange.NewMetrics(scope, time.Now(), 100_000)
		l := exchange.NewLogs(scope)
		server := entity.Workload{Kind: "StatefulSet", Namespace: "production-services", Name: "orders-database-primary"}
		for i := range 9000 {
			e := call("{}")
			e.Destination = server
			e.Source = entity.Workload{Kind: "Deployment", Namespace: "production-services", Name: fmt.Sprintf("frontend-gateway-service-%04d", i)}
			for k := range 8 { // as many different buckets as the wire keeps
				e.Duration = time.Duration(k*k+1) * 10 * time.Millisecond
				m.Add(e)
			}
			if i < 5000 {
				e.Route = fmt.Sprintf("/api/accounts/%s/orders/{id}", letters(i))
				l.Add(e, exchange.TraceContext{}, time.Now())
			}
		}
		time.Sleep(time.Second)
		require.NoError(t, r.metrics.ConsumeMetrics(t.Context(), m.Collect(time.Now())))
		ld := l.Take()
		for _, rl := range ld.ResourceLogs().All() {
			for i, rec := range rl.ScopeLogs().At(0).LogRecords().All() {
				classify(rec, "EMAIL", "request", "body.customer.contact."+letters(i)+".address")
			}
		}
		require.NoError(t, r.logs.ConsumeLogs(t.Context(), ld))
		for i := range 2500 {
			md := symptomPoints("svc.latency.shift", "start", time.Now().Add(-time.Duration(i)*time.Minute), time.Now(), 1)
			require.NoError(t, r.metrics.ConsumeMetrics(t.Context(), md))
		}
		r.stop(t)
		reports := r.reports(t)
		require.Len(t, reports, 1)
		rep := reports[0]
		require.GreaterOrEqual(t, len(rep.Edges), 8190) // users, web and the others need room too
		require.Len(t, rep.Flows, 4096)
		require.GreaterOrEqual(t, len(rep.Entities), 8192)
		require.Len(t, rep.Symptoms, 2048)
		assert.GreaterOrEqual(t, rep.Coverage.FactsLeftOut, uint32(9000-8192+2500-2048))

		identity := fact.NewIdentity([]byte("weir-test-salt-0123456789"))
		out, err := fact.NewEncoder(fact.EncoderOptions{Identity: identity, Sender: 1, Session: 1}).Encode(time.Now(), 0, rep)
		require.NoError(t, err)
		t.Log("bytes before compression:", proto.Size(out.Envelope))
		back, err := fact.NewDecoder().Decode(out.Envelope)
		require.NoError(t, err)
		assert.Len(t, back[0].Edges, len(rep.Edges))
		assert.Len(t, back[0].Flows, len(rep.Flows))
	})
}

// letters writes a number as a word, as digits would be folded.
func letters(n int) string {
	const alphabet = "aeioubcd"
	var b strings.Builder
	for range 5 {
		b.WriteByte("lmnrst"[n%6])
		b.WriteByte(alphabet[n%8])
		n /= 8
	}
	return b.String()
}
