package directory

import (
	"net/netip"
	"slices"
	"time"

	"github.com/weir-telemetry/weir/internal/entity"
)

// Snapshot is an immutable map of addresses to workloads. It is a Resolver;
// the zero value knows nobody. A port entry wins over one for the address,
// that over the longest prefix.
type Snapshot struct {
	ports    map[netip.AddrPort]entity.Workload
	addrs    map[netip.Addr]entity.Workload
	prefixes map[netip.Prefix]entity.Workload
	lengths  []int               // of prefixes, longest first
	known    map[netip.Addr]bool // addresses of port entries
}

func newSnapshot() *Snapshot {
	return &Snapshot{
		ports:    map[netip.AddrPort]entity.Workload{},
		addrs:    map[netip.Addr]entity.Workload{},
		prefixes: map[netip.Prefix]entity.Workload{},
		known:    map[netip.Addr]bool{},
	}
}

// Len is the number of entries.
func (s *Snapshot) Len() int { return len(s.ports) + len(s.addrs) + len(s.prefixes) }

// Resolve implements Resolver. A static map holds at all times.
func (s *Snapshot) Resolve(addr netip.AddrPort, _ time.Time) (entity.Workload, bool) {
	ip := plain(addr.Addr())
	if w, ok := s.ports[netip.AddrPortFrom(ip, addr.Port())]; ok {
		return w, true
	}
	if w, ok := s.addrs[ip]; ok {
		return w, true
	}
	for _, bits := range s.lengths {
		if p, err := ip.Prefix(bits); err == nil {
			if w, ok := s.prefixes[p]; ok {
				return w, true
			}
		}
	}
	return entity.Workload{}, false
}

// Known implements Resolver: an address with an entry for any of its ports is
// known too.
func (s *Snapshot) Known(addr netip.Addr) bool {
	ip := plain(addr)
	if s.known[ip] {
		return true
	}
	_, ok := s.Resolve(netip.AddrPortFrom(ip, 0), time.Time{})
	return ok
}

// seal makes s ready after its maps were filled.
func (s *Snapshot) seal() {
	for ap := range s.ports {
		s.known[ap.Addr()] = true
	}
	for p := range s.prefixes {
		if !slices.Contains(s.lengths, p.Bits()) {
			s.lengths = append(s.lengths, p.Bits())
		}
	}
	slices.Sort(s.lengths)
	slices.Reverse(s.lengths)
}

// plain folds an IPv4 address that is written as IPv6 and cuts the zone.
func plain(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }
