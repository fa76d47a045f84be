package statusextension

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/pipeline"
)

var statusNames = [...]string{
	componentstatus.StatusNone:             "none",
	componentstatus.StatusStarting:         "starting",
	componentstatus.StatusOK:               "ok",
	componentstatus.StatusRecoverableError: "recoverable_error",
	componentstatus.StatusPermanentError:   "permanent_error",
	componentstatus.StatusFatalError:       "fatal_error",
	componentstatus.StatusStopping:         "stopping",
	componentstatus.StatusStopped:          "stopped",
}

// gravity orders statuses: the overall status is the gravest of all components.
var gravity = [...]int{
	componentstatus.StatusOK:               0,
	componentstatus.StatusNone:             1,
	componentstatus.StatusRecoverableError: 2,
	componentstatus.StatusStarting:         3,
	componentstatus.StatusStopped:          4,
	componentstatus.StatusStopping:         5,
	componentstatus.StatusPermanentError:   6,
	componentstatus.StatusFatalError:       7,
}

func nameOf(s componentstatus.Status) string {
	if s < 0 || int(s) >= len(statusNames) {
		s = componentstatus.StatusNone
	}
	return statusNames[s]
}

// entry is the last event of a component instance.
type entry struct {
	status componentstatus.Status
	since  time.Time // when the status, not its error, last changed
	code   string    // of the error
}

// board keeps the last status of every component instance. There are as many
// as the configuration has. Safe for concurrent use.
type board struct {
	mu      sync.Mutex
	entries map[componentstatus.InstanceID]entry
}

func newBoard() *board { return &board{entries: map[componentstatus.InstanceID]entry{}} }

// set takes an event over; of it nothing else is kept.
func (b *board) set(source *componentstatus.InstanceID, event *componentstatus.Event) {
	e := entry{status: event.Status(), since: event.Timestamp(), code: reduce(event.Err())}
	if e.status < 0 || int(e.status) >= len(statusNames) {
		e.status = componentstatus.StatusNone
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if old, ok := b.entries[*source]; ok && old.status == e.status {
		e.since = old.since
	}
	b.entries[*source] = e
}

// componentState is an entry as it is shown.
type componentState struct {
	ID        string    `json:"id"`
	Kind      string    `json:"kind"`
	Pipelines []string  `json:"pipelines,omitempty"`
	Status    string    `json:"status"`
	Since     time.Time `json:"since"`
	Error     string    `json:"error,omitempty"`
}

// components returns all entries, sorted by kind, id and pipelines.
func (b *board) components() []componentState {
	b.mu.Lock()
	out := make([]componentState, 0, len(b.entries))
	for id, e := range b.entries {
		out = append(out, componentState{
			ID: id.ComponentID().String(), Kind: strings.ToLower(id.Kind().String()),
			Pipelines: pipelinesOf(id), Status: nameOf(e.status), Since: e.since, Error: e.code,
		})
	}
	b.mu.Unlock()
	slices.SortFunc(out, func(x, y componentState) int {
		return cmp.Or(cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.ID, y.ID), slices.Compare(x.Pipelines, y.Pipelines))
	})
	return out
}

func pipelinesOf(id componentstatus.InstanceID) (out []string) {
	id.AllPipelineIDs(func(p pipeline.ID) bool {
		out = append(out, p.String())
		return true
	})
	return out
}

// overall returns the gravest status, and none before the first event.
func (b *board) overall() componentstatus.Status {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.entries) == 0 {
		return componentstatus.StatusNone
	}
	worst := componentstatus.StatusOK
	for _, e := range b.entries {
		if gravity[e.status] > gravity[worst] {
			worst = e.status
		}
	}
	return worst
}

// counts returns how many instances have each status.
func (b *board) counts() (n [len(statusNames)]int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range b.entries {
		n[e.status]++
	}
	return n
}
