package uplinkexporter

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
	"github.com/weir-telemetry/weir/exporters/uplinkexporter/internal/metadata"
	"github.com/weir-telemetry/weir/internal/fact"
)

// canaries hands out values that nobody may ever see outside, no two the same.
type canaries struct {
	n   int
	all []string
}

func (c *canaries) plant(value string) string {
	c.all = append(c.all, value)
	return value
}

// next is a value of one of the forms, in turn.
func (c *canaries) next() string {
	c.n++
	n := c.n
	switch n % 10 {
	case 0:
		return c.plant(fmt.Sprintf("john.doe%d@acme.com", n))
	case 1:
		return c.plant(luhn(fmt.Sprintf("4%014d", 11111111110000+n*7919)))
	case 2:
		return c.plant(fmt.Sprintf("sk_live_%s", noise(n, 24)))
	case 3:
		return c.plant(fmt.Sprintf("+49 151 %08d", 23450000+n*31))
	case 4:
		return c.plant(fmt.Sprintf("203.0.113.%d", 20+n%200))
	case 5:
		return c.plant("eyJhbGciOiJIUzI1NiJ9." + noise(n, 24) + "." + noise(n+1, 43))
	case 6:
		return c.plant(fmt.Sprintf("Jane Roe number %d, born 1980", n))
	case 7:
		return c.plant(fmt.Sprintf("%08x-7b3c-4d5e-8f90-%012x", 0x9a1f0000+n*65537, 0x1234567890ab+n*7))
	case 8:
		return c.plant("AKIA7" + strings.ToUpper(noise(n, 15)))
	default:
		return c.plant(fmt.Sprintf("078-05-%04d", 1000+n))
	}
}

// noise is text that looks random and is always the same.
func noise(seed, length int) string {
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789"
	x := uint64(seed)*0x9e3779b97f4a7c15 + 1
	var b strings.Builder
	for range length {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		b.WriteByte(letters[x%36])
	}
	return b.String()
}

// luhn appends the check digit.
func luhn(digits string) string {
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return fmt.Sprintf("%s%d", digits, (10-sum%10)%10)
}

// poisoned is a report whose every name holds a value.
func (c *canaries) poisoned(sequence uint64) *fact.Report {
	types := []fact.EntityType{
		uplinkv1.EntityType_ENTITY_TYPE_CLUSTER, uplinkv1.EntityType_ENTITY_TYPE_NODE, uplinkv1.EntityType_ENTITY_TYPE_NAMESPACE,
		uplinkv1.EntityType_ENTITY_TYPE_DEPLOYMENT, uplinkv1.EntityType_ENTITY_TYPE_POD, uplinkv1.EntityType_ENTITY_TYPE_CONTAINER,
		uplinkv1.EntityType_ENTITY_TYPE_SERVICE, uplinkv1.EntityType_ENTITY_TYPE_PROCESS, uplinkv1.EntityType_ENTITY_TYPE_EXTERNAL,
	}
	ref := func(i int) fact.Ref {
		return fact.Ref{Type: types[i%len(types)], Namespace: c.next(), Name: c.next()}
	}
	r := report(sequence)
	at := r.Start
	for i := range types {
		r.Entities = append(r.Entities, fact.Entity{
			Ref: ref(i), Op: uplinkv1.Op_OP_STATE,
			Image: "registry.example.com/shop/cart:" + c.next(), Version: c.next(), Zone: c.next(),
			Owner: ref(i + 1), Node: ref(1),
		})
		r.Edges = append(r.Edges, fact.Edge{
			Source: ref(i), Destination: ref(i + 2), Protocol: uplinkv1.Protocol_PROTOCOL_HTTP, Port: 80,
			Side: uplinkv1.Side_SIDE_SERVER, Op: uplinkv1.Op_OP_STATE,
		})
		r.Symptoms = append(r.Symptoms, fact.Symptom{
			Code: c.next(), Entity: ref(i), Peer: ref(i + 3), Phase: uplinkv1.Phase_PHASE_START,
			Severity: uplinkv1.Severity_SEVERITY_INFO, Onset: at, Time: at,
		})
		r.Flows = append(r.Flows, fact.Flow{
			Source: ref(i), Destination: ref(i + 4), Protocol: uplinkv1.Protocol_PROTOCOL_HTTP,
			Method: uplinkv1.Method_METHOD_GET, Direction: uplinkv1.Direction_DIRECTION_REQUEST,
			Route: "/users/" + c.next() + "/orders", FieldPath: "user." + c.next() + ".name",
			DataType: uplinkv1.DataType_DATA_TYPE_EMAIL, Sensitivity: uplinkv1.Sensitivity_SENSITIVITY_MEDIUM, First: at, Last: at,
		})
		r.Changes = append(r.Changes, fact.Change{
			Entity: ref(i), Kind: uplinkv1.ChangeKind_CHANGE_KIND_IMAGE, Time: at,
			FromName: "cart:" + c.next(), ToName: "cart@" + c.next(),
		})
	}
	return r
}

