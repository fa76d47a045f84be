// Package directory answers who stands behind an address. In this first form
// the map comes from a static file; the mediator's informers become a second
// source behind the same interface.
package directory

import (
	"net/netip"
	"time"

	"github.com/weir-telemetry/weir/internal/entity"
)

// Resolver names addresses. Implementations are safe for concurrent use, take
// no lock on the lookup path and do not allocate.
//
// Components find one through host.GetExtensions() (see Find).
type Resolver interface {
	// Resolve returns the workload behind an address and port at a time.
	// An entry with a port wins over one for the whole address.
	Resolve(addr netip.AddrPort, at time.Time) (entity.Workload, bool)
	// Known reports whether the address belongs to any workload: such an
	// address is identity, any other is personal data.
	Known(addr netip.Addr) bool
}
