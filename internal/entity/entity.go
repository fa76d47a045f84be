// Package entity holds the names of the things that talk to each other. It is
// the ground floor: exchange, directory and fact all use it, it imports nothing.
package entity

// Workload is who stands behind an address: the unit a person deploys, names
// and owns. The zero value means that nobody is known.
//
// A Workload is identity, not data: its fields may leave the cluster and are
// never redacted.
type Workload struct {
	Kind      string // Kubernetes kind ("Deployment", "StatefulSet", …), "Service", "Node", "Process" or "External"
	Namespace string // Kubernetes namespace; empty outside Kubernetes
	Name      string // workload name
	Node      string // node it runs on; empty when unknown
	Pod       string // pod name; empty when unknown
	Container string // container name; empty when unknown
}

// IsZero reports whether nobody is known.
func (w Workload) IsZero() bool { return w.Name == "" && w.Namespace == "" && w.Kind == "" }
