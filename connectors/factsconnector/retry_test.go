package factsconnector

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/consumer/consumererror"
)

func TestWhatIsRefusedIsHandedOnAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, nil)
		defer r.stop(t)
		r.set(errors.New("queue full"))
		time.Sleep(5 * time.Second) // not in step with the windows
		for range 4 {               // four windows in which nobody takes anything
			r.feed(t, "EMAIL")
			time.Sleep(58 * time.Second)
		}
		r.set(nil)
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		reports := r.reports(t)
		require.Len(t, reports, 3)
		require.Len(t, reports[2].Edges, 1, "then nobody called any more")
		assert.Zero(t, reports[2].Edges[0].Requests)
		assert.EqualValues(t, 1, reports[0].Sequence)
		assert.Equal(t, time.Minute, reports[0].Window)
		require.Len(t, reports[0].Flows, 1)
		assert.EqualValues(t, 1, reports[0].Flows[0].Seen)
		assert.EqualValues(t, 2, reports[1].Sequence)
		assert.Equal(t, reports[0].Start.Add(time.Minute), reports[1].Start, "the window stayed open")
		assert.GreaterOrEqual(t, reports[1].Window, 3*time.Minute)
		require.Len(t, reports[1].Flows, 1)
		assert.EqualValues(t, 3, reports[1].Flows[0].Seen, "nothing is lost")
		assert.EqualValues(t, 3, r.outcomes(t)["accepted"])
		assert.Positive(t, r.outcomes(t)["refused"])
		assert.Zero(t, r.outcomes(t)["dropped"])
	})
}

func TestARetryIsTheSameReport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, nil)
		r.set(errors.New("later"))
		r.feed(t, "EMAIL")
		time.Sleep(time.Minute)
		synctest.Wait()
		r.feed(t, "IBAN")
		r.set(nil)
		time.Sleep(6 * time.Second) // long before the next window ends
		synctest.Wait()
		reports := r.reports(t)
		require.Len(t, reports, 1)
		assert.EqualValues(t, 1, reports[0].Sequence)
		assert.Len(t, reports[0].Flows, 1, "what came in since belongs to the next")
		r.stop(t)
		assert.Len(t, r.reports(t), 2)
	})
}

func TestWhatIsRefusedForGoodIsDroppedAndCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, nil)
		r.set(consumererror.NewPermanent(errors.New("never")))
		r.feed(t, "EMAIL")
		time.Sleep(time.Minute)
		synctest.Wait()
		r.set(nil)
		r.feed(t, "EMAIL")
		time.Sleep(time.Minute)
		synctest.Wait()
		assert.EqualValues(t, 1, r.outcomes(t)["dropped"])
		reports := r.reports(t)
		require.Len(t, reports, 1)
		assert.EqualValues(t, 2, reports[0].Sequence, "the gap tells")
		r.stop(t)
	})
}

func TestShutdownTriesOnceMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, nil)
		r.set(errors.New("later"))
		r.feed(t, "EMAIL")
		time.Sleep(time.Minute)
		synctest.Wait()
		r.feed(t, "EMAIL")
		r.set(nil)
		r.stop(t)
		assert.Len(t, r.reports(t), 2)
	})
}

// feed takes an exchange in, as metrics and as a record.
func (r *rig) feed(t *testing.T, dataType string) {
	t.Helper()
	require.NoError(t, r.metrics.ConsumeMetrics(t.Context(), httpDurations(1)))
	require.NoError(t, r.logs.ConsumeLogs(t.Context(), exchanges(dataType)))
	time.Sleep(2 * time.Second) // httpDurations are collected a second later
}

// outcomes reads the connector's own count of reports.
func (r *rig) outcomes(t *testing.T) map[string]int64 { return r.sums(t, "reports", "outcome") }
