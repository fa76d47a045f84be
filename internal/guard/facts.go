package guard

// forgeries finds ways by which something other than facts, uplink and
// kubernetes can feed an uplink exporter, or change facts on their way to it.
func (c *config) forgeries() (out []Violation) {
	for _, p := range c.names {
		for _, e := range c.pipelines[p].exporters {
			if _, isConnector := c.connectors[e]; typeOf(e) == "uplink" && !isConnector {
				out = append(out, c.back(p, "exporters::"+e, map[string]bool{})...)
			}
		}
	}
	return out
}

func (c *config) back(id, tail string, seen map[string]bool) (out []Violation) {
	if seen[id] {
		return nil
	}
	seen[id] = true
	tail = "pipelines::" + id + " → " + tail
	p := c.pipelines[id]
	for _, x := range p.processors {
		if t := typeOf(x); t == "plugin" || t == "transform" {
			out = append(out, Violation{"processors::" + x + " → " + tail, "facts could be forged by " + t,
				"remove " + x + " from service::pipelines::" + id + "::processors"})
		}
	}
	for _, r := range p.receivers {
		if _, ok := c.connectors[r]; ok {
			if typeOf(r) == "facts" {
				continue
			}
			for _, from := range c.names {
				for _, e := range c.pipelines[from].exporters {
					if e == r {
						out = append(out, c.back(from, "connectors::"+r+" → "+tail, seen)...)
						break
					}
				}
			}
			continue
		}
		if t := typeOf(r); t != "uplink" && t != "kubernetes" {
			out = append(out, Violation{"receivers::" + r + " → " + tail, "facts could be forged by this receiver",
				"feed the pipelines of uplink by facts, uplink or kubernetes only"})
		}
	}
	return out
}
