package store

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
	"github.com/weir-telemetry/weir/internal/fact"
)

// Ref is an entity as the API shows it.
type Ref struct {
	ID        string `json:"id"`
	Type      string `json:"type"`
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
}

// readableReport is a report as the egress page shows it: all that was said, in
// words.
type readableReport struct {
	Agent         string    `json:"agent"`
	Epoch         string    `json:"epoch"`
	Sequence      uint64    `json:"sequence"`
	Start         time.Time `json:"start"`
	WindowSeconds int64     `json:"window_seconds"`
	Snapshot      bool      `json:"snapshot"`

	Entities []readableEntity  `json:"entities,omitempty"`
	Edges    []readableEdge    `json:"edges,omitempty"`
	Symptoms []readableSymptom `json:"symptoms,omitempty"`
	Flows    []readableFlow    `json:"flows,omitempty"`
	Changes  []readableChange  `json:"changes,omitempty"`
	Coverage readableCoverage  `json:"coverage"`
}

type readableEntity struct {
	Ref
	Op             string `json:"op"`
	Image          string `json:"image,omitempty"`
	Version        string `json:"version,omitempty"`
	Zone           string `json:"zone,omitempty"`
	Owner          *Ref   `json:"owner,omitempty"`
	Node           *Ref   `json:"node,omitempty"`
	Desired        uint32 `json:"desired,omitempty"`
	Ready          uint32 `json:"ready,omitempty"`
	ReportInterval int64  `json:"report_interval_seconds,omitempty"`
}

type readableEdge struct {
	Source      Ref            `json:"source"`
	Destination Ref            `json:"destination"`
	Protocol    string         `json:"protocol"`
	Port        uint16         `json:"port"`
	Side        string         `json:"side"`
	Op          string         `json:"op"`
	Rates       *readableRates `json:"rates,omitempty"`
}

type readableRates struct {
	Requests  uint64            `json:"requests"`
	Errors    uint64            `json:"errors"`
	Durations map[string]uint64 `json:"durations,omitempty"` // bucket → how many
}

type readableSymptom struct {
	ID        string    `json:"id"`
	Code      string    `json:"code"`
	Entity    Ref       `json:"entity"`
	Peer      *Ref      `json:"peer,omitempty"`
	Phase     string    `json:"phase"`
	Severity  string    `json:"severity"`
	Onset     time.Time `json:"onset"`
	Time      time.Time `json:"time"`
	Value     float64   `json:"value"`
	Baseline  float64   `json:"baseline"`
	Threshold float64   `json:"threshold"`
	Unit      string    `json:"unit"`
	Samples   uint32    `json:"samples"`
	Detector  string    `json:"detector"`
}

type readableFlow struct {
	Source        Ref       `json:"source"`
	Destination   Ref       `json:"destination"`
	Protocol      string    `json:"protocol"`
	Method        string    `json:"method"`
	Route         string    `json:"route"`
	Direction     string    `json:"direction"`
	DataType      string    `json:"data_type"`
	Sensitivity   string    `json:"sensitivity"`
	FieldPath     string    `json:"field_path"`
	Seen          uint64    `json:"seen"`
	First         time.Time `json:"first"`
	Last          time.Time `json:"last"`
	Encrypted     bool      `json:"encrypted"`
	LeavesCluster bool      `json:"leaves_cluster"`
}

type readableChange struct {
	Entity   Ref       `json:"entity"`
	Kind     string    `json:"kind"`
	Time     time.Time `json:"time"`
	From     uint32    `json:"from,omitempty"`
	To       uint32    `json:"to,omitempty"`
	FromName string    `json:"from_name,omitempty"`
	ToName   string    `json:"to_name,omitempty"`
}

type readableCoverage struct {
	ExchangesSeen      uint64  `json:"exchanges_seen"`
	ExchangesLost      uint64  `json:"exchanges_lost"`
	Sampling           float64 `json:"sampling"`
	BytesParsed        uint64  `json:"bytes_parsed"`
	FactsLeftOut       uint32  `json:"facts_left_out"`
	NamesPseudonymised uint32  `json:"names_pseudonymised"`
	FlowsLeftOut       uint32  `json:"flows_left_out"`
	FlowPseudonyms     uint32  `json:"flow_names_pseudonymised"`
}

// prepared is a report with what is made of it before the transaction begins.
type prepared struct {
	*fact.Report
	text   json.RawMessage // readable
	digest string          // of what it says
}

// prepare makes a report readable; an error says why it can't be kept.
func prepare(r *fact.Report) (prepared, error) {
	if !complete(r) {
		return prepared{}, errors.New("a fact is of nothing")
	}
	v := readable(r)
	text, err := json.Marshal(v)
	if err != nil {
		return prepared{}, errors.New("a number is not finite")
	}
	if !utf8.Valid(text) || strings.Contains(string(text), `\u0000`) || strings.Contains(string(text), `\ufffd`) {
		return prepared{}, errors.New("a name is not text")
	}
	lasting, err := json.Marshal(core(v))
	if err != nil {
		return prepared{}, err
	}
	sum := sha256.Sum256(lasting)
	return prepared{Report: r, text: text, digest: hex.EncodeToString(sum[:])}, nil
}

