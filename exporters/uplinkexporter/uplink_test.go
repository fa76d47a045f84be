package uplinkexporter

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configauth"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/config/configtls"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/metric/metricdata/metricdatatest"
	"google.golang.org/grpc/codes"

	"github.com/weir-telemetry/weir/exporters/uplinkexporter/internal/metadata"
	"github.com/weir-telemetry/weir/exporters/uplinkexporter/internal/metadatatest"
	"github.com/weir-telemetry/weir/internal/fact"
	"github.com/weir-telemetry/weir/receivers/uplinkreceiver"
)

func TestFactsArrive(t *testing.T) {
	b := &backend{}
	endpoint, _ := listen(t, b, nop(), nil)
	var ledgerDir string
	e := sends(t, endpoint, nop(), func(cfg *Config) { ledgerDir = cfg.Ledger.Directory })
	require.NoError(t, e.ConsumeLogs(t.Context(), facts(report(1), report(2))))
	require.NoError(t, e.ConsumeLogs(t.Context(), facts(report(3))))
	require.Equal(t, 3, b.count())
	require.Equal(t, 2, b.calls, "an envelope each push")

	assert.Empty(t, b.get(keyOf(report(3))).Edges, "an edge without news is told once")
	assert.Equal(t, uint64(2), b.get(keyOf(report(3))).Origin.Sequence)
	got := b.get(keyOf(report(1)))
	want := report(1)
	assert.Equal(t, want.Start, got.Start)
	assert.Equal(t, want.Window, got.Window)
	require.Len(t, got.Edges, 1)
	assert.Equal(t, "checkout", got.Edges[0].Source.Name)
	assert.Equal(t, "payments", got.Edges[0].Destination.Name)
	assert.Equal(t, uint64(600), got.Edges[0].Requests)
	require.Len(t, got.Symptoms, 1)
	assert.Equal(t, "svc.latency.shift", got.Symptoms[0].Code)
	require.Len(t, got.Flows, 1)
	assert.Equal(t, "/payments/{id}", got.Flows[0].Route)
	assert.Equal(t, "card.number", got.Flows[0].FieldPath)
	require.NotNil(t, got.Origin)
	assert.Positive(t, got.Origin.Bytes)
	assert.Equal(t, fact.NewIdentity([]byte(testSalt)).Agent("test/node-1"), got.Origin.Sender)
	require.NoError(t, e.Shutdown(t.Context()))
	assert.Equal(t, 2, verifyLedger(t, ledgerDir))
}

func TestTLS(t *testing.T) {
	ca, other := newAuthority(t), newAuthority(t)
	serverCert, serverKey := ca.issue(t, "server")
	clientCert, clientKey := ca.issue(t, "client")
	strangeCert, strangeKey := other.issue(t, "stranger")
	b := &backend{}
	endpoint, _ := listen(t, b, nop(), func(cfg *uplinkreceiver.Config) {
		cfg.NetAddr.Endpoint = "0.0.0.0" + cfg.NetAddr.Endpoint[len("127.0.0.1"):] // for all to reach
		cfg.TLS = configoptional.Some(configtls.ServerConfig{
			Config:       configtls.Config{CertFile: serverCert, KeyFile: serverKey},
			ClientCAFile: ca.file,
		})
	})
	endpoint = "127.0.0.1" + endpoint[len("0.0.0.0"):]
	for name, c := range map[string]struct {
		ca, cert, key string
		plain, ok     bool
	}{
		"mutual":          {ca: ca.file, cert: clientCert, key: clientKey, ok: true},
		"no certificate":  {ca: ca.file},
		"stranger":        {ca: ca.file, cert: strangeCert, key: strangeKey},
		"wrong authority": {ca: other.file, cert: clientCert, key: clientKey},
		"plain text":      {plain: true},
	} {
		t.Run(name, func(t *testing.T) {
			before := b.count()
			var ledgerDir string
			e := sends(t, endpoint, nop(), func(cfg *Config) {
				cfg.TLS = configtls.NewDefaultClientConfig()
				cfg.TLS.Insecure = c.plain
				cfg.TLS.CAFile, cfg.TLS.CertFile, cfg.TLS.KeyFile = c.ca, c.cert, c.key
				cfg.AckTimeout = 5 * time.Second
				ledgerDir = cfg.Ledger.Directory
			})
			err := e.ConsumeLogs(t.Context(), facts(report(1)))
			if c.ok {
				require.NoError(t, err)
				return
			}
			require.Error(t, err)
			assert.False(t, consumererror.IsPermanent(err), "%v", err)
			require.NoError(t, e.Shutdown(t.Context()))
			assert.Equal(t, before, b.count())
			assert.Zero(t, verifyLedger(t, ledgerDir), "nothing was said")
		})
	}
}

