package distil

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
	"github.com/weir-telemetry/weir/internal/fact"
)

var usersPod = attrs{
	"k8s.namespace.name": "shop", "k8s.deployment.name": "users", "k8s.replicaset.name": "users-6d4",
	"k8s.pod.name": "users-6d4-x", "k8s.node.name": "n1", "k8s.cluster.name": "eu", "cloud.availability_zone": "eu-1a",
	"service.name": "users", "service.version": "1.4.0", "telemetry.sdk.name": "opentelemetry",
	"container.image.name": "registry/users", "container.image.tags": []any{"1.4.0", "latest"},
}

// described prints what matters.
func described(r *fact.Report) (out []string) {
	for _, e := range r.Entities {
		s := fmt.Sprintf("%s %s %s/%s", fact.Text(e.Op), fact.Text(e.Type), e.Namespace, e.Name)
		for _, f := range []string{e.Image, e.Version, e.Zone, e.Owner.Name, e.Node.Name} {
			if f != "" {
				s += " " + f
			}
		}
		out = append(out, s)
	}
	return out
}

func TestResourcesNameEntities(t *testing.T) {
	b := newBench(t, nil)
	b.resource(usersPod)
	assert.Equal(t, []string{
		"state cluster /eu", "state node /n1 eu-1a", "state namespace /shop", "state deployment shop/users 1.4.0",
		"state pod shop/users-6d4-x registry/users:1.4.0 users n1",
	}, described(b.told()), "a ReplicaSet folds, a service behind a workload is the workload")

	b = newBench(t, nil)
	b.resource(attrs{"k8s.namespace.name": "shop", "k8s.job.name": "nightly-1", "k8s.cronjob.name": "nightly"})
	assert.Equal(t, []string{"state namespace /shop", "state cron_job shop/nightly"}, described(b.told()))

	b = newBench(t, nil)
	b.resource(attrs{"service.name": "billing", "service.namespace": "fin", "service.instance.id": "1"})
	b.resource(attrs{"service.name": "unknown_service", "service.instance.id": "1"})
	b.resource(attrs{"service.name": "seen on the wire"})
	b.resource(attrs{"k8s.pod.name": 5})
	assert.Equal(t, []string{"state service fin/billing"}, described(b.told()))
}

func TestEntitiesAreToldWhenTheyChange(t *testing.T) {
	b := newBench(t, func(o *Options) { o.Snapshot = 10 * time.Minute })
	b.resource(usersPod)
	require.Len(t, b.told().Entities, 5)
	b.resource(usersPod)
	require.Nil(t, b.close(), "nothing new")
	b.resource(usersPod.with(attrs{"service.version": "1.5.0"}))
	assert.Equal(t, []string{"state deployment shop/users 1.5.0"}, described(b.told()))
	b.resource(attrs{"k8s.namespace.name": "shop", "k8s.deployment.name": "users"})
	require.Nil(t, b.close(), "what is not said doesn't count")

	for range 5 {
		b.resource(attrs{"k8s.node.name": "n1"})
		b.close()
	}
	b.resource(attrs{"k8s.node.name": "n1"})
	r := b.told()
	require.True(t, r.Snapshot)
	assert.Len(t, r.Entities, 5, "all that was seen for an interval")
	for range 9 {
		b.resource(attrs{"k8s.node.name": "n1"})
		b.close()
	}
	b.resource(attrs{"k8s.node.name": "n1"})
	r = b.told()
	require.True(t, r.Snapshot)
	assert.Equal(t, []string{"state node /n1 eu-1a"}, described(r), "the others are silent, and nobody says that they are gone")
	assert.Len(t, b.entities.known, 1)
}

func TestDeletions(t *testing.T) {
	gone := attrs{"entity.type": "pod", "entity.id": map[string]any{"namespace": "shop", "name": "users-6d4-x"}}
	b := newBench(t, nil)
	b.resource(usersPod)
	b.told()
	b.record("entity.delete", gone, epoch)
	b.record("entity.delete", gone, epoch)
	assert.Equal(t, []string{"delete pod shop/users-6d4-x"}, described(b.told()))
	b.record("entity.delete", gone, epoch)
	b.resource(usersPod)
	assert.Equal(t, []string{"state pod shop/users-6d4-x registry/users:1.4.0 users n1"}, described(b.told()), "it is back")
}

