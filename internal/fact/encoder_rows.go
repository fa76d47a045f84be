package fact

import (
	"cmp"
	"slices"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
)

// rowWriter writes one report. The first error stays.
type rowWriter struct {
	e       *Encoder
	r       *Report
	out     *uplinkv1.Report
	relayed bool
	flow    bool           // what is written now depends on what data was seen
	ids     map[Ref]uint64 // of this report: sorting asks for each many times
	err     error
}

// report writes r. Rows are sorted by their ids, which don't depend on the
// order in which facts came.
func (e *Encoder) report(r *Report) (*uplinkv1.Report, error) {
	w := &rowWriter{e: e, r: r, relayed: r.Origin != nil, ids: map[Ref]uint64{}, out: &uplinkv1.Report{
		Agent: r.Agent, Epoch: r.Epoch, Sequence: r.Sequence,
		WindowStartUnixSeconds: unix(r.Start), WindowSeconds: seconds(r.Window), Snapshot: r.Snapshot,
	}}
	w.entities()
	w.edges()
	w.symptoms()
	w.changes()
	w.flow = true
	w.flows() // last, so that nothing depends on them
	w.coverage()
	return w.out, w.err
}

// id is the keyed id of r.
func (w *rowWriter) id(r Ref) uint64 {
	if r.ID != 0 {
		return r.ID
	}
	id, ok := w.ids[r]
	if !ok {
		id = w.e.o.Identity.Of(r)
		w.ids[r] = id
	}
	return id
}

// name is number, and counts what is not admitted.
func (w *rowWriter) name(kind NameKind, value string) uint32 {
	w.e.names.note(kind, value, w.flow, w.relayed)
	return w.number(kind, value)
}

func (w *rowWriter) number(kind NameKind, value string) uint32 {
	if w.err != nil {
		return 0
	}
	var id uint32
	id, w.err = w.e.names.id(kind, value, w.flow, w.relayed)
	return id
}

// refer returns the id of r and tells the receiver who that is, once.
func (w *rowWriter) refer(r Ref) uint64 {
	id := w.id(r)
	if id == 0 || r.Type == 0 || w.err != nil {
		return id
	}
	if !w.flow { // the same names are those of edges
		w.note(r)
	}
	var tell bool
	if tell, w.err = w.e.references.tell(id, w.flow); tell {
		row := w.entity(r, id)
		row.Op = uplinkv1.Op_OP_REFERENCE
		if w.flow {
			row.Op = uplinkv1.Op_OP_FLOW_REFERENCE
		}
		w.out.Entities = append(w.out.Entities, row)
	}
	return id
}

func (w *rowWriter) entity(r Ref, id uint64) *uplinkv1.Entity {
	return &uplinkv1.Entity{
		Id: id, Type: r.Type,
		Name: w.number(nameKind(r.Type), r.Name), Namespace: w.number(kindNamespace, r.Namespace),
	}
}

func (w *rowWriter) note(r Ref) {
	w.e.names.note(nameKind(r.Type), r.Name, w.flow, w.relayed)
	w.e.names.note(kindNamespace, r.Namespace, w.flow, w.relayed)
}

// nameKind is the kind of the name of an entity.
func nameKind(t EntityType) NameKind {
	switch t {
	case uplinkv1.EntityType_ENTITY_TYPE_CLUSTER:
		return kindCluster
	case uplinkv1.EntityType_ENTITY_TYPE_NODE:
		return kindNode
	case uplinkv1.EntityType_ENTITY_TYPE_NAMESPACE:
		return kindNamespace
	case uplinkv1.EntityType_ENTITY_TYPE_SERVICE, uplinkv1.EntityType_ENTITY_TYPE_PROCESS:
		return kindService
	case uplinkv1.EntityType_ENTITY_TYPE_EXTERNAL:
		return kindDNS
	}
	return kindWorkload
}

// sorted returns the rows' indexes in the order of compare.
func sorted[T any](rows []T, compare func(a, b *T) int) []*T {
	out := make([]*T, len(rows))
	for i := range rows {
		out[i] = &rows[i]
	}
	slices.SortStableFunc(out, compare)
	return out
}

func (w *rowWriter) entities() {
	rows := sorted(w.r.Entities, func(a, b *Entity) int {
		return cmp.Or(cmp.Compare(w.id(a.Ref), w.id(b.Ref)), cmp.Compare(a.Op, b.Op))
	})
	var related []Ref
	for _, e := range rows {
		id := w.id(e.Ref)
		w.note(e.Ref)
		row := w.entity(e.Ref, id)
		row.Op = e.Op
		row.Image, row.Version, row.Zone = w.name(kindImage, e.Image), w.name(kindVersion, e.Version), w.name(kindZone, e.Zone)
		row.Owner, row.Node = w.id(e.Owner), w.id(e.Node)
		row.Desired, row.Ready = e.Desired, e.Ready
		row.ReportIntervalSeconds = seconds(e.ReportInterval)
		w.out.Entities = append(w.out.Entities, row)
		if w.err != nil {
			return
		}
		if e.Op == uplinkv1.Op_OP_DELETE {
			w.e.references.forget(id)
			continue
		}
		if _, w.err = w.e.references.tell(id, false); w.err != nil {
			return
		}
		related = append(related, e.Owner, e.Node)
	}
	for _, r := range related {
		w.refer(r)
	}
}

