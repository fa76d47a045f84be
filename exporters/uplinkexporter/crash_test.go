package uplinkexporter

import (
	"bufio"
	"context"
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/receiver/receivertest"

	"github.com/weir-telemetry/weir/exporters/uplinkexporter/internal/metadata"
	"github.com/weir-telemetry/weir/internal/fact"
	"github.com/weir-telemetry/weir/receivers/uplinkreceiver"
	"github.com/weir-telemetry/weir/test/servers"
)

// The three processes of the chain that TestKilledProcessesLoseNothing kills.
const (
	roleAgent    = "agent"
	roleMediator = "mediator"
	roleBackend  = "backend"
)

const (
	crashRole   = "WEIR_UPLINK_CRASH_ROLE"
	crashDir    = "WEIR_UPLINK_CRASH_DIR"
	crashListen = "WEIR_UPLINK_CRASH_LISTEN"
	crashTarget = "WEIR_UPLINK_CRASH_TARGET"
	crashEpoch  = "WEIR_UPLINK_CRASH_EPOCH"
)

// TestCrashChild is no test of its own: it is the process that
// TestKilledProcessesLoseNothing kills.
func TestCrashChild(t *testing.T) {
	role := os.Getenv(crashRole)
	if role == "" {
		t.Skip("runs as the child of TestKilledProcessesLoseNothing")
	}
	ctx, dir := context.Background(), os.Getenv(crashDir)
	switch role {
	case roleAgent:
		crashAgent(t, ctx, dir)
	case roleMediator:
		e := crashExporter(t, ctx, dir, nop(), func(cfg *Config) {
			queue := exporterhelper.NewDefaultQueueConfig()
			queue.WaitForResult = true
			queue.Batch = configoptional.Some(exporterhelper.BatchConfig{
				FlushTimeout: 5 * time.Millisecond, MinSize: 16, MaxSize: 64, Sizer: exporterhelper.RequestSizerTypeItems,
			})
			cfg.QueueConfig = configoptional.Some(queue)
			cfg.MergeSides = true
		})
		crashReceiver(t, ctx, e)
	case roleBackend:
		crashReceiver(t, ctx, newDiskBackend(t, filepath.Join(dir, "store")))
	}
	fmt.Println("ready")
	select {} // until it is killed
}

// crashAgent sends one report after the other and says which were accepted.
func crashAgent(t *testing.T, ctx context.Context, dir string) {
	queueDir := filepath.Join(dir, "queue")
	require.NoError(t, os.MkdirAll(queueDir, 0o700))
	h, id, _ := fileStorage(t, queueDir)
	e := crashExporter(t, ctx, dir, h, func(cfg *Config) {
		queue := exporterhelper.NewDefaultQueueConfig()
		queue.NumConsumers, queue.StorageID, queue.QueueSize = 1, &id, 1_000_000
		cfg.QueueConfig = configoptional.Some(queue)
	})
	var epoch uint64
	_, err := fmt.Sscan(os.Getenv(crashEpoch), &epoch)
	require.NoError(t, err)
	fmt.Println("ready")
	if epoch == 0 {
		select {} // sends what its queue holds
	}
	for sequence := uint64(1); ; sequence++ {
		r := report(sequence)
		r.Epoch = epoch
		require.NoError(t, e.ConsumeLogs(ctx, facts(r)))
		fmt.Println("accepted", epoch, sequence)
		time.Sleep(2 * time.Millisecond)
	}
}

func crashExporter(t *testing.T, ctx context.Context, dir string, h component.Host, change func(*Config)) exporter.Logs {
	salt := filepath.Join(dir, "salt")
	require.NoError(t, os.WriteFile(salt, []byte(testSalt), 0o600))
	cfg := createDefaultConfig().(*Config)
	cfg.Endpoint, cfg.TLS.Insecure = os.Getenv(crashTarget), true
	cfg.Cluster, cfg.Sender, cfg.SaltFile = "test", os.Getenv(crashRole), salt
	cfg.Ledger.Directory = filepath.Join(dir, "ledger")
	retries(cfg)
	change(cfg)
	require.NoError(t, cfg.Validate())
	set := exportertest.NewNopSettings(metadata.Type)
	set.ID = component.NewID(metadata.Type) // the queue's name in the storage
	e, err := NewFactory().CreateLogs(ctx, set, cfg)
	require.NoError(t, err)
	require.NoError(t, e.Start(ctx, h))
	return e
}

func crashReceiver(t *testing.T, ctx context.Context, next consumer.Logs) {
	factory := uplinkreceiver.NewFactory()
	cfg := factory.CreateDefaultConfig().(*uplinkreceiver.Config)
	cfg.NetAddr.Endpoint = os.Getenv(crashListen)
	r, err := factory.CreateLogs(ctx, receivertest.NewNopSettings(factory.Type()), cfg, next)
	require.NoError(t, err)
	require.NoError(t, r.Start(ctx, nop()))
}

// diskBackend writes a line for each report and returns once it is on disk.
type diskBackend struct {
	mu   sync.Mutex
	file *os.File
}

func newDiskBackend(t *testing.T, path string) *diskBackend {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600) // #nosec G304 -- of a test
	require.NoError(t, err)
	_, err = f.WriteString("\n") // ends a line that a kill cut short
	require.NoError(t, err)
	return &diskBackend{file: f}
}

func (*diskBackend) Capabilities() consumer.Capabilities { return consumer.Capabilities{} }

func (b *diskBackend) ConsumeLogs(_ context.Context, ld plog.Logs) error {
	var lines strings.Builder
	for _, rl := range ld.ResourceLogs().All() {
		r, _, err := fact.FromLogs(rl)
		if err != nil {
			return err
		}
		fmt.Fprintf(&lines, "stored %d %d %s\n", r.Epoch, r.Sequence, contentOf(r))
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, err := b.file.WriteString(lines.String()); err != nil {
		return err
	}
	return b.file.Sync()
}

// contentOf is a digest of what a report says, whatever envelope it came in.
func contentOf(r *fact.Report) string {
	c := *r
	c.Origin = nil
	h := fnv.New128a()
	marshaler := plog.ProtoMarshaler{}
	b, err := marshaler.MarshalLogs(facts(&c))
	if err != nil {
		panic(err)
	}
	_, _ = h.Write(b)
	return hex.EncodeToString(h.Sum(nil))
}

// process is a child that can be killed and started again.
type process struct {
	role, dir, listen, target string

	cmd      *exec.Cmd
	ready    chan struct{}
	accepted func(epoch, sequence uint64)
	lines    sync.WaitGroup
}

func (p *process) start(t *testing.T, epoch int) {
	t.Helper()
	p.cmd = exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestCrashChild$") // #nosec G204 -- this test
	p.cmd.Env = append(os.Environ(), crashRole+"="+p.role, crashDir+"="+p.dir,
		crashListen+"="+p.listen, crashTarget+"="+p.target, crashEpoch+"="+fmt.Sprint(epoch))
	out, err := p.cmd.StdoutPipe()
	require.NoError(t, err)
	p.cmd.Stderr = os.Stderr
	require.NoError(t, p.cmd.Start())
	ready := make(chan struct{})
	p.ready = ready
	p.lines.Go(func() {
		for sc := bufio.NewScanner(out); sc.Scan(); {
			var e, s uint64
			if sc.Text() == "ready" {
				close(ready)
			} else if n, _ := fmt.Sscanf(sc.Text(), "accepted %d %d", &e, &s); n == 2 {
				p.accepted(e, s)
			} else if strings.HasPrefix(sc.Text(), "---") || strings.Contains(sc.Text(), "Error") {
				t.Log(p.role, sc.Text())
			}
		}
		_, _ = io.Copy(io.Discard, out)
	})
}

func (p *process) awaitReady(t *testing.T) {
	t.Helper()
	select {
	case <-p.ready:
	case <-time.After(30 * time.Second):
		t.Fatalf("the %s did not start", p.role)
	}
}

func (p *process) kill(t *testing.T) {
	t.Helper()
	require.NoError(t, p.cmd.Process.Kill())
	p.lines.Wait()
	require.Error(t, p.cmd.Wait(), "it was killed")
}

// One of agent, mediator and backend is killed with kill -9 at a random moment
// while the agent accepts reports, again and again. In the end the backend has
// each accepted report, and never two contents of one.
func TestKilledProcessesLoseNothing(t *testing.T) {
	mediatorAddress, backendAddress := freeAddress(t), freeAddress(t)
	dir := t.TempDir()
	var mu sync.Mutex
	accepted := map[[2]uint64]bool{}
	chain := map[string]*process{
		roleBackend:  {role: roleBackend, listen: backendAddress},
		roleMediator: {role: roleMediator, listen: mediatorAddress, target: backendAddress},
		roleAgent:    {role: roleAgent, target: mediatorAddress},
	}
	for role, p := range chain {
		p.dir = filepath.Join(dir, role)
		require.NoError(t, os.Mkdir(p.dir, 0o700))
		p.accepted = func(epoch, sequence uint64) {
			mu.Lock()
			defer mu.Unlock()
			accepted[[2]uint64{epoch, sequence}] = true
		}
	}
	roles := []string{roleBackend, roleMediator, roleAgent}
	epoch := 1
	for _, role := range roles {
		chain[role].start(t, epoch)
	}
	for range servers.Long(20, 200) {
		time.Sleep(time.Duration(rand.IntN(300)) * time.Millisecond) // #nosec G404 -- a moment, no secret
		victim := chain[roles[rand.IntN(len(roles))]]                // #nosec G404 -- likewise
		victim.kill(t)
		time.Sleep(time.Duration(rand.IntN(100)) * time.Millisecond) // #nosec G404 -- likewise
		epoch++
		victim.start(t, epoch)
	}
	chain[roleAgent].awaitReady(t)
	time.Sleep(300 * time.Millisecond)
	chain[roleAgent].kill(t)
	// What its queue still holds is sent by the next one.
	chain[roleAgent].start(t, 0)
	want := accepted // nobody writes any longer
	require.NotEmpty(t, want)
	store := filepath.Join(chain[roleBackend].dir, "store")
	stored := readStore(t, store)
	for progress := time.Now(); lacking(want, stored) > 0; time.Sleep(200 * time.Millisecond) {
		before := len(stored)
		if stored = readStore(t, store); len(stored) > before {
			progress = time.Now()
		}
		require.Less(t, time.Since(progress), 30*time.Second, "%d of %d accepted reports are missing", lacking(want, stored), len(want))
	}
	for _, role := range roles {
		chain[role].kill(t)
	}
	t.Logf("%d accepted, %d stored", len(want), len(stored))
	verifyLedger(t, filepath.Join(chain[roleAgent].dir, "ledger"))
	verifyLedger(t, filepath.Join(chain[roleMediator].dir, "ledger"))
}

func lacking(want map[[2]uint64]bool, stored map[[2]uint64]string) (n int) {
	for k := range want {
		if _, ok := stored[k]; !ok {
			n++
		}
	}
	return n
}

// readStore fails when a report came with two contents.
func readStore(t *testing.T, path string) map[[2]uint64]string {
	t.Helper()
	text, err := os.ReadFile(path) // #nosec G304 -- of a test
	require.NoError(t, err)
	stored := map[[2]uint64]string{}
	for line := range strings.Lines(string(text)) {
		var k [2]uint64
		var content string
		if n, _ := fmt.Sscanf(line, "stored %d %d %s\n", &k[0], &k[1], &content); n != 3 {
			continue // the kill came in the middle of the line
		}
		if before, known := stored[k]; known {
			require.Equal(t, before, content, "report %v came with two contents", k)
		}
		stored[k] = content
	}
	return stored
}