func TestEntityEvents(t *testing.T) {
	pod := map[string]any{"k8s.pod.uid": "u"}
	about := map[string]any{
		"k8s.pod.name": "p", "k8s.namespace.name": "shop", "k8s.statefulset.name": "db", "k8s.node.name": "n1",
		"container.image.name": "pg:17", "some.label": "x",
	}
	for name, c := range map[string]struct {
		event string
		attrs attrs
		want  []string
	}{
		"specification": {"entity.state", attrs{"entity.type": "k8s.pod", "entity.id": pod, "entity.description": about},
			[]string{"state node /n1", "state stateful_set shop/db", "state pod shop/p pg:17 db n1"}},
		"contrib": {"", attrs{"otel.entity.event.type": "entity_state", "otel.entity.type": "k8s.pod", "otel.entity.id": pod, "otel.entity.attributes": about},
			[]string{"state node /n1", "state stateful_set shop/db", "state pod shop/p pg:17 db n1"}},
		"namespace": {"entity.state", attrs{"entity.type": "k8s.namespace", "entity.id": map[string]any{"k8s.namespace.name": "shop"}},
			[]string{"state namespace /shop"}},
		"service": {"entity.state", attrs{"entity.type": "service", "entity.id": map[string]any{"service.name": "s", "service.namespace": "n"},
			"entity.description": map[string]any{"service.version": "2"}}, []string{"state service n/s 2"}},
		"container": {"entity.state", attrs{"entity.type": "container", "entity.id": map[string]any{"container.id": "c"},
			"entity.description": map[string]any{"container.name": "c", "k8s.namespace.name": "n"}}, []string{"state container n/c"}},
		"ours": {"entity.state", attrs{"entity.type": "replica_set", "entity.id": map[string]any{"namespace": "n", "name": "r", "uid": "u"},
			"entity.relationships": []any{map[string]any{"type": "owner", "entity.type": "deployment", "entity.id": map[string]any{"namespace": "n", "name": "d"}}, "?"}},
			[]string{"state deployment n/d", "state replica_set n/r d"}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, nil)
			b.record(c.event, c.attrs, epoch)
			assert.Equal(t, c.want, described(b.told()))
			assert.Zero(t, b.ignored(EntityEvent, Malformed))
			b.record(c.event, c.attrs, epoch)
			assert.Nil(t, b.close(), "the same again is nothing new")
		})
	}
}

func TestReplicasAreOfAnEvent(t *testing.T) {
	state := func(ready any) attrs {
		return attrs{"entity.type": "deployment", "entity.id": map[string]any{"namespace": "n", "name": "d"}, "entity.report.interval": 5000,
			"entity.description": map[string]any{"desired": 3, "ready": ready}}
	}
	b := newBench(t, nil)
	b.record("entity.state", state(2), epoch)
	e := b.told().Entities[0]
	assert.EqualValues(t, 3, e.Desired)
	assert.EqualValues(t, 2, e.Ready)
	assert.Equal(t, 5*time.Second, e.ReportInterval)
	b.record("entity.state", state(0), epoch)
	assert.Zero(t, b.told().Entities[0].Ready)
	b.record("entity.state", state(-1), epoch)
	b.record("entity.state", state("many"), epoch)
	assert.Nil(t, b.close())
}

func TestMalformedEntityEventsAreCounted(t *testing.T) {
	for name, a := range map[string]attrs{
		"no type":      {"entity.id": map[string]any{"name": "x"}},
		"unknown type": {"entity.type": "gadget", "entity.id": map[string]any{"name": "x"}},
		"no id":        {"entity.type": "pod"},
		"id no map":    {"entity.type": "pod", "entity.id": "x"},
		"no name":      {"entity.type": "pod", "entity.id": map[string]any{"k8s.pod.uid": "u"}},
		"endless name": {"entity.type": "pod", "entity.id": map[string]any{"name": string(make([]byte, maxText+1))}},
	} {
		b := newBench(t, nil)
		b.record("entity.state", a, epoch)
		assert.EqualValues(t, 1, b.ignored(EntityEvent, Malformed), name)
		assert.Nil(t, b.close())
	}
	b := newBench(t, nil)
	b.record("something.else", attrs{"entity.type": "pod"}, epoch)
	assert.Zero(t, b.counts)
}

func TestEntitiesBeyondTheBoundAreLeftOut(t *testing.T) {
	b := newBench(t, func(o *Options) { o.Limits.Entities = 3 })
	for i := range 5 {
		b.resource(attrs{"k8s.node.name": fmt.Sprint("n", i)})
	}
	b.record("entity.state", attrs{"entity.type": "node", "entity.id": map[string]any{"name": "n4"}}, epoch)
	for i := range 5 {
		b.record("entity.delete", attrs{"entity.type": "job", "entity.id": map[string]any{"name": fmt.Sprint("j", i)}}, epoch)
	}
	r := b.told()
	assert.Len(t, r.Entities, 6, "three that are, three that are gone")
	assert.EqualValues(t, 4, r.Coverage.FactsLeftOut)
	assert.EqualValues(t, 3, b.ignored(EntityEvent, Limited))
	b.now = b.now.Add(time.Second)
	b.resource(attrs{"k8s.node.name": "n0"})
	b.close() // n1 and n2 were not seen and make room
	b.resource(attrs{"k8s.node.name": "n4"})
	assert.Equal(t, []string{"n4"}, names(b.told()))
	assert.Equal(t, uplinkv1.Op_OP_STATE, b.entities.known[fact.Ref{Type: uplinkv1.EntityType_ENTITY_TYPE_NODE, Name: "n0"}].Op)
}
