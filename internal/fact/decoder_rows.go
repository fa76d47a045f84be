package fact

import (
	"time"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
)

// rowReader reads the reports of one envelope. What it learns stays apart from
// the decoder until the whole envelope is accepted. The first refusal stays.
type rowReader struct {
	d          *Decoder
	names      map[uint32]decodedName
	entities   map[uint64]*Ref // nil: gone
	unresolved int
	err        error
}

func (rd *rowReader) fail(reason Reason, where string) {
	if rd.err == nil {
		rd.err = refuse(reason, where)
	}
}

func (rd *rowReader) must(ok bool, where string) {
	if !ok {
		rd.fail(ReasonMissing, where)
	}
}

func (rd *rowReader) report(row *uplinkv1.Report) (*Report, error) {
	rd.must(row.Agent != 0 && row.Epoch != 0 && row.Sequence != 0 && row.WindowStartUnixSeconds != 0, "report")
	if row.WindowSeconds > maxWindow {
		rd.fail(ReasonValue, "window_seconds")
	}
	if len(row.Entities)+len(row.Edges)+len(row.Symptoms)+len(row.Flows)+len(row.Changes) > 2*MaxRecords {
		rd.fail(ReasonTooMany, "facts")
	}
	if rd.err != nil {
		return nil, rd.err
	}
	r := &Report{
		Agent: row.Agent, Epoch: row.Epoch, Sequence: row.Sequence, Snapshot: row.Snapshot,
		Start: rd.time(row.WindowStartUnixSeconds, "window_start_unix_seconds"), Window: time.Duration(row.WindowSeconds) * time.Second,
	}
	// All entities are told before something refers to them, owners too.
	for _, e := range row.Entities {
		rd.learn(e)
	}
	for _, e := range row.Entities {
		rd.entity(r, e)
	}
	for _, e := range row.Edges {
		r.Edges = append(r.Edges, rd.edge(e, r.Window))
	}
	for _, s := range row.Symptoms {
		r.Symptoms = append(r.Symptoms, rd.symptom(s))
	}
	for _, c := range row.Changes {
		r.Changes = append(r.Changes, rd.change(c))
	}
	for _, f := range row.Flows {
		r.Flows = append(r.Flows, rd.sensitiveFlow(f))
	}
	rd.coverage(r, row.Coverage)
	return r, rd.err
}

func (rd *rowReader) time(n uint64, where string) time.Time {
	if n > maxUnix {
		rd.fail(ReasonValue, where)
		return time.Time{}
	}
	return fromUnix(n)
}

// name reads the name of an id, which must be of the kind or a pseudonym.
func (rd *rowReader) name(id uint32, kind NameKind, where string) string {
	if id == 0 {
		return ""
	}
	n, ok := rd.names[id]
	if !ok {
		n, ok = rd.d.names[id]
	}
	if !ok || n.kind != kind && n.kind != kindPseudonym {
		rd.fail(ReasonReference, where)
		return ""
	}
	return n.value
}

// learn takes an entity's names down, or forgets it.
func (rd *rowReader) learn(row *uplinkv1.Entity) {
	rd.must(row.Id != 0 && row.Type != 0 && row.Op != 0, "entity")
	if rd.err != nil {
		return
	}
	if row.Op == uplinkv1.Op_OP_DELETE {
		rd.entities[row.Id] = nil
		return
	}
	ref := rd.entityRef(row)
	rd.entities[row.Id] = &ref
}

func (rd *rowReader) entityRef(row *uplinkv1.Entity) Ref {
	return Ref{
		ID: row.Id, Type: row.Type,
		Name: rd.name(row.Name, nameKind(row.Type), "entity.name"), Namespace: rd.name(row.Namespace, kindNamespace, "entity.namespace"),
	}
}

func (rd *rowReader) entity(r *Report, row *uplinkv1.Entity) {
	if isReference(row.Op) {
		if row.Image|row.Version|row.Zone|row.Desired|row.Ready|row.ReportIntervalSeconds != 0 || row.Owner|row.Node != 0 {
			rd.fail(ReasonValue, "reference")
		}
		return
	}
	if row.ReportIntervalSeconds > maxWindow {
		rd.fail(ReasonValue, "report_interval_seconds")
	}
	r.Entities = append(r.Entities, Entity{
		Ref: rd.entityRef(row), Op: row.Op,
		Image: rd.name(row.Image, kindImage, "image"), Version: rd.name(row.Version, kindVersion, "version"),
		Zone: rd.name(row.Zone, kindZone, "zone"), Owner: rd.ref(row.Owner), Node: rd.ref(row.Node),
		Desired: row.Desired, Ready: row.Ready, ReportInterval: time.Duration(row.ReportIntervalSeconds) * time.Second,
	})
}

func isReference(op Op) bool {
	return op == uplinkv1.Op_OP_REFERENCE || op == uplinkv1.Op_OP_FLOW_REFERENCE
}

// ref resolves an id as far as the session has told of it.
func (rd *rowReader) ref(id uint64) Ref {
	if id == 0 {
		return Ref{}
	}
	if ref, ok := rd.entities[id]; ok {
		if ref != nil {
			return *ref
		}
	} else if ref, ok := rd.d.entities[id]; ok {
		return ref
	}
	rd.unresolved++
	return Ref{ID: id}
}