func (w *rowWriter) edges() {
	rows := sorted(w.r.Edges, func(a, b *Edge) int {
		return cmp.Or(cmp.Compare(w.id(a.Source), w.id(b.Source)), cmp.Compare(w.id(a.Destination), w.id(b.Destination)),
			cmp.Compare(a.Protocol, b.Protocol), cmp.Compare(a.Port, b.Port), cmp.Compare(a.Side, b.Side), cmp.Compare(a.Op, b.Op))
	})
	for _, e := range rows {
		row := &uplinkv1.Edge{
			Source: w.refer(e.Source), Destination: w.refer(e.Destination),
			Protocol: e.Protocol, Port: uint32(e.Port), Side: e.Side, Op: e.Op,
		}
		if e.HasRates {
			row.Rates = quantiseRates(e, w.r.Window)
		}
		w.out.Edges = append(w.out.Edges, row)
	}
}

func (w *rowWriter) symptoms() {
	rows := sorted(w.r.Symptoms, func(a, b *Symptom) int {
		return cmp.Or(cmp.Compare(a.Time.Unix(), b.Time.Unix()), cmp.Compare(w.id(a.Entity), w.id(b.Entity)),
			cmp.Compare(a.Code, b.Code), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Phase, b.Phase))
	})
	for _, s := range rows {
		row := &uplinkv1.Symptom{
			Id: s.ID, Code: codes[s.Code], Entity: w.refer(s.Entity), Peer: w.refer(s.Peer),
			Phase: s.Phase, Severity: s.Severity, OnsetUnixSeconds: unix(s.Onset), TimeUnixSeconds: unix(s.Time),
			Value: float32(round3(s.Value)), Baseline: float32(round3(s.Baseline)), Threshold: float32(round3(s.Threshold)),
			Unit: s.Unit, Samples: s.Samples, Detector: s.Detector,
		}
		if row.Id == 0 {
			row.Id = w.e.o.Identity.Symptom(s.Code, s.Entity, s.Peer, s.Onset.Unix())
		}
		if row.Code == 0 {
			row.Custom = w.name(kindCode, s.Code)
		}
		w.out.Symptoms = append(w.out.Symptoms, row)
	}
}

func (w *rowWriter) changes() {
	rows := sorted(w.r.Changes, func(a, b *Change) int {
		return cmp.Or(cmp.Compare(a.Time.Unix(), b.Time.Unix()), cmp.Compare(w.id(a.Entity), w.id(b.Entity)),
			cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.To, b.To), cmp.Compare(a.ToName, b.ToName))
	})
	for _, c := range rows {
		row := &uplinkv1.Change{Entity: w.refer(c.Entity), Kind: c.Kind, TimeUnixSeconds: unix(c.Time)}
		if kind := changeNames(c.Kind); kind != 0 {
			row.From, row.To = w.name(kind, c.FromName), w.name(kind, c.ToName)
		} else {
			row.From, row.To = c.From, c.To
		}
		w.out.Changes = append(w.out.Changes, row)
	}
}

// changeNames is the kind of the names that a change is about, 0 when it is
// about numbers.
func changeNames(k ChangeKind) NameKind {
	switch k {
	case uplinkv1.ChangeKind_CHANGE_KIND_ROLLOUT:
		return kindVersion
	case uplinkv1.ChangeKind_CHANGE_KIND_IMAGE:
		return kindImage
	}
	return 0
}

func (w *rowWriter) flows() {
	rows := sorted(w.r.Flows, func(a, b *Flow) int {
		return cmp.Or(cmp.Compare(w.id(a.Source), w.id(b.Source)), cmp.Compare(w.id(a.Destination), w.id(b.Destination)),
			cmp.Compare(a.Protocol, b.Protocol), cmp.Compare(a.Method, b.Method), cmp.Compare(a.Route, b.Route),
			cmp.Compare(a.Direction, b.Direction), cmp.Compare(a.DataType, b.DataType), cmp.Compare(a.FieldPath, b.FieldPath))
	})
	for _, f := range rows {
		w.out.Flows = append(w.out.Flows, &uplinkv1.SensitiveFlow{
			Source: w.refer(f.Source), Destination: w.refer(f.Destination), Protocol: f.Protocol, Method: f.Method,
			Route: w.name(kindRoute, f.Route), Direction: f.Direction, DataType: f.DataType, Sensitivity: f.Sensitivity,
			FieldPath: w.name(kindSchemaPath, f.FieldPath), Seen: f.Seen,
			FirstUnixSeconds: unix(f.First), LastUnixSeconds: unix(f.Last), Encrypted: f.Encrypted, LeavesCluster: f.LeavesCluster,
		})
	}
}

func (w *rowWriter) coverage() {
	c := w.r.Coverage
	var names, flowNames uint64
	for unfit := range w.e.names.unfit {
		if unfit.flow {
			flowNames++
		} else {
			names++
		}
	}
	c.NamesPseudonymised = clamp(uint64(c.NamesPseudonymised) + names)
	c.FlowNamesPseudonymised = clamp(uint64(c.FlowNamesPseudonymised) + flowNames)
	if c == (Coverage{}) {
		return
	}
	w.out.Coverage = &uplinkv1.Coverage{
		ExchangesSeen: c.ExchangesSeen, ExchangesLost: c.ExchangesLost, Sampling: min(c.SamplingBasisPoints, 10000),
		BytesParsed: roundCount(c.BytesParsed), FactsLeftOut: c.FactsLeftOut, NamesPseudonymised: c.NamesPseudonymised,
		FlowsLeftOut: c.FlowsLeftOut, FlowNamesPseudonymised: c.FlowNamesPseudonymised,
	}
}
