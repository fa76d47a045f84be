package fact

import (
	"time"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
)

// The enumerations are those of the wire; their numbers never change.
type (
	EntityType  = uplinkv1.EntityType
	Op          = uplinkv1.Op
	Protocol    = uplinkv1.Protocol
	Side        = uplinkv1.Side
	Phase       = uplinkv1.Phase
	Severity    = uplinkv1.Severity
	Unit        = uplinkv1.Unit
	Detector    = uplinkv1.Detector
	DataType    = uplinkv1.DataType
	Sensitivity = uplinkv1.Sensitivity
	Direction   = uplinkv1.Direction
	Method      = uplinkv1.Method
	ChangeKind  = uplinkv1.ChangeKind
	NameKind    = uplinkv1.NameKind
)

// Ref points at an entity. Inside the cluster it has names and no ID; one that
// came over the wire has its ID and the names that were admitted.
type Ref struct {
	ID        uint64 // keyed; 0 until it is known
	Type      EntityType
	Namespace string
	Name      string
	UID       string // Kubernetes uid where known; never leaves
}

// IsZero reports whether nothing is pointed at.
func (r Ref) IsZero() bool { return r.ID == 0 && r.Type == 0 && r.Name == "" }

// Entity says that a thing is there, or no longer.
type Entity struct {
	Ref
	Op             Op
	Image, Version string
	Zone           string
	Owner, Node    Ref
	Desired, Ready uint32 // replicas
	ReportInterval time.Duration
}

// Edge says that Source calls Destination, and how that went in the window.
type Edge struct {
	Source, Destination Ref
	Protocol            Protocol
	Port                uint16
	Side                Side // at which end it was seen
	Op                  Op
	HasRates            bool // the fields below are set
	Requests, Errors    uint64
	Durations           Histogram
}

// Symptom says that an entity is in an abnormal condition.
type Symptom struct {
	ID                         uint64 // of this occurrence
	Code                       string // dotted, as in the catalogue; a user's own too
	Entity, Peer               Ref
	Phase                      Phase
	Severity                   Severity
	Onset, Time                time.Time
	Value, Baseline, Threshold float64
	Unit                       Unit
	Samples                    uint32
	Detector                   Detector
}

// Flow says where a data type was seen, never what.
type Flow struct {
	Source, Destination Ref
	Protocol            Protocol
	Method              Method
	Route               string // template
	Direction           Direction
	DataType            DataType
	Sensitivity         Sensitivity
	FieldPath           string // keys, templated
	Seen                uint64 // in the window
	First, Last         time.Time
	Encrypted           bool
	LeavesCluster       bool
}

// Change says that someone changed an entity.
type Change struct {
	Entity           Ref
	Kind             ChangeKind
	Time             time.Time
	From, To         uint32 // replicas
	FromName, ToName string // versions or images
}

// Coverage says how much of the truth a report can hold.
type Coverage struct {
	ExchangesSeen, ExchangesLost uint64
	SamplingBasisPoints          uint32
	BytesParsed                  uint64
	FactsLeftOut                 uint32
	NamesPseudonymised           uint32
	FlowsLeftOut                 uint32 // apart, as they depend on the data
	FlowNamesPseudonymised       uint32
}

// Report is what one agent saw in one window. Agent, Epoch and Sequence tell
// it from every other report for ever.
type Report struct {
	Agent    uint64 // keyed id of the agent
	Epoch    uint64 // of its process, random
	Sequence uint64 // rising from 1; a window without news leaves a gap
	Start    time.Time
	Window   time.Duration
	Snapshot bool // Entities are the full state

	Entities []Entity
	Edges    []Edge
	Symptoms []Symptom
	Flows    []Flow
	Changes  []Change
	Coverage Coverage

	// Origin is set on reports that came over an uplink.
	Origin *Origin
}

// Origin is the envelope that brought a report.
type Origin struct {
	Sender, Session, Sequence uint64
	Digest                    [32]byte
	Bytes                     int // on the wire
}

// Facts is the number of statements in the report.
func (r *Report) Facts() int {
	return len(r.Entities) + len(r.Edges) + len(r.Symptoms) + len(r.Flows) + len(r.Changes)
}
