package guard

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

type pipeline struct{ receivers, processors, exporters []string }

// config is the part of a configuration that the rules look at.
type config struct {
	receivers, processors, connectors, extensions map[string]any

	pipelines map[string]pipeline
	names     []string            // of pipelines, sorted
	fedBy     map[string][]string // receiver or connector → pipelines that receive from it
	enabled   []string            // service::extensions
	extra     map[string]bool     // receiver types and ids that payload_guard adds
	allow     map[string]string   // pipeline → the key of payload_guard that accepts its exports
}

func newConfig(m map[string]any) *config {
	service := asMap(m["service"])
	c := &config{
		receivers: byID(m["receivers"]), processors: byID(m["processors"]),
		connectors: byID(m["connectors"]), extensions: byID(m["extensions"]),
		pipelines: map[string]pipeline{}, fedBy: map[string][]string{},
		extra: map[string]bool{}, allow: map[string]string{},
		enabled: names(service["extensions"]),
	}
	raw := byID(service["pipelines"])
	c.names = sorted(raw)
	for _, id := range c.names {
		p := asMap(raw[id])
		c.pipelines[id] = pipeline{names(p["receivers"]), names(p["processors"]), names(p["exporters"])}
		for _, r := range c.pipelines[id].receivers {
			c.fedBy[r] = append(c.fedBy[r], id)
		}
	}
	for _, id := range c.enabled {
		if typeOf(id) != "payload_guard" {
			continue
		}
		e := asMap(c.extensions[id])
		for _, r := range names(e["receivers"]) {
			c.extra[plain(r)] = true
		}
		for _, p := range names(e["allow"]) {
			c.allow[p] = "extensions::" + id + "::allow"
		}
	}
	return c
}

func builtIn(typ string) bool { return typ == "pcap" || typ == "ebpf" || typ == "kubernetes" }

// guarded reports whether records of a receiver hold payload.
func (c *config) guarded(receiver, signal string) bool {
	switch typ := typeOf(receiver); typ {
	case "pcap", "ebpf":
		return signal != "metrics"
	case "kubernetes":
		return signal == "logs"
	default:
		return (c.extra[plain(typ)] || c.extra[plain(receiver)]) && signal != "metrics"
	}
}

// dangling finds entries of payload_guard that match nothing: a misspelled one
// would guard nothing, or begin to let something out later.
func (c *config) dangling() (out []Violation) {
	for _, id := range c.enabled {
		if typeOf(id) != "payload_guard" {
			continue
		}
		key := "extensions::" + id + "::"
		e := asMap(c.extensions[id])
		for _, r := range names(e["receivers"]) {
			// A type may stand for receivers that other configurations have.
			if _, ok := c.receivers[r]; !ok && strings.Contains(r, "/") {
				out = append(out, Violation{key + "receivers", "no receiver is called " + r, "define receivers::" + r + " or remove it here"})
			}
		}
		for _, p := range names(e["allow"]) {
			if _, ok := c.pipelines[p]; !ok {
				out = append(out, Violation{key + "allow", "no pipeline is called " + p, "define service::pipelines::" + p + " or remove it here"})
			}
		}
	}
	return out
}

func typeOf(id string) string {
	t, _, _ := strings.Cut(id, "/")
	return t
}

// plain leaves underscores of the type out: upstream components are known by
// names with and without them, such as filelog and file_log.
func plain(id string) string {
	t, name, named := strings.Cut(id, "/")
	t = strings.ReplaceAll(t, "_", "")
	if named {
		return t + "/" + name
	}
	return t
}

// normal writes an id as the Collector understands it, which ignores space
// around type and name: "pcap / a" is "pcap/a".
func normal(id string) string {
	t, name, named := strings.Cut(id, "/")
	if !named {
		return strings.TrimSpace(t)
	}
	return strings.TrimSpace(t) + "/" + strings.TrimSpace(name)
}

// byID is asMap with normal ids as keys.
func byID(v any) map[string]any {
	raw := asMap(v)
	out := make(map[string]any, len(raw))
	for _, k := range sorted(raw) {
		out[normal(k)] = raw[k]
	}
	return out
}

func asMap(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}

// names returns a list of ids, normal.
func names(v any) []string {
	var out []string
	switch l := v.(type) {
	case string:
		for x := range strings.SplitSeq(l, ",") { // the Collector takes a string for a list
			out = append(out, normal(x))
		}
	case []string:
		for _, x := range l {
			out = append(out, normal(x))
		}
	case []any:
		for _, x := range l {
			out = append(out, normal(fmt.Sprint(x)))
		}
	}
	return out
}

func sorted(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }

func truth(v any, key string) bool {
	b, _ := asMap(v)[key].(bool)
	return b
}
