package guard

import (
	"net"
	"net/netip"
	"strings"
)

// openDebugPorts finds pprof and zpages extensions, whose pages hold memory
// contents and span attributes, on addresses other hosts can reach.
func (c *config) openDebugPorts() (out []Violation) {
	for _, id := range c.enabled {
		t := typeOf(id)
		if t != "pprof" && t != "zpages" {
			continue
		}
		m := asMap(c.extensions[id])
		ep, set := m["endpoint"]
		s, _ := ep.(string)
		if tr, _ := m["transport"].(string); !set || tr == "unix" || Loopback(s) {
			continue
		}
		out = append(out, Violation{"extensions::" + id + "::endpoint", t + " listens beyond loopback",
			"use a loopback address such as 127.0.0.1"})
	}
	return out
}

// Loopback reports whether an address host:port is of this machine only.
func Loopback(endpoint string) bool {
	host, _, err := net.SplitHostPort(endpoint)
	if err != nil {
		return false
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.Unmap().IsLoopback()
}