// noFacts adds records that are no facts, and facts that hold more than facts do.
func (c *canaries) noFacts(ld plog.Logs) {
	// A log of an application.
	rl := ld.ResourceLogs().AppendEmpty()
	rl.Resource().Attributes().PutStr("service.name", c.next())
	sl := rl.ScopeLogs().AppendEmpty()
	sl.Scope().SetName(c.next())
	for range 10 {
		lr := sl.LogRecords().AppendEmpty()
		lr.Body().SetStr(c.next())
		lr.Attributes().PutStr("http.request.header.cookie", c.next())
		lr.SetSeverityText(c.next())
	}
	// Events within a report that are none, or are too talkative.
	for i, rl := range ld.ResourceLogs().All() {
		if i > 0 {
			break
		}
		sl := rl.ScopeLogs().At(0)
		for _, event := range []string{"weir.exchange", fact.EventEdge, fact.EventEntity, fact.EventFlow, fact.EventCoverage, ""} {
			lr := sl.LogRecords().AppendEmpty()
			lr.SetEventName(event)
			lr.Body().SetStr(c.next())
			lr = sl.LogRecords().AppendEmpty()
			lr.SetEventName(event)
			lr.Attributes().PutStr("http.request.body", c.next())
		}
		// A fact that is right, whose record says more beside its attributes.
		lr := sl.LogRecords().AppendEmpty()
		lr.SetEventName(fact.EventCoverage)
		lr.SetSeverityText(c.next())
		lr.SetTimestamp(pcommon.NewTimestampFromTime(time.Now()))
		sl.Scope().Attributes().PutStr("note", c.next())
		sl.Scope().SetVersion(c.next())
		sl.SetSchemaUrl("https://" + c.next())
		foreign := rl.ScopeLogs().AppendEmpty()
		foreign.Scope().SetName(c.next())
		foreign.LogRecords().AppendEmpty().Attributes().PutStr("x", c.next())
	}
}

// No value that is planted in a name, or beside a fact, is on the wire or in
// the ledger.
func TestNoCanaryLeaves(t *testing.T) {
	b := &backend{}
	target, _ := listen(t, b, nop(), nil)
	p := newProxy(t, target)
	var ledgerDir string
	e, tel := counted(t, p.endpoint(), func(cfg *Config) {
		ledgerDir = cfg.Ledger.Directory
		cfg.Project = "shop"
	})
	c := &canaries{}
	ld := facts(c.poisoned(1), c.poisoned(2))
	c.noFacts(ld)
	require.GreaterOrEqual(t, len(c.all), 100)
	t.Logf("%d values planted", len(c.all))
	require.NoError(t, e.ConsumeLogs(t.Context(), ld))
	require.NoError(t, e.Shutdown(t.Context()))

	// The control: the search finds each of them where nothing guards.
	marshaler := plog.ProtoMarshaler{}
	unguarded, err := marshaler.MarshalLogs(ld)
	require.NoError(t, err)
	require.Len(t, findsAny(unguarded, c.all), len(c.all))

	said := p.record()
	assert.Empty(t, findsAny(said, c.all), "on the wire")
	talk := takeApart(t, said)
	require.NotEmpty(t, talk.messages)
	require.Contains(t, string(talk.headers), "weir-project: shop")
	assert.Empty(t, findsAny(talk.headers, c.all), "in headers")
	for _, m := range talk.messages {
		assert.Empty(t, findsAny(m, c.all), "in a message")
		require.Contains(t, string(m), "checkout", "names that fit do leave")
	}
	assert.Empty(t, findsAny(filesIn(t, ledgerDir), c.all), "in the ledger")

	require.Equal(t, 2, b.count(), "the facts themselves arrive")
	assert.Greater(t, b.get(reportKey{7, 9, 1}).Facts(), 30)
	assert.Positive(t, counter(t, tel, "exporter_uplink_names_pseudonymised", ""))
	assert.Equal(t, int64(10+12+1), counter(t, tel, "exporter_uplink_records_refused", ""))
}

// What is no fact does not even come into the queue's storage.
func TestNoCanaryIsQueued(t *testing.T) {
	dir := t.TempDir()
	h, id, stop := fileStorage(t, dir)
	set := exportertest.NewNopSettings(metadata.Type)
	e := sendsWith(t, freeAddress(t), h, set, func(cfg *Config) {
		retries(cfg)
		queue := exporterhelper.NewDefaultQueueConfig()
		queue.NumConsumers, queue.StorageID = 1, &id
		cfg.QueueConfig = configoptional.Some(queue)
	})
	c := &canaries{}
	ld := facts(report(1))
	c.noFacts(ld)
	require.NoError(t, e.ConsumeLogs(t.Context(), ld))
	require.NoError(t, e.Shutdown(t.Context()))
	stop()
	queued := filesIn(t, dir)
	require.Contains(t, string(queued), "checkout", "the facts are there")
	assert.Empty(t, findsAny(queued, c.all))
}

func filesIn(t *testing.T, dir string) (all []byte) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path) // #nosec G304 -- of a test
		all = append(all, b...)
		return err
	}))
	return all
}
