package factsconnector

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/connector"
	"go.opentelemetry.io/collector/consumer"
	"go.uber.org/zap"

	"github.com/weir-telemetry/weir/connectors/factsconnector/internal/distil"
	"github.com/weir-telemetry/weir/connectors/factsconnector/internal/metadata"
	"github.com/weir-telemetry/weir/internal/fact"
)

// factsConnector adds up what all its inputs see and hands on a report for
// each window.
type factsConnector struct {
	cfg    *Config
	next   consumer.Logs
	log    *zap.Logger
	tel    *telemetry
	now    func() time.Time
	random func([]byte)
	inputs atomic.Int32
	// since is when the connector was made. Receivers are made after it, and may
	// begin their series before it starts.
	since time.Time

	distiller *distil.Distiller
	agent     uint64
	epoch     uint64

	// Of the goroutine that hands on, and of Shutdown after its end.
	sequence uint64       // of the last report
	pending  *fact.Report // refused so far
	failing  bool         // told in the log

	stop context.CancelFunc
	done sync.WaitGroup
}

func newConnector(set connector.Settings, cfg *Config, next consumer.Logs) (*factsConnector, error) {
	builder, err := metadata.NewTelemetryBuilder(set.TelemetrySettings)
	if err != nil {
		return nil, fmt.Errorf("make telemetry: %w", err)
	}
	return &factsConnector{
		cfg: cfg, next: next, log: set.Logger, tel: newTelemetry(builder), now: time.Now, since: time.Now(),
		random: func(b []byte) { _, _ = rand.Read(b) }, // never errs
	}, nil
}

// Start reads the salt and opens the first window.
func (c *factsConnector) Start(context.Context, component.Host) error {
	salt, err := c.cfg.readSalt()
	if err != nil {
		return err
	}
	name, err := c.cfg.name()
	if err != nil {
		return err
	}
	identity := fact.NewIdentity(salt)
	c.agent, c.epoch = identity.Agent(name), c.newEpoch()
	c.distiller = distil.New(distil.Options{
		Limits: c.cfg.limits(), Snapshot: c.cfg.SnapshotInterval, Since: c.since, Identity: identity,
	}, c.now())
	ctx, cancel := context.WithCancel(context.Background())
	c.stop = cancel
	c.done.Go(func() { c.run(ctx) })
	return nil
}

// newEpoch tells this process from all others of the agent.
func (c *factsConnector) newEpoch() uint64 {
	for {
		var b [8]byte
		c.random(b[:])
		if e := binary.BigEndian.Uint64(b[:]); e != 0 {
			return e
		}
	}
}

// Shutdown closes the window and hands on what is left. What the next
// component refuses now is lost, and counted.
func (c *factsConnector) Shutdown(ctx context.Context) error {
	defer c.tel.builder.Shutdown()
	if c.stop == nil { // was not started
		return nil
	}
	c.stop()
	c.done.Wait()
	c.flush(ctx, true)
	return nil
}

// count adds up the distiller's own counts.
func (c *factsConnector) count(ctx context.Context) { c.tel.add(ctx, c.distiller.TakeCounts()) }
