package factsconnector

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/connector/connectortest"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/weir-telemetry/weir/connectors/factsconnector/internal/metadata"
	"github.com/weir-telemetry/weir/internal/fact"
)

// sink keeps what it accepts; refuse decides what it doesn't.
type sink struct {
	mu     sync.Mutex
	got    []plog.Logs
	tried  int
	refuse error
}

func (*sink) Capabilities() consumer.Capabilities { return consumer.Capabilities{MutatesData: true} }

func (s *sink) ConsumeLogs(_ context.Context, ld plog.Logs) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tried++
	if s.refuse != nil {
		ld.ResourceLogs().At(0).Resource().Attributes().Clear() // whoever refuses may have changed it
		return s.refuse
	}
	s.got = append(s.got, ld)
	return nil
}

func (s *sink) set(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuse = err
}

// reports reads all that was accepted as facts; nothing of it may be ill-formed.
func (s *sink) reports(t *testing.T) (out []*fact.Report) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, ld := range s.got {
		require.Equal(t, 1, ld.ResourceLogs().Len())
		require.Positive(t, ld.LogRecordCount())
		r, refusals, err := fact.FromLogs(ld.ResourceLogs().At(0))
		require.NoError(t, err)
		require.Empty(t, refusals)
		out = append(out, r)
	}
	return out
}

// rig is a running connector with all three inputs.
type rig struct {
	*sink
	metrics, traces, logs *input
	tel                   *componenttest.Telemetry
}

// start starts a connector; epoch is fixed, so that goldens are.
func start(t *testing.T, change func(*Config)) *rig {
	t.Helper()
	cfg := defaults()
	cfg.Agent, cfg.SaltFile = "n1", "testdata/salt"
	if change != nil {
		change(cfg)
	}
	require.NoError(t, cfg.Validate())
	r := &rig{sink: &sink{}, tel: componenttest.NewTelemetry()}
	set := connectortest.NewNopSettings(metadata.Type)
	set.TelemetrySettings = r.tel.NewTelemetrySettings()
	for _, in := range []**input{&r.metrics, &r.traces, &r.logs} {
		i, err := newInput(set, cfg, r.sink)
		require.NoError(t, err)
		i.shared.Unwrap().random = func(b []byte) { copy(b, "epoch 01") }
		*in = i
	}
	for _, in := range r.inputs() {
		require.NoError(t, in.Start(t.Context(), componenttest.NewNopHost()))
	}
	return r
}

func (r *rig) inputs() []*input { return []*input{r.metrics, r.traces, r.logs} }

func (r *rig) stop(t *testing.T) {
	t.Helper()
	for _, in := range r.inputs() {
		require.NoError(t, in.Shutdown(context.WithoutCancel(t.Context())))
	}
	t.Cleanup(func() { require.NoError(t, r.tel.Shutdown(context.Background())) })
}

func TestAllSignalsHaveOneSequence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, nil)
		defer r.stop(t)
		for range 3 {
			require.NoError(t, r.metrics.ConsumeMetrics(t.Context(), httpDurations(1)))
			require.NoError(t, r.logs.ConsumeLogs(t.Context(), exchanges("EMAIL")))
			require.NoError(t, r.traces.ConsumeTraces(t.Context(), spans()))
			time.Sleep(time.Minute)
			synctest.Wait()
		}
		reports := r.reports(t)
		require.Len(t, reports, 3)
		identity := fact.NewIdentity([]byte("weir-test-salt-0123456789"))
		for i, rep := range reports {
			assert.EqualValues(t, i+1, rep.Sequence)
			assert.Equal(t, identity.Agent("n1"), rep.Agent)
			assert.Equal(t, reports[0].Epoch, rep.Epoch)
			assert.Equal(t, time.Minute, rep.Window)
			assert.NotEmpty(t, rep.Flows)
		}
		assert.Equal(t, time.Minute, reports[1].Start.Sub(reports[0].Start))
	})
}

func TestTheLastWindowIsToldAtShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, nil)
		time.Sleep(10 * time.Second)
		require.NoError(t, r.metrics.Shutdown(t.Context()))
		require.NoError(t, r.logs.ConsumeLogs(t.Context(), exchanges("EMAIL")), "the other inputs go on")
		require.Empty(t, r.reports(t))
		require.NoError(t, r.traces.Shutdown(t.Context()))
		require.NoError(t, r.logs.Shutdown(t.Context()))
		reports := r.reports(t)
		require.Len(t, reports, 1)
		assert.Equal(t, 10*time.Second, reports[0].Window)
		assert.Len(t, reports[0].Flows, 1)
		require.NoError(t, r.tel.Shutdown(t.Context()))
	})
}

func TestSilenceIsToldEveryFifthWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, nil)
		time.Sleep(21 * time.Minute)
		r.stop(t)
		reports := r.reports(t)
		require.Len(t, reports, 4, "and no more at the end, where there was nothing to tell")
		for i, rep := range reports {
			assert.EqualValues(t, i+1, rep.Sequence)
			assert.Zero(t, rep.Facts())
		}
	})
}

// Receivers are made after the connector, and their series may begin then.
func TestASeriesMayBeginBeforeTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := defaults()
		cfg.SaltFile = "testdata/salt"
		next := &sink{}
		in, err := newInput(connectortest.NewNopSettings(metadata.Type), cfg, next)
		require.NoError(t, err)
		time.Sleep(time.Second)
		md := httpDurations(3)
		time.Sleep(time.Second)
		require.NoError(t, in.Start(t.Context(), componenttest.NewNopHost()))
		require.NoError(t, in.ConsumeMetrics(t.Context(), md))
		require.NoError(t, in.Shutdown(t.Context()))
		reports := next.reports(t)
		require.Len(t, reports, 1)
		require.Len(t, reports[0].Edges, 1)
		assert.EqualValues(t, 3, reports[0].Edges[0].Requests)
	})
}

func TestAnotherProcessHasAnotherEpoch(t *testing.T) {
	epochs := map[uint64]bool{}
	for range 2 {
		cfg := defaults()
		cfg.SaltFile = "testdata/salt"
		c, err := newConnector(connectortest.NewNopSettings(metadata.Type), cfg, &sink{})
		require.NoError(t, err)
		require.NoError(t, c.Start(t.Context(), componenttest.NewNopHost()))
		epochs[c.epoch] = true
		require.NoError(t, c.Shutdown(t.Context()))
	}
	assert.Len(t, epochs, 2)
	assert.NotContains(t, epochs, uint64(0))
}

func TestTheStartFailsWithoutSalt(t *testing.T) {
	cfg := defaults()
	cfg.SaltFile = "testdata/none"
	in, err := newInput(connectortest.NewNopSettings(metadata.Type), cfg, &sink{})
	require.NoError(t, err)
	require.ErrorContains(t, in.Start(t.Context(), componenttest.NewNopHost()), "salt_file: ")
	require.NoError(t, in.Shutdown(t.Context()))
}
