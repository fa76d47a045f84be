package uplinkexporter

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/storage/filestorage"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/client"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/extension/extensiontest"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/receivertest"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
	"github.com/weir-telemetry/weir/exporters/uplinkexporter/internal/metadata"
	"github.com/weir-telemetry/weir/internal/fact"
	"github.com/weir-telemetry/weir/receivers/uplinkreceiver"
)

var noQueue = configoptional.None[exporterhelper.QueueBatchConfig]()

const testSalt = "a salt that only tests have"

// host has extensions and remembers the last status.
type host struct {
	extensions map[component.ID]component.Component
	mu         sync.Mutex
	status     []*componentstatus.Event
}

func (h *host) GetExtensions() map[component.ID]component.Component { return h.extensions }

func (h *host) Report(e *componentstatus.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.status = append(h.status, e)
}

func (h *host) statuses() (all []componentstatus.Status) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, e := range h.status {
		all = append(all, e.Status())
	}
	return all
}

// backend keeps reports as the real one does: once each.
type backend struct {
	mu      sync.Mutex
	reports map[reportKey]*fact.Report
	calls   int
	doubles int
	senders []client.Info
	answer  func(call int) error // nil: takes everything
	refuse  func(*fact.Report) bool
}

type reportKey struct {
	agent, epoch, sequence uint64
}

func keyOf(r *fact.Report) reportKey { return reportKey{r.Agent, r.Epoch, r.Sequence} }

func (b *backend) Capabilities() consumer.Capabilities { return consumer.Capabilities{} }

func (b *backend) ConsumeLogs(ctx context.Context, ld plog.Logs) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls++
	b.senders = append(b.senders, client.FromContext(ctx))
	if b.answer != nil {
		if err := b.answer(b.calls); err != nil {
			return err
		}
	}
	var batch []*fact.Report
	for _, rl := range ld.ResourceLogs().All() {
		r, refused, err := fact.FromLogs(rl)
		if err != nil {
			return err
		}
		if len(refused) > 0 {
			return errors.New("the receiver passed on what is no fact")
		}
		if b.refuse != nil && b.refuse(r) {
			return consumererror.NewPermanent(errors.New("not this one"))
		}
		batch = append(batch, r)
	}
	if b.reports == nil {
		b.reports = map[reportKey]*fact.Report{}
	}
	for _, r := range batch {
		if _, known := b.reports[keyOf(r)]; known {
			b.doubles++
		}
		b.reports[keyOf(r)] = r
	}
	return nil
}

func (b *backend) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.reports)
}

func (b *backend) get(k reportKey) *fact.Report {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.reports[k]
}

// keyring lets in whoever shows the key.
type keyring struct {
	component.StartFunc
	component.ShutdownFunc
	key     atomic.Pointer[string]
	project atomic.Pointer[string]
}

func (k *keyring) Authenticate(ctx context.Context, sources map[string][]string) (context.Context, error) {
	if len(sources["authorization"]) != 1 || sources["authorization"][0] != "Bearer "+*k.key.Load() {
		return ctx, errors.New("no such key")
	}
	if p := sources["weir-project"]; len(p) == 1 {
		k.project.Store(&p[0])
	}
	info := client.FromContext(ctx)
	info.Auth = authData{}
	return client.NewContext(ctx, info), nil
}

type authData struct{}

func (authData) GetAttribute(name string) any {
	if name == "project" {
		return "p1"
	}
	return nil
}
func (authData) GetAttributeNames() []string { return []string{"project"} }

// listen starts a receiver and returns where it listens.
func listen(t *testing.T, next consumer.Logs, h component.Host, change func(*uplinkreceiver.Config)) (endpoint string, r receiver.Logs) {
	t.Helper()
	factory := uplinkreceiver.NewFactory()
	cfg := factory.CreateDefaultConfig().(*uplinkreceiver.Config)
	cfg.NetAddr.Endpoint = freeAddress(t)
	if change != nil {
		change(cfg)
	}
	require.NoError(t, cfg.Validate())
	r, err := factory.CreateLogs(t.Context(), receivertest.NewNopSettings(factory.Type()), cfg, next)
	require.NoError(t, err)
	require.NoError(t, r.Start(t.Context(), h))
	var once sync.Once
	stop := &stopOnce{Logs: r, once: &once}
	t.Cleanup(func() { require.NoError(t, stop.Shutdown(context.Background())) })
	return cfg.NetAddr.Endpoint, stop
}

// stopOnce can be shut down by a test and by its cleanup.
type stopOnce struct {
	receiver.Logs
	once *sync.Once
}

func (s *stopOnce) Shutdown(ctx context.Context) (err error) {
	s.once.Do(func() { err = s.Logs.Shutdown(ctx) })
	return err
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, l.Close()) }()
	return l.Addr().String()
}

