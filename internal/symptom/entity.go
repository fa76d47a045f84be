package symptom

import (
	"net/netip"
	"strings"
)

// Labels are the attributes of a series: of the point, else of its resource.
// Numbers and truth values are in their decimal and lower case form.
type Labels interface {
	Get(key string) (string, bool)
}

// Entity is who a symptom is of. Type is the lower snake case of the uplink's
// enumeration. A container is named by its pod and its own name with a dot
// between, since container names alone are not unique.
type Entity struct{ Type, Namespace, Name string }

// IsZero reports whether nobody is meant.
func (e Entity) IsZero() bool { return e.Name == "" }

// The kinds of entity that a feed may ask for.
const (
	ofWorkload  = "workload"
	ofEdge      = "edge"
	ofContainer = "container"
	ofPod       = "pod"
	ofNode      = "node"
)

var entityKinds = []string{ofWorkload, ofEdge, ofContainer, ofPod, ofNode}

// kindTypes are Kubernetes kinds, as in weir.source.kind, and their types.
var kindTypes = map[string]string{
	"Deployment": "deployment", "StatefulSet": "stateful_set", "DaemonSet": "daemon_set",
	"ReplicaSet": "replica_set", "Job": "job", "CronJob": "cron_job", "Pod": "pod",
	"Service": "service", "Node": "node", "Process": "process", "External": "external",
}

// owners are the attributes that name a workload, the outermost first.
var owners = []struct{ key, label, typ string }{
	{"k8s.deployment.name", "deployment", "deployment"},
	{"k8s.statefulset.name", "statefulset", "stateful_set"},
	{"k8s.daemonset.name", "daemonset", "daemon_set"},
	{"k8s.cronjob.name", "cronjob", "cron_job"},
	{"k8s.job.name", "job_name", "job"},
	{"k8s.replicaset.name", "replicaset", "replica_set"},
}

func get(l Labels, keys ...string) string {
	for _, k := range keys {
		if v, ok := l.Get(k); ok && v != "" {
			return v
		}
	}
	return ""
}

// resolve finds who a series is about; the entity is zero when nobody is named.
// The workload is the one whose share of open symptoms is bounded.
func resolve(kind string, l Labels) (e, peer, workload Entity) {
	switch kind {
	case ofWorkload:
		e = workloadOf(l)
		return e, Entity{}, e
	case ofEdge:
		e = end(l, "weir.source.")
		peer = end(l, "weir.destination.")
		if e.IsZero() && peer.IsZero() {
			e, peer = workloadOf(l), address(l)
		}
		return e, peer, e
	case ofContainer:
		ns, pod, name := container(l)
		// cAdvisor reports the pod's sandbox too.
		if pod == "" || name == "" || name == "POD" {
			return Entity{}, Entity{}, Entity{}
		}
		return Entity{"container", ns, pod + "." + name}, Entity{}, podOwner(l, ns, pod)
	case ofPod:
		ns, pod, _ := container(l)
		if pod == "" {
			return Entity{}, Entity{}, Entity{}
		}
		return Entity{"pod", ns, pod}, Entity{}, podOwner(l, ns, pod)
	case ofNode:
		name := get(l, "k8s.node.name", "node", "host.name", "instance", "service.instance.id")
		if host, _, ok := strings.Cut(name, ":"); ok {
			name = host
		}
		e = Entity{"node", "", name}
		return e, Entity{}, e
	}
	return e, peer, workload
}

func namespace(l Labels) string {
	return get(l, "k8s.namespace.name", "namespace", "service.namespace")
}

func workloadOf(l Labels) Entity {
	if e := end(l, "weir.destination."); !e.IsZero() && get(l, "weir.source.name", "service.name") != "" {
		// Only metrics of our receivers name both ends; their server side is
		// about the destination, and workload entries read the server side.
		return e
	}
	ns := namespace(l)
	for _, o := range owners {
		if n := get(l, o.key); n != "" {
			return Entity{o.typ, ns, n}
		}
	}
	for _, o := range owners {
		if n := get(l, o.label); n != "" {
			return Entity{o.typ, ns, n}
		}
	}
	if n := get(l, "service.name"); n != "" {
		return Entity{"service", ns, n}
	}
	return Entity{}
}

// end reads one end of an exchange.
func end(l Labels, prefix string) Entity {
	typ, ok := kindTypes[get(l, prefix+"kind")]
	if !ok {
		return Entity{}
	}
	return Entity{typ, get(l, prefix+"namespace"), get(l, prefix+"name")}
}

// address is the peer that a client names. An address in numbers is no name.
func address(l Labels) Entity {
	host := get(l, "server.address", "destination")
	if h, _, ok := strings.Cut(host, ":"); ok && !strings.Contains(h, "[") {
		host = h
	}
	if _, err := netip.ParseAddr(host); err == nil || strings.ContainsAny(host, "[]:") {
		return Entity{}
	}
	return Entity{"external", "", host}
}

// container finds pod and container; coroot's agent has both in one label.
func container(l Labels) (ns, pod, name string) {
	if id := get(l, "container_id"); strings.HasPrefix(id, "/k8s/") {
		if parts := strings.Split(id, "/"); len(parts) == 5 {
			return parts[2], parts[3], parts[4]
		}
	}
	return namespace(l), get(l, "k8s.pod.name", "pod"), get(l, "k8s.container.name", "container")
}

// podOwner is the workload behind a pod: named, or guessed from the pod's name
// by the suffixes that Deployments and DaemonSets add.
func podOwner(l Labels, ns, pod string) Entity {
	for _, o := range owners {
		if n := get(l, o.key); n != "" {
			return Entity{o.typ, ns, n}
		}
	}
	parts := strings.Split(pod, "-")
	if n := len(parts); n >= 3 && len(parts[n-1]) == 5 && len(parts[n-2]) >= 6 && len(parts[n-2]) <= 10 {
		return Entity{"deployment", ns, strings.Join(parts[:n-2], "-")}
	}
	if n := len(parts); n >= 2 {
		return Entity{"deployment", ns, strings.Join(parts[:n-1], "-")}
	}
	return Entity{"pod", ns, pod}
}