func (rd *rowReader) edge(row *uplinkv1.Edge, window time.Duration) Edge {
	rd.must(row.Source != 0 && row.Destination != 0 && row.Protocol != 0 && row.Side != 0 && row.Op != 0, "edge")
	if row.Port > 65535 || isReference(row.Op) {
		rd.fail(ReasonValue, "edge")
	}
	e := Edge{
		Source: rd.ref(row.Source), Destination: rd.ref(row.Destination),
		Protocol: row.Protocol, Port: uint16(row.Port), Side: row.Side, Op: row.Op,
	}
	if row.Rates != nil {
		if rd.checkRates(row.Rates); rd.err == nil {
			restoreRates(&e, row.Rates, window)
		}
	}
	return e
}

func (rd *rowReader) checkRates(rates *uplinkv1.Rates) {
	if rates.Errors > 10000 || len(rates.BucketStep) != len(rates.BucketShare) || len(rates.BucketStep) > len(wireQuantiles) {
		rd.fail(ReasonValue, "rates")
		return
	}
	at, sum := uint64(0), uint64(0)
	for i, step := range rates.BucketStep {
		at += uint64(step)
		sum += uint64(rates.BucketShare[i])
		if step == 0 && i > 0 || at >= HistogramBuckets || rates.BucketShare[i] == 0 {
			rd.fail(ReasonValue, "bucket_step")
			return
		}
	}
	if len(rates.BucketStep) > 0 && sum != 10000 {
		rd.fail(ReasonValue, "bucket_share")
	}
}

func (rd *rowReader) symptom(row *uplinkv1.Symptom) Symptom {
	rd.must(row.Id != 0 && row.Entity != 0 && row.Phase != 0 && row.Severity != 0 &&
		row.OnsetUnixSeconds != 0 && row.TimeUnixSeconds != 0, "symptom")
	code, known := codeNames[row.Code]
	switch {
	case row.Code == 0:
		rd.must(row.Custom != 0, "symptom.code")
		code = rd.name(row.Custom, kindCode, "symptom.custom")
	case row.Custom != 0 || !known:
		rd.fail(ReasonValue, "symptom.code")
	}
	return Symptom{
		ID: row.Id, Code: code, Entity: rd.ref(row.Entity), Peer: rd.ref(row.Peer), Phase: row.Phase, Severity: row.Severity,
		Onset: rd.time(row.OnsetUnixSeconds, "symptom.onset_unix_seconds"), Time: rd.time(row.TimeUnixSeconds, "symptom.time_unix_seconds"),
		Value: rd.number(row.Value), Baseline: rd.number(row.Baseline), Threshold: rd.number(row.Threshold),
		Unit: row.Unit, Samples: row.Samples, Detector: row.Detector,
	}
}

// number reads a value that has no more digits than one may have: those
// beyond could carry something.
func (rd *rowReader) number(v float32) float64 {
	n := round3(float64(v))
	if float32(n) != v {
		rd.fail(ReasonValue, "symptom.value")
	}
	return n
}

func (rd *rowReader) change(row *uplinkv1.Change) Change {
	rd.must(row.Entity != 0 && row.Kind != 0 && row.TimeUnixSeconds != 0, "change")
	c := Change{Entity: rd.ref(row.Entity), Kind: row.Kind, Time: rd.time(row.TimeUnixSeconds, "change.time_unix_seconds")}
	if kind := changeNames(row.Kind); kind != 0 {
		c.FromName, c.ToName = rd.name(row.From, kind, "change.from"), rd.name(row.To, kind, "change.to")
	} else {
		c.From, c.To = row.From, row.To
	}
	return c
}

func (rd *rowReader) sensitiveFlow(row *uplinkv1.SensitiveFlow) Flow {
	rd.must(row.Source != 0 && row.Destination != 0 && row.DataType != 0 && row.Sensitivity != 0, "flow")
	return Flow{
		Source: rd.ref(row.Source), Destination: rd.ref(row.Destination), Protocol: row.Protocol, Method: row.Method,
		Route: rd.name(row.Route, kindRoute, "flow.route"), Direction: row.Direction, DataType: row.DataType, Sensitivity: row.Sensitivity,
		FieldPath: rd.name(row.FieldPath, kindSchemaPath, "flow.field_path"), Seen: rd.count(row.Seen),
		First: rd.time(row.FirstUnixSeconds, "flow.first_unix_seconds"), Last: rd.time(row.LastUnixSeconds, "flow.last_unix_seconds"),
		Encrypted: row.Encrypted, LeavesCluster: row.LeavesCluster,
	}
}

func (rd *rowReader) coverage(r *Report, c *uplinkv1.Coverage) {
	if c == nil {
		return
	}
	if c.Sampling > 10000 || c.BytesParsed != roundCount(c.BytesParsed) {
		rd.fail(ReasonValue, "coverage")
	}
	r.Coverage = Coverage{
		ExchangesSeen: rd.count(c.ExchangesSeen), ExchangesLost: rd.count(c.ExchangesLost), SamplingBasisPoints: c.Sampling,
		BytesParsed: rd.count(c.BytesParsed), FactsLeftOut: c.FactsLeftOut, NamesPseudonymised: c.NamesPseudonymised,
		FlowsLeftOut: c.FlowsLeftOut, FlowNamesPseudonymised: c.FlowNamesPseudonymised,
	}
}

func (rd *rowReader) count(n uint64) uint64 {
	if n > maxCount {
		rd.fail(ReasonValue, "count")
		return 0
	}
	return n
}