// sends starts an exporter towards endpoint, without a queue unless changed.
func sends(t *testing.T, endpoint string, h component.Host, change func(*Config)) exporter.Logs {
	t.Helper()
	return sendsWith(t, endpoint, h, exportertest.NewNopSettings(metadata.Type), change)
}

func sendsWith(t *testing.T, endpoint string, h component.Host, set exporter.Settings, change func(*Config)) exporter.Logs {
	t.Helper()
	dir := t.TempDir()
	salt := filepath.Join(dir, "salt")
	require.NoError(t, os.WriteFile(salt, []byte(testSalt+"\n"), 0o600))
	cfg := createDefaultConfig().(*Config)
	cfg.Endpoint = endpoint
	cfg.TLS.Insecure = true
	cfg.Cluster, cfg.Sender = "test", "node-1"
	cfg.SaltFile = salt
	cfg.Ledger.Directory = filepath.Join(dir, "ledger")
	cfg.RetryConfig.Enabled = false
	cfg.QueueConfig = noQueue
	if change != nil {
		change(cfg)
	}
	require.NoError(t, cfg.Validate())
	e, err := NewFactory().CreateLogs(t.Context(), set, cfg)
	require.NoError(t, err)
	require.NoError(t, e.Start(t.Context(), h))
	t.Cleanup(func() { require.NoError(t, e.Shutdown(context.Background())) })
	return e
}

// retries makes an exporter try again soon.
func retries(cfg *Config) {
	cfg.RetryConfig.Enabled = true
	cfg.RetryConfig.InitialInterval = 20 * time.Millisecond
	cfg.RetryConfig.MaxInterval = 100 * time.Millisecond
}

func nop() component.Host { return componenttest.NewNopHost() }

// report is one of an agent with an edge, a symptom, a flow and an entity.
func report(sequence uint64) *fact.Report {
	shop := fact.Ref{Type: uplinkv1.EntityType_ENTITY_TYPE_DEPLOYMENT, Namespace: "shop", Name: "checkout"}
	pay := fact.Ref{Type: uplinkv1.EntityType_ENTITY_TYPE_DEPLOYMENT, Namespace: "shop", Name: "payments"}
	start := time.Unix(1_790_000_000+int64(sequence)*60, 0).UTC()
	r := &fact.Report{
		Agent: 7, Epoch: 9, Sequence: sequence, Start: start, Window: time.Minute,
		Entities: []fact.Entity{{Ref: shop, Op: uplinkv1.Op_OP_STATE, Desired: 3, Ready: 3}},
		Edges: []fact.Edge{{
			Source: shop, Destination: pay, Protocol: uplinkv1.Protocol_PROTOCOL_HTTP, Port: 8080,
			Side: uplinkv1.Side_SIDE_SERVER, Op: uplinkv1.Op_OP_STATE, HasRates: true, Requests: 600, Errors: 6,
		}},
		Symptoms: []fact.Symptom{{
			Code: "svc.latency.shift", Entity: pay, Phase: uplinkv1.Phase_PHASE_START,
			Severity: uplinkv1.Severity_SEVERITY_WARNING, Onset: start, Time: start,
			Value: 2, Baseline: 1, Threshold: 1.5, Unit: uplinkv1.Unit_UNIT_SECONDS, Samples: 30,
			Detector: uplinkv1.Detector_DETECTOR_BASELINE,
		}},
		Flows: []fact.Flow{{
			Source: shop, Destination: pay, Protocol: uplinkv1.Protocol_PROTOCOL_HTTP,
			Method: uplinkv1.Method_METHOD_POST, Route: "/payments/{id}",
			Direction: uplinkv1.Direction_DIRECTION_REQUEST,
			DataType:  uplinkv1.DataType_DATA_TYPE_PAYMENT_CARD, Sensitivity: uplinkv1.Sensitivity_SENSITIVITY_CRITICAL,
			FieldPath: "card.number", Seen: 5, First: start, Last: start,
		}},
	}
	r.Edges[0].Durations.AddSeconds(0.05, 600)
	return r
}

func facts(reports ...*fact.Report) plog.Logs {
	ld := plog.NewLogs()
	for _, r := range reports {
		fact.AppendLogs(ld, r)
	}
	return ld
}

// fileStorage starts a storage in a folder and returns a host that has it.
func fileStorage(t *testing.T, dir string) (h *host, id component.ID, stop func()) {
	t.Helper()
	factory := filestorage.NewFactory()
	cfg := factory.CreateDefaultConfig().(*filestorage.Config)
	cfg.Directory = dir
	storage, err := factory.Create(t.Context(), extensiontest.NewNopSettings(factory.Type()), cfg)
	require.NoError(t, err)
	id = component.NewID(factory.Type())
	h = &host{extensions: map[component.ID]component.Component{id: storage}}
	require.NoError(t, storage.Start(t.Context(), h))
	return h, id, func() { require.NoError(t, storage.Shutdown(context.Background())) }
}
