package directory

import (
	"fmt"
	"net/netip"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/weir-telemetry/weir/internal/entity"
)

// Parse reads a static directory, YAML or JSON:
//
//	addresses:
//	  10.1.2.3:       {kind: Deployment, namespace: shop, name: orders}
//	  10.8.0.0/16:    {kind: External, name: partner}
//	  127.0.0.1:8081: {kind: Process, name: users}
//	  "[::1]:8081":   {kind: Process, name: users}
//
// A workload has kind and name, and may have namespace, node, pod and
// container. Unknown and repeated keys are errors. Errors name the source,
// line and key, and no value.
func Parse(source string, text []byte) (*Snapshot, error) {
	p := parser{source: source, out: newSnapshot()}
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, fmt.Errorf("read %s: not valid YAML or JSON%s", source, lineOf(err))
	}
	if len(doc.Content) == 0 {
		return nil, fmt.Errorf("read %s: it is empty, key addresses is missing", source)
	}
	if err := p.document(doc.Content[0]); err != nil {
		return nil, err
	}
	p.out.seal()
	return p.out, nil
}

type parser struct {
	source string
	out    *Snapshot
}

func (p *parser) errorf(n *yaml.Node, format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s", p.source, n.Line, fmt.Sprintf(format, args...))
}

func (p *parser) document(n *yaml.Node) error {
	found := false
	err := p.members(n, "the file", func(key, value *yaml.Node) error {
		if key.Value != "addresses" {
			return p.errorf(key, "unknown key at top level; accepted: addresses")
		}
		found = true
		return p.members(value, "addresses", p.entry)
	})
	if err == nil && !found {
		return p.errorf(n, "key addresses is missing")
	}
	return err
}

// members calls f for each member of a mapping and refuses repeated keys.
func (p *parser) members(n *yaml.Node, what string, f func(key, value *yaml.Node) error) error {
	if n.Kind != yaml.MappingNode {
		return p.errorf(n, "%s must be a mapping", what)
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if key.Kind != yaml.ScalarNode {
			return p.errorf(key, "%s has a key that is no word", what)
		}
		if seen[key.Value] {
			return p.errorf(key, "%s has a key twice", what)
		}
		seen[key.Value] = true
		if err := f(key, n.Content[i+1]); err != nil {
			return err
		}
	}
	return nil
}

func (p *parser) entry(key, value *yaml.Node) error {
	w, err := p.workload(value)
	if err != nil {
		return err
	}
	s := key.Value
	if ap, err := netip.ParseAddrPort(s); err == nil {
		k := netip.AddrPortFrom(plain(ap.Addr()), ap.Port())
		return add(p, key, p.out.ports, k, w)
	}
	if a, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
		return add(p, key, p.out.addrs, plain(a), w)
	}
	if pre, err := netip.ParsePrefix(s); err == nil {
		if pre.Addr().Is4In6() {
			return p.errorf(key, "addresses: write an IPv4 prefix as IPv4")
		}
		if pre != pre.Masked() {
			return p.errorf(key, "addresses: a prefix has bits set beyond its length")
		}
		return add(p, key, p.out.prefixes, pre, w)
	}
	return p.errorf(key, "addresses: a key is none of address, address:port, [address]:port, address/bits")
}

// add refuses a second spelling of the same address.
func add[K comparable](p *parser, at *yaml.Node, m map[K]entity.Workload, k K, w entity.Workload) error {
	if _, ok := m[k]; ok {
		return p.errorf(at, "addresses: an address stands there twice")
	}
	m[k] = w
	return nil
}

func (p *parser) workload(n *yaml.Node) (w entity.Workload, err error) {
	fields := map[string]*string{
		"kind": &w.Kind, "namespace": &w.Namespace, "name": &w.Name,
		"node": &w.Node, "pod": &w.Pod, "container": &w.Container,
	}
	err = p.members(n, "a workload", func(key, value *yaml.Node) error {
		f := fields[key.Value]
		if f == nil {
			return p.errorf(key, "unknown key in a workload; accepted: kind, namespace, name, node, pod, container")
		}
		if value.Kind != yaml.ScalarNode || value.Tag == "!!null" || len(value.Value) > 253 {
			return p.errorf(value, "%s must be a word of at most 253 bytes", key.Value)
		}
		*f = value.Value
		return nil
	})
	if err == nil && w.Kind == "" {
		err = p.errorf(n, "key kind is missing in a workload")
	}
	if err == nil && w.Name == "" {
		err = p.errorf(n, "key name is missing in a workload")
	}
	return w, err
}

// lineOf keeps the line number of a YAML error and drops its text, which may
// quote the file.
func lineOf(err error) string {
	_, after, ok := strings.Cut(err.Error(), "line ")
	if !ok {
		return ""
	}
	digits := after[:len(after)-len(strings.TrimLeft(after, "0123456789"))]
	if digits == "" {
		return ""
	}
	return " at line " + digits
}