func TestKeys(t *testing.T) {
	ring := &keyring{}
	first, second := "wk_first", "wk_second"
	ring.key.Store(&first)
	id := component.MustNewID("backend")
	h := &host{extensions: map[component.ID]component.Component{id: ring}}
	b := &backend{}
	endpoint, _ := listen(t, b, h, func(cfg *uplinkreceiver.Config) {
		cfg.Auth = configoptional.Some(configauth.Config{AuthenticatorID: id})
	})
	file := filepath.Join(t.TempDir(), "key")
	write := func(key string) {
		require.NoError(t, os.WriteFile(file, []byte(key+"\n"), 0o600))
		soon := time.Now().Add(time.Second)
		require.NoError(t, os.Chtimes(file, soon, soon)) // a change, whatever the clock's grain
	}
	write("wk_wrong")
	e := sends(t, endpoint, nop(), func(cfg *Config) { cfg.APIKeyFile, cfg.Project = file, "shop" })

	err := e.ConsumeLogs(t.Context(), facts(report(1)))
	var se *sessionError
	require.ErrorAs(t, err, &se)
	assert.Equal(t, codes.Unauthenticated, se.code)
	assert.False(t, consumererror.IsPermanent(err), "a key being rotated costs nothing")
	assert.NotContains(t, err.Error(), "wk_")
	assert.Zero(t, b.calls)

	write(first)
	require.NoError(t, e.ConsumeLogs(t.Context(), facts(report(1))))
	assert.Equal(t, "shop", *ring.project.Load())
	require.Len(t, b.senders, 1)
	require.NotNil(t, b.senders[0].Auth, "who it was goes on")
	assert.Equal(t, "p1", b.senders[0].Auth.GetAttribute("project"))
	session := b.get(keyOf(report(1))).Origin.Session

	ring.key.Store(&second) // the present session is let be
	require.NoError(t, e.ConsumeLogs(t.Context(), facts(report(2))))
	assert.Equal(t, session, b.get(keyOf(report(2))).Origin.Session)
	write(second)
	require.NoError(t, e.ConsumeLogs(t.Context(), facts(report(3))))
	assert.NotEqual(t, session, b.get(keyOf(report(3))).Origin.Session, "the new key opens a new session")

	require.NoError(t, os.Remove(file))
	require.NoError(t, e.ConsumeLogs(t.Context(), facts(report(4))), "the last good key stays")
}

func TestNoKeyYet(t *testing.T) {
	endpoint, _ := listen(t, &backend{}, nop(), nil)
	e := sends(t, endpoint, nop(), func(cfg *Config) { cfg.APIKeyFile = filepath.Join(t.TempDir(), "key") })
	err := e.ConsumeLogs(t.Context(), facts(report(1)))
	require.ErrorIs(t, err, errNoKey)
	assert.False(t, consumererror.IsPermanent(err))
}

func TestReceiverThatComesLate(t *testing.T) {
	endpoint := freeAddress(t)
	e := sends(t, endpoint, nop(), retries)
	done := make(chan error, 1)
	go func() { done <- e.ConsumeLogs(context.Background(), facts(report(1))) }()
	time.Sleep(100 * time.Millisecond)
	b := &backend{}
	listen(t, b, nop(), func(cfg *uplinkreceiver.Config) { cfg.NetAddr.Endpoint = endpoint })
	require.NoError(t, <-done)
	assert.Equal(t, 1, b.count())
}

// The receiver is replaced while envelopes are under way.
func TestReceiverIsReplaced(t *testing.T) {
	b := &backend{}
	endpoint, first := listen(t, b, nop(), nil)
	e := sends(t, endpoint, nop(), retries)
	done := make(chan error, 1)
	go func() {
		for i := range uint64(200) {
			if err := e.ConsumeLogs(context.Background(), facts(report(i+1))); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	require.Eventually(t, func() bool { return b.count() > 20 }, 10*time.Second, time.Millisecond)
	require.NoError(t, first.Shutdown(t.Context()))
	listen(t, b, nop(), func(cfg *uplinkreceiver.Config) { cfg.NetAddr.Endpoint = endpoint })
	require.NoError(t, <-done)
	assert.Equal(t, 200, b.count())
}

// Connections are cut again and again while several senders push.
func TestLostConnections(t *testing.T) {
	b := &backend{}
	target, _ := listen(t, b, nop(), nil)
	p := newProxy(t, target)
	e := sends(t, p.endpoint(), nop(), retries)
	const pushers, each = 4, 100
	done := make(chan error, pushers)
	for n := range uint64(pushers) {
		go func() {
			for i := range uint64(each) {
				r := report(i + 1)
				r.Agent = 100 + n
				if err := e.ConsumeLogs(context.Background(), facts(r)); err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	for range 10 {
		time.Sleep(20 * time.Millisecond)
		p.cut()
	}
	for range pushers {
		require.NoError(t, <-done)
	}
	assert.Equal(t, pushers*each, b.count())
	assert.Greater(t, p.connections(), 1)
}

// A connection that is open at our end only must not hold facts up.
func TestHalfOpenConnection(t *testing.T) {
	b := &backend{}
	target, _ := listen(t, b, nop(), nil)
	p := newProxy(t, target)
	e := sends(t, p.endpoint(), nop(), func(cfg *Config) {
		retries(cfg)
		cfg.AckTimeout = 300 * time.Millisecond
	})
	require.NoError(t, e.ConsumeLogs(t.Context(), facts(report(1))))
	for i := range uint64(3) {
		p.hush()
		start := time.Now()
		require.NoError(t, e.ConsumeLogs(t.Context(), facts(report(i+2))))
		assert.Less(t, time.Since(start), 5*time.Second)
	}
	assert.Equal(t, 4, b.count())
	assert.GreaterOrEqual(t, p.connections(), 4)
}

// A receiver that never answers: the push ends with an error that is no loss.
func TestSilentReceiver(t *testing.T) {
	target, _ := listen(t, &backend{}, nop(), nil)
	p := newProxy(t, target)
	e := sends(t, p.endpoint(), nop(), func(cfg *Config) { cfg.AckTimeout = 200 * time.Millisecond })
	require.NoError(t, e.ConsumeLogs(t.Context(), facts(report(1))))
	p.hush()
	err := e.ConsumeLogs(t.Context(), facts(report(2)))
	require.ErrorIs(t, err, errNoAck)
	assert.False(t, consumererror.IsPermanent(err))
}

func TestBackendThatFailsForAWhile(t *testing.T) {
	b := &backend{answer: func(call int) error {
		if call < 4 {
			return errors.New("the store is away")
		}
		return nil
	}}
	endpoint, _ := listen(t, b, nop(), nil)
	e := sends(t, endpoint, nop(), retries)
	require.NoError(t, e.ConsumeLogs(t.Context(), facts(report(1))))
	assert.Equal(t, 4, b.calls)
	assert.Equal(t, 1, b.count())
}

// One report that is refused for good costs no other of its push.
func TestReportThatIsRefusedForGood(t *testing.T) {
	b := &backend{refuse: func(r *fact.Report) bool { return r.Sequence == 5 }}
	endpoint, _ := listen(t, b, nop(), nil)
	tel := componenttest.NewTelemetry()
	set := exportertest.NewNopSettings(metadata.Type)
	set.TelemetrySettings = tel.NewTelemetrySettings()
	e := sendsWith(t, endpoint, nop(), set, nil)
	var push []*fact.Report
	for i := range uint64(8) {
		push = append(push, report(i+1))
	}
	require.NoError(t, e.ConsumeLogs(t.Context(), facts(push...)))
	assert.Equal(t, 7, b.count())
	assert.Nil(t, b.get(keyOf(report(5))))
	metadatatest.AssertEqualExporterUplinkReportsDropped(t, tel, []metricdata.DataPoint[int64]{{
		Value: 1, Attributes: attribute.NewSet(attribute.String("reason", "pipeline")),
	}}, metricdatatest.IgnoreTimestamp(), metricdatatest.IgnoreExemplars())

	err := e.ConsumeLogs(t.Context(), facts(report(5)))
	require.True(t, consumererror.IsPermanent(err), "%v", err)
	require.NoError(t, e.ConsumeLogs(t.Context(), facts(report(9))), "the next session is as good as any")
	require.NoError(t, tel.Shutdown(t.Context()))
}

// What is left of a push after a failure is sent again, and nothing else.
func TestRestOfAPush(t *testing.T) {
	b := &backend{}
	b.answer = func(call int) error {
		if call == 3 {
			return errors.New("the store is away")
		}
		return nil
	}
	endpoint, _ := listen(t, b, nop(), nil)
	e := sends(t, endpoint, nop(), func(cfg *Config) {
		retries(cfg)
		cfg.MaxEnvelopeBytes = smallestMaxEnvelope
	})
	var push []*fact.Report
	for i := range uint64(600) {
		push = append(push, report(i+1))
	}
	require.NoError(t, e.ConsumeLogs(t.Context(), facts(push...)))
	assert.Equal(t, 600, b.count())
	assert.Zero(t, b.doubles)
	assert.Greater(t, b.calls, 4)
}

// With a queue on disk a stopped exporter forgets nothing.
func TestStopWhileTheReceiverIsAway(t *testing.T) {
	dir := t.TempDir()
	endpoint := freeAddress(t)
	run := func() (exporter.Logs, func()) {
		h, id, closeStorage := fileStorage(t, dir)
		set := exportertest.NewNopSettings(metadata.Type)
		set.ID = component.NewID(metadata.Type)
		e := sendsWith(t, endpoint, h, set, func(cfg *Config) {
			retries(cfg)
			queue := exporterhelper.NewDefaultQueueConfig()
			queue.NumConsumers, queue.StorageID = 1, &id
			cfg.QueueConfig = configoptional.Some(queue)
		})
		return e, func() {
			start := time.Now()
			require.NoError(t, e.Shutdown(context.Background()))
			assert.Less(t, time.Since(start), stopTimeout+2*time.Second)
			closeStorage()
		}
	}
	first, stop := run()
	for i := range uint64(5) {
		require.NoError(t, first.ConsumeLogs(t.Context(), facts(report(i+1))))
	}
	stop()

	// Nor does one whose receiver took an envelope and never answered.
	hang, taken := make(chan struct{}), make(chan struct{})
	b := &backend{answer: func(call int) error {
		if call == 1 {
			close(taken)
			<-hang
		}
		return nil
	}}
	listen(t, b, nop(), func(cfg *uplinkreceiver.Config) { cfg.NetAddr.Endpoint = endpoint })
	_, stop = run()
	<-taken
	stop()
	close(hang)

	_, stop = run()
	require.Eventually(t, func() bool { return b.count() == 5 }, 10*time.Second, 10*time.Millisecond)
	stop()
}