// core is what a report says each time that it is sent. When it comes again
// after a restart, budgets, throttles and the mediator's choice of sides may
// leave out other edges, rates, pods and flows than before; symptoms, changes
// and deletions are never left out.
func core(v readableReport) readableReport {
	v.Edges, v.Flows, v.Coverage = nil, nil, readableCoverage{}
	v.Entities = slices.DeleteFunc(slices.Clone(v.Entities), func(e readableEntity) bool {
		return e.Op != fact.Text(uplinkv1.Op_OP_DELETE)
	})
	return v
}

func readable(r *fact.Report) readableReport {
	v := readableReport{
		Agent: hex16(r.Agent), Epoch: hex16(r.Epoch), Sequence: r.Sequence,
		Start: r.Start.UTC(), WindowSeconds: int64(r.Window / time.Second), Snapshot: r.Snapshot,
		Coverage: readableCoverage{
			ExchangesSeen: r.Coverage.ExchangesSeen, ExchangesLost: r.Coverage.ExchangesLost,
			Sampling: float64(r.Coverage.SamplingBasisPoints) / 10000, BytesParsed: r.Coverage.BytesParsed,
			FactsLeftOut: r.Coverage.FactsLeftOut, NamesPseudonymised: r.Coverage.NamesPseudonymised,
			FlowsLeftOut: r.Coverage.FlowsLeftOut, FlowPseudonyms: r.Coverage.FlowNamesPseudonymised,
		},
	}
	for _, e := range r.Entities {
		v.Entities = append(v.Entities, readableEntity{
			Ref: refText(e.Ref), Op: fact.Text(e.Op), Image: e.Image, Version: e.Version, Zone: e.Zone,
			Owner: refOrNil(e.Owner), Node: refOrNil(e.Node), Desired: e.Desired, Ready: e.Ready,
			ReportInterval: int64(e.ReportInterval / time.Second),
		})
	}
	for _, e := range r.Edges {
		v.Edges = append(v.Edges, edgeText(e))
	}
	for _, s := range r.Symptoms {
		v.Symptoms = append(v.Symptoms, readableSymptom{
			ID: hex16(symptomID(s)), Code: s.Code, Entity: refText(s.Entity), Peer: refOrNil(s.Peer),
			Phase: fact.Text(s.Phase), Severity: fact.Text(s.Severity), Onset: s.Onset.UTC(), Time: s.Time.UTC(),
			Value: s.Value, Baseline: s.Baseline, Threshold: s.Threshold, Unit: unitText(s.Unit),
			Samples: s.Samples, Detector: fact.Text(s.Detector),
		})
	}
	for _, f := range r.Flows {
		v.Flows = append(v.Flows, readableFlow{
			Source: refText(f.Source), Destination: refText(f.Destination), Protocol: fact.Text(f.Protocol),
			Method: fact.Text(f.Method), Route: f.Route, Direction: fact.Text(f.Direction),
			DataType: fact.Text(f.DataType), Sensitivity: fact.Text(f.Sensitivity), FieldPath: f.FieldPath, Seen: f.Seen,
			First: f.First.UTC(), Last: f.Last.UTC(), Encrypted: f.Encrypted, LeavesCluster: f.LeavesCluster,
		})
	}
	for _, c := range r.Changes {
		v.Changes = append(v.Changes, readableChange{
			Entity: refText(c.Entity), Kind: fact.Text(c.Kind), Time: c.Time.UTC(),
			From: c.From, To: c.To, FromName: c.FromName, ToName: c.ToName,
		})
	}
	return v
}

func edgeText(e fact.Edge) readableEdge {
	v := readableEdge{
		Source: refText(e.Source), Destination: refText(e.Destination), Protocol: fact.Text(e.Protocol),
		Port: e.Port, Side: fact.Text(e.Side), Op: fact.Text(e.Op),
	}
	if e.HasRates {
		v.Rates = &readableRates{Requests: e.Requests, Errors: e.Errors}
		if len(e.Durations.Buckets) > 0 {
			v.Rates.Durations = make(map[string]uint64, len(e.Durations.Buckets))
			for i, n := range e.Durations.Buckets {
				_, upper := fact.BucketBounds(i)
				v.Rates.Durations[fmt.Sprintf("%.6fs", upper)] += n
			}
		}
	}
	return v
}

func refText(r fact.Ref) Ref {
	return Ref{ID: hex16(refID(r)), Type: fact.Text(r.Type), Namespace: r.Namespace, Name: r.Name}
}

func refOrNil(r fact.Ref) *Ref {
	if r.IsZero() {
		return nil
	}
	v := refText(r)
	return &v
}

func unitText(u fact.Unit) string {
	if int(u) < 0 || int(u) >= len(unitNames) {
		return ""
	}
	return unitNames[u]
}

// unitNames are UCUM's, by the numbers of the wire.
var unitNames = [...]string{"", "1", "ratio", "s", "By", "1/s"}

func hex16(id uint64) string { return fmt.Sprintf("%016x", id) }

// complete reports whether every fact says of whom it is.
func complete(r *fact.Report) bool {
	ok := r.Agent != 0 && r.Sequence > 0 && r.Sequence < 1<<62
	for _, e := range r.Entities {
		ok = ok && !e.IsZero()
	}
	for _, e := range r.Edges {
		ok = ok && !e.Source.IsZero() && !e.Destination.IsZero()
	}
	for _, s := range r.Symptoms {
		ok = ok && !s.Entity.IsZero() && s.Code != ""
	}
	for _, f := range r.Flows {
		ok = ok && !f.Source.IsZero() && !f.Destination.IsZero()
	}
	for _, c := range r.Changes {
		ok = ok && !c.Entity.IsZero()
	}
	return ok
}
