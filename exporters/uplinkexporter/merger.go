package uplinkexporter

import (
	"sync"
	"time"

	"github.com/weir-telemetry/weir/internal/fact"
)

// merger takes the client's end of an edge out where the server's reports too.
// Safe for concurrent use.
type merger struct {
	mu    sync.Mutex
	sides *fact.Sides
}

func newMerger(identity *fact.Identity) *merger {
	return &merger{sides: fact.NewSides(identity, 0, 0)}
}

// merge changes the reports and returns how many edges it took out. A nil merger
// takes none.
func (m *merger) merge(now time.Time, reports []*fact.Report) int {
	if m == nil {
		return 0
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.sides.Filter(now, reports...)
}
