package uplinkexporter

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/exporter/exporterhelper"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
	"github.com/weir-telemetry/weir/internal/fact"
)

// mediator passes on what agents send to endpoint, and returns where it listens.
func mediator(t *testing.T, endpoint string) string {
	t.Helper()
	e := sends(t, endpoint, nop(), func(cfg *Config) {
		retries(cfg)
		cfg.Sender, cfg.MergeSides = "mediator", true
		queue := exporterhelper.NewDefaultQueueConfig()
		queue.WaitForResult = true
		queue.Batch = configoptional.Some(exporterhelper.BatchConfig{
			FlushTimeout: 20 * time.Millisecond, MinSize: 1000, Sizer: exporterhelper.RequestSizerTypeItems,
		})
		cfg.QueueConfig = configoptional.Some(queue)
	})
	listens, _ := listen(t, e, nop(), nil)
	return listens
}

// An agent is acknowledged only after the backend keeps its facts, which say
// the same after two wires as after one.
func TestMediatorAcknowledgesAfterTheBackend(t *testing.T) {
	var away atomic.Bool
	away.Store(true)
	b := &backend{answer: func(int) error {
		if away.Load() {
			return errors.New("the store is away")
		}
		return nil
	}}
	endpoint, _ := listen(t, b, nop(), nil)
	agent := sends(t, mediator(t, endpoint), nop(), nil)
	done := make(chan error, 1)
	go func() { done <- agent.ConsumeLogs(context.Background(), facts(report(1))) }()
	select {
	case err := <-done:
		t.Fatal("acknowledged before the backend took it", err)
	case <-time.After(300 * time.Millisecond):
	}
	away.Store(false)
	require.NoError(t, <-done)
	require.Equal(t, 1, b.count())

	direct := &backend{}
	endpoint, _ = listen(t, direct, nop(), nil)
	require.NoError(t, sends(t, endpoint, nop(), nil).ConsumeLogs(t.Context(), facts(report(1))))
	assert.Equal(t, contentOf(direct.get(keyOf(report(1)))), contentOf(b.get(keyOf(report(1)))))
}

// An edge that both ends report is counted once: the server's end owns it, the
// client's fills in where no server reports.
func TestMediatorDecidesWhichEndCounts(t *testing.T) {
	b := &backend{}
	endpoint, _ := listen(t, b, nop(), nil)
	m := mediator(t, endpoint)
	server := report(1) // its edge is seen at the server
	client := report(1)
	client.Agent = 8
	client.Edges[0].Side = uplinkv1.Side_SIDE_CLIENT
	outside := client.Edges[0]
	outside.Destination = fact.Ref{Type: uplinkv1.EntityType_ENTITY_TYPE_EXTERNAL, Name: "example.com"}
	client.Edges = append(client.Edges, outside)
	require.NoError(t, sends(t, m, nop(), nil).ConsumeLogs(t.Context(), facts(server)))
	require.NoError(t, sends(t, m, nop(), func(cfg *Config) { cfg.Sender = "node-2" }).ConsumeLogs(t.Context(), facts(client)))
	require.Len(t, b.get(keyOf(server)).Edges, 1)
	got := b.get(keyOf(client)).Edges
	require.Len(t, got, 1)
	assert.Equal(t, "example.com", got[0].Destination.Name)
}

// While the backend is away a mediator holds no more than its queue, and says
// so; the agents keep their facts.
func TestMediatorIsBounded(t *testing.T) {
	b := &backend{answer: func(int) error { return errors.New("the store is away") }}
	endpoint, _ := listen(t, b, nop(), nil)
	e := sends(t, endpoint, nop(), func(cfg *Config) {
		retries(cfg)
		queue := exporterhelper.NewDefaultQueueConfig()
		queue.WaitForResult, queue.QueueSize, queue.NumConsumers = true, 3, 1
		cfg.QueueConfig = configoptional.Some(queue)
	})
	listens, _ := listen(t, e, nop(), nil)
	refused := make(chan error, 10)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for n := range uint64(10) {
		agent := sends(t, listens, nop(), func(cfg *Config) { cfg.Sender = string(rune('a' + n)) })
		go func() { refused <- agent.ConsumeLogs(ctx, facts(report(1))) }()
	}
	for range 7 {
		err := <-refused
		require.Error(t, err)
		assert.ErrorContains(t, err, "Unavailable: pipeline", "to be tried again")
	}
	cancel()
	for range 3 {
		require.ErrorIs(t, <-refused, context.Canceled)
	}
}
