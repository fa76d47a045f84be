// Package guard decides, over a whole resolved configuration, where payload can
// leave without redaction and where facts could be forged. It knows the
// configuration as plain maps only, so that it can be run on a file, by the
// converter of the config map, and by the audit alike. All functions are pure
// and safe for concurrent use; no result holds a value of the configuration
// other than component and pipeline names.
package guard

import "fmt"

// Violation is a rule that the configuration breaks.
type Violation struct {
	Path   string // the way, `receivers::pcap → pipelines::logs → exporters::debug`, or a key
	Rule   string // what is wrong
	Remedy string // what to change
}

// Error returns the violation in one line.
func (v Violation) Error() string { return v.Path + ": " + v.Rule + "; " + v.Remedy }

// Note is a way out that the configuration accepts knowingly.
type Note struct {
	Path string // the way
	By   string // the key that accepts it
}

// Check returns what conf, a resolved configuration, breaks and what it accepts,
// in a stable order. What is not of the expected shape is left to the
// validation of the Collector and never panics.
func Check(conf map[string]any) ([]Violation, []Note) {
	c := newConfig(conf)
	var out []Violation
	var notes []Note
	for _, id := range sorted(c.receivers) {
		v, n := c.follow(id)
		out, notes = append(out, v...), append(notes, n...)
	}
	out = append(out, c.forgeries()...)
	out = append(out, c.dangling()...)
	out = append(out, c.openDebugPorts()...)
	return out, notes
}

type hop struct {
	pipeline string
	path     string
}

// follow walks everything that records of one receiver can reach unredacted.
func (c *config) follow(receiver string) (out []Violation, notes []Note) {
	typ := typeOf(receiver)
	var queue []hop
	seen := map[string]bool{}
	push := func(from, path string, fits func(signal string) bool) {
		for _, p := range c.fedBy[from] {
			if !seen[p] && fits(typeOf(p)) {
				seen[p] = true
				queue = append(queue, hop{p, path + " → pipelines::" + p})
			}
		}
	}
	push(receiver, "receivers::"+receiver, func(s string) bool { return c.guarded(receiver, s) })
	reach := func(h hop, end, what string) {
		path := h.path + " → " + end
		switch {
		case builtIn(typ) && truth(c.receivers[receiver], "allow_unredacted_export"):
			notes = append(notes, Note{path, "receivers::" + receiver + "::allow_unredacted_export"})
		case !builtIn(typ) && c.allow[h.pipeline] != "":
			notes = append(notes, Note{path, c.allow[h.pipeline]})
		default:
			out = append(out, Violation{path, "unredacted payload reaches " + what, c.remedy(receiver, typ, h.pipeline)})
		}
	}
	for len(queue) > 0 {
		h := queue[0]
		queue = queue[1:]
		if c.process(h, reach) {
			continue
		}
		for _, e := range c.pipelines[h.pipeline].exporters {
			if _, ok := c.connectors[e]; ok {
				if typeOf(e) != "facts" { // any other connector is taken to pass on what it gets
					push(e, h.path+" → connectors::"+e, func(string) bool { return true })
				}
			} else if typeOf(e) != "uplink" { // uplink takes facts alone: see forgeries
				reach(h, "exporters::"+e, "an exporter")
			}
		}
	}
	return out, notes
}

// process reports whether a processor of the pipeline redacts.
func (c *config) process(h hop, reach func(hop, string, string)) bool {
	for _, p := range c.pipelines[h.pipeline].processors {
		switch typeOf(p) {
		case "pii_redaction":
			if c.weakness(p) == "" {
				return true
			}
		case "plugin":
			reach(h, "processors::"+p, "a plugin")
		case "tap", "remotetap", "remote_tap":
			reach(h, "processors::"+p, "a tap")
		}
	}
	return false
}

func (c *config) remedy(receiver, typ, pipeline string) string {
	var weak string
	for _, p := range c.pipelines[pipeline].processors {
		if typeOf(p) == "pii_redaction" {
			if w := c.weakness(p); w != "" {
				weak += fmt.Sprintf(" (processors::%s doesn't count: %s)", p, w)
			}
		}
	}
	accept := "set receivers::" + receiver + "::allow_unredacted_export: true"
	if !builtIn(typ) {
		accept = "list " + pipeline + " in extensions::payload_guard::allow"
	}
	return "add pii_redaction before it in service::pipelines::" + pipeline + "::processors" + weak + ", or accept it knowingly: " + accept
}
