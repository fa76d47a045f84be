package fact

// Names of the log events that carry facts between components. One
// ResourceLogs is one Report; each of its records is one fact.
const (
	EventEntity       = "entity.state"  // the specification's shape
	EventEntityDelete = "entity.delete" // likewise
	EventEdge         = "weir.fact.edge"
	EventSymptom      = "weir.fact.symptom"
	EventFlow         = "weir.fact.flow"
	EventChange       = "weir.fact.change"
	EventCoverage     = "weir.fact.coverage"

	// ScopeName is the instrumentation scope of all fact events.
	ScopeName = "github.com/weir-telemetry/weir/internal/fact"
)
