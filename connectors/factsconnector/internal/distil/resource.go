package distil

import (
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
	"github.com/weir-telemetry/weir/internal/exchange"
	"github.com/weir-telemetry/weir/internal/fact"
)

const (
	keyNamespace        = string(semconv.K8SNamespaceNameKey)
	keyNode             = string(semconv.K8SNodeNameKey)
	keyPod              = string(semconv.K8SPodNameKey)
	keyCluster          = string(semconv.K8SClusterNameKey)
	keyService          = string(semconv.ServiceNameKey)
	keyServiceNamespace = string(semconv.ServiceNamespaceKey)
	keyServiceVersion   = string(semconv.ServiceVersionKey)
	keyZone             = string(semconv.CloudAvailabilityZoneKey)
	keyImage            = string(semconv.ContainerImageNameKey)
	keyImageTags        = string(semconv.ContainerImageTagsKey)
)

// workloads are the attributes that name one, owners before what they own: a
// ReplicaSet folds into its Deployment, a Job into its CronJob.
var workloads = []struct {
	key  string
	kind fact.EntityType
}{
	{string(semconv.K8SDeploymentNameKey), uplinkv1.EntityType_ENTITY_TYPE_DEPLOYMENT},
	{string(semconv.K8SStatefulSetNameKey), uplinkv1.EntityType_ENTITY_TYPE_STATEFUL_SET},
	{string(semconv.K8SDaemonSetNameKey), uplinkv1.EntityType_ENTITY_TYPE_DAEMON_SET},
	{string(semconv.K8SCronJobNameKey), uplinkv1.EntityType_ENTITY_TYPE_CRON_JOB},
	{string(semconv.K8SJobNameKey), uplinkv1.EntityType_ENTITY_TYPE_JOB},
	{string(semconv.K8SReplicaSetNameKey), uplinkv1.EntityType_ENTITY_TYPE_REPLICA_SET},
}

// workload is the one that the attributes name, if any.
func workload(m pcommon.Map) fact.Ref {
	for _, w := range workloads {
		if name := text(m, w.key); name != "" {
			return fact.Ref{Type: w.kind, Namespace: text(m, keyNamespace), Name: name}
		}
	}
	return fact.Ref{}
}

// named is the entity of a type that has one name, the zero Ref without it.
func named(t fact.EntityType, m pcommon.Map, key string) fact.Ref {
	if name := text(m, key); name != "" {
		return fact.Ref{Type: t, Name: name}
	}
	return fact.Ref{}
}

// resource notes the entities that a resource names.
func (d *Distiller) resource(m pcommon.Map, now time.Time) {
	if m.Len() == 0 {
		return
	}
	node := named(uplinkv1.EntityType_ENTITY_TYPE_NODE, m, keyNode)
	d.note(named(uplinkv1.EntityType_ENTITY_TYPE_CLUSTER, m, keyCluster), now, nil)
	d.note(named(uplinkv1.EntityType_ENTITY_TYPE_NAMESPACE, m, keyNamespace), now, nil)
	d.note(node, now, func(e *knownEntity) { e.set(&e.Zone, text(m, keyZone)) })
	w := workload(m)
	d.note(w, now, func(e *knownEntity) { e.set(&e.Version, text(m, keyServiceVersion)) })
	if pod := named(uplinkv1.EntityType_ENTITY_TYPE_POD, m, keyPod); !pod.IsZero() {
		pod.Namespace = text(m, keyNamespace)
		d.note(pod, now, func(e *knownEntity) {
			e.point(&e.Owner, w)
			e.point(&e.Node, node)
			e.set(&e.Image, image(m))
		})
	}
	if w.IsZero() {
		d.service(m, now)
	}
}

// service notes a service that says of itself who it is. Other resources have
// a service.name too, such as those of the capture receivers: the ends of their
// exchanges tell better what it is.
func (d *Distiller) service(m pcommon.Map, now time.Time) {
	name := text(m, keyService)
	if name == "" || name == exchange.UnknownService {
		return
	}
	_, sdk := m.Get(string(semconv.TelemetrySDKNameKey))
	_, instance := m.Get(string(semconv.ServiceInstanceIDKey))
	if !sdk && !instance {
		return
	}
	r := fact.Ref{
		Type: uplinkv1.EntityType_ENTITY_TYPE_SERVICE, Namespace: either(m, keyNamespace, text(m, keyServiceNamespace)), Name: name,
	}
	d.note(r, now, func(e *knownEntity) { e.set(&e.Version, text(m, keyServiceVersion)) })
}

// note learns of an entity, which is left out when there is no room for it.
func (d *Distiller) note(r fact.Ref, now time.Time, learn func(*knownEntity)) {
	if r.IsZero() {
		return
	}
	e := d.entities.get(r, false, now)
	if e == nil {
		omit(&d.coverage.facts, r)
		return
	}
	if learn != nil {
		learn(e)
	}
}

// image is the image and its first tag.
func image(m pcommon.Map) string {
	name := text(m, keyImage)
	v, ok := m.Get(keyImageTags)
	if name == "" || !ok || v.Type() != pcommon.ValueTypeSlice || v.Slice().Len() == 0 || v.Slice().At(0).Type() != pcommon.ValueTypeStr {
		return name
	}
	if tag := v.Slice().At(0).Str(); len(tag) <= maxText {
		return name + ":" + tag
	}
	return name
}
