package factsconnector

import (
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weir-telemetry/weir/internal/exchange"
)

// All signals come in at once while windows close and the next component
// refuses now and then: nothing is lost and nothing is counted twice.
func TestNothingIsLostBetweenWindows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, func(c *Config) { c.Window = time.Second })
		const feeders, times = 8, 200
		var done sync.WaitGroup
		for i := range feeders {
			done.Go(func() {
				m := exchange.NewMetrics(scope, time.Now().Add(time.Millisecond), 0)
				time.Sleep(time.Duration(i+2) * time.Millisecond)
				e := call("{}")
				e.Destination.Node = workloads(feeders)[i].Name // a resource of its own
				for range times {
					m.Add(e)
					assert.NoError(t, r.metrics.ConsumeMetrics(t.Context(), m.Collect(time.Now())))
					assert.NoError(t, r.logs.ConsumeLogs(t.Context(), exchanges("EMAIL")))
					assert.NoError(t, r.traces.ConsumeTraces(t.Context(), spans()))
					time.Sleep(37 * time.Millisecond)
				}
			})
		}
		done.Go(func() {
			for range 6 {
				r.set(errors.New("busy"))
				time.Sleep(700 * time.Millisecond)
				r.set(nil)
				time.Sleep(500 * time.Millisecond)
			}
		})
		done.Wait()
		r.stop(t)
		var requests, seen, exchanges uint64
		for i, rep := range r.reports(t) {
			require.EqualValues(t, i+1, rep.Sequence)
			for _, e := range rep.Edges {
				if e.Port == 0 {
					requests += e.Requests
				}
			}
			for _, f := range rep.Flows {
				seen += f.Seen
			}
			exchanges += rep.Coverage.ExchangesSeen
		}
		assert.EqualValues(t, feeders*times, requests)
		assert.EqualValues(t, feeders*times, seen)
		assert.GreaterOrEqual(t, exchanges, uint64(feeders*times))
		assert.Positive(t, r.outcomes(t)["refused"])
	})
}
