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

// Attributes of the resource: which report this is.
const (
	AttrAgent    = "weir.report.agent"    // 16 hexadecimal digits, as all ids
	AttrEpoch    = "weir.report.epoch"    // likewise
	AttrSequence = "weir.report.sequence" // int
	AttrStart    = "weir.report.start"    // int, Unix seconds, as all times
	AttrWindow   = "weir.report.window"   // int, seconds
	AttrSnapshot = "weir.report.snapshot" // bool

	// These are there when the report came over an uplink.
	AttrUplinkSender   = "weir.uplink.sender"
	AttrUplinkSession  = "weir.uplink.session"
	AttrUplinkSequence = "weir.uplink.sequence" // int
	AttrUplinkDigest   = "weir.uplink.digest"   // 64 hexadecimal digits
	AttrUplinkBytes    = "weir.uplink.bytes"    // int, on the wire
)

// Prefixes of references: followed by .type, .namespace, .name and, where it
// is known, .id.
const (
	prefixSource      = "weir.source"
	prefixDestination = "weir.destination"
	prefixEntity      = "weir.entity"
	prefixPeer        = "weir.peer"
)

// Attributes of the facts.
const (
	attrEntityType     = "entity.type"
	attrEntityID       = "entity.id"              // map: namespace, name, uid, id
	attrEntityDesc     = "entity.description"     // map: image, version, zone, desired, ready
	attrEntityRelated  = "entity.relationships"   // list of maps: type (owner or node), entity.type, entity.id
	attrEntityInterval = "entity.report.interval" // int, milliseconds

	attrEdgeProtocol = "weir.edge.protocol"
	attrEdgePort     = "weir.edge.port"
	attrEdgeSide     = "weir.edge.side"
	attrEdgeOp       = "weir.edge.op"
	attrEdgeRequests = "weir.edge.requests" // int; this one says that there are rates
	attrEdgeErrors   = "weir.edge.errors"
	attrEdgeBuckets  = "weir.edge.duration.buckets" // list of indexes, ascending
	attrEdgeCounts   = "weir.edge.duration.counts"  // as many counts

	attrSymptomID        = "weir.symptom.id"
	attrSymptomCode      = "weir.symptom.code"
	attrSymptomPhase     = "weir.symptom.phase"
	attrSymptomSeverity  = "weir.symptom.severity"
	attrSymptomOnset     = "weir.symptom.onset"
	attrSymptomTime      = "weir.symptom.time"
	attrSymptomValue     = "weir.symptom.value"
	attrSymptomBaseline  = "weir.symptom.baseline"
	attrSymptomThreshold = "weir.symptom.threshold"
	attrSymptomUnit      = "weir.symptom.unit"
	attrSymptomSamples   = "weir.symptom.samples"
	attrSymptomDetector  = "weir.symptom.detector"

	attrFlowProtocol    = "weir.flow.protocol"
	attrFlowMethod      = "weir.flow.method"
	attrFlowRoute       = "weir.flow.route"
	attrFlowDirection   = "weir.flow.direction"
	attrFlowDataType    = "weir.flow.data_type"
	attrFlowSensitivity = "weir.flow.sensitivity"
	attrFlowFieldPath   = "weir.flow.field_path"
	attrFlowSeen        = "weir.flow.seen"
	attrFlowFirst       = "weir.flow.first"
	attrFlowLast        = "weir.flow.last"
	attrFlowEncrypted   = "weir.flow.encrypted"
	attrFlowLeaves      = "weir.flow.leaves_cluster"

	attrChangeKind     = "weir.change.kind"
	attrChangeTime     = "weir.change.time"
	attrChangeFrom     = "weir.change.from"
	attrChangeTo       = "weir.change.to"
	attrChangeFromName = "weir.change.from_name"
	attrChangeToName   = "weir.change.to_name"

	attrSeen           = "weir.coverage.exchanges_seen"
	attrLost           = "weir.coverage.exchanges_lost"
	attrSampling       = "weir.coverage.sampling_basis_points"
	attrBytesParsed    = "weir.coverage.bytes_parsed"
	attrFactsLeft      = "weir.coverage.facts_left_out"
	attrNamesPseudonym = "weir.coverage.names_pseudonymised"
	attrFlowsLeft      = "weir.coverage.flows_left_out"
	attrFlowNames      = "weir.coverage.flow_names_pseudonymised"
)

// Reason says why something was refused. The set is closed, so that a reason
// can be an attribute of a metric.
type Reason string

// The reasons for which a log record is no fact.
const (
	ReasonScope     Reason = "scope"     // not the scope of facts
	ReasonEvent     Reason = "event"     // not the name of a fact's event
	ReasonBody      Reason = "body"      // facts have no body
	ReasonAttribute Reason = "attribute" // one that the fact does not have
	ReasonMissing   Reason = "missing"   // an attribute that the fact must have
	ReasonType      Reason = "type"      // an attribute of another type
	ReasonValue     Reason = "value"     // out of range, or not of the enumeration
	ReasonDuplicate Reason = "duplicate" // a second one where only one can be
	ReasonResource  Reason = "resource"  // resource attributes that are not those of a report
	ReasonTooMany   Reason = "too_many"  // beyond MaxRecords
)

// Refusals counts what was refused, by reason.
type Refusals map[Reason]int

// Total is the number of all refused.
func (r Refusals) Total() int {
	n := 0
	for _, c := range r {
		n += c
	}
	return n
}
