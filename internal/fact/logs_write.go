package fact

import (
	"encoding/binary"
	"encoding/hex"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
)

// AppendLogs appends the report to dst as one ResourceLogs of fact events.
func AppendLogs(dst plog.Logs, r *Report) {
	rl := dst.ResourceLogs().AppendEmpty()
	writeResource(rl.Resource().Attributes(), r)
	sl := rl.ScopeLogs().AppendEmpty()
	sl.Scope().SetName(ScopeName)
	w := recordWriter{sl.LogRecords(), pcommon.NewTimestampFromTime(r.Start.Add(r.Window))}
	w.records.EnsureCapacity(r.Facts() + 1)
	for i := range r.Entities {
		w.entity(&r.Entities[i])
	}
	for i := range r.Edges {
		w.edge(&r.Edges[i])
	}
	for i := range r.Symptoms {
		w.symptom(&r.Symptoms[i])
	}
	for i := range r.Flows {
		w.flow(&r.Flows[i])
	}
	for i := range r.Changes {
		w.change(&r.Changes[i])
	}
	if r.Coverage != (Coverage{}) {
		w.coverage(&r.Coverage)
	}
}

func writeResource(m pcommon.Map, r *Report) {
	putID(m, AttrAgent, r.Agent)
	putID(m, AttrEpoch, r.Epoch)
	m.PutInt(AttrSequence, int64(r.Sequence))
	m.PutInt(AttrStart, r.Start.Unix())
	m.PutInt(AttrWindow, int64(r.Window/time.Second))
	m.PutBool(AttrSnapshot, r.Snapshot)
	if o := r.Origin; o != nil {
		putID(m, AttrUplinkSender, o.Sender)
		putID(m, AttrUplinkSession, o.Session)
		m.PutInt(AttrUplinkSequence, int64(o.Sequence))
		m.PutStr(AttrUplinkDigest, hex.EncodeToString(o.Digest[:]))
		m.PutInt(AttrUplinkBytes, int64(o.Bytes))
	}
}

type recordWriter struct {
	records plog.LogRecordSlice
	at      pcommon.Timestamp
}

func (w recordWriter) record(event string) pcommon.Map {
	lr := w.records.AppendEmpty()
	lr.SetEventName(event)
	lr.SetTimestamp(w.at)
	return lr.Attributes()
}

func (w recordWriter) entity(e *Entity) {
	event := EventEntity
	if e.Op == uplinkv1.Op_OP_DELETE {
		event = EventEntityDelete
	}
	m := w.record(event)
	writeEntityRef(m, e.Ref)
	if e.ReportInterval > 0 {
		m.PutInt(attrEntityInterval, e.ReportInterval.Milliseconds())
	}
	if e.Image != "" || e.Version != "" || e.Zone != "" || e.Desired != 0 || e.Ready != 0 {
		d := m.PutEmptyMap(attrEntityDesc)
		putText(d, "image", e.Image)
		putText(d, "version", e.Version)
		putText(d, "zone", e.Zone)
		putCount(d, "desired", uint64(e.Desired))
		putCount(d, "ready", uint64(e.Ready))
	}
	if e.Owner.IsZero() && e.Node.IsZero() {
		return
	}
	related := m.PutEmptySlice(attrEntityRelated)
	for _, rel := range [...]struct {
		kind string
		ref  Ref
	}{{"owner", e.Owner}, {"node", e.Node}} {
		if !rel.ref.IsZero() {
			rm := related.AppendEmpty().SetEmptyMap()
			rm.PutStr("type", rel.kind)
			writeEntityRef(rm, rel.ref)
		}
	}
}

// writeEntityRef writes a reference in the shape of the specification.
func writeEntityRef(m pcommon.Map, r Ref) {
	putText(m, attrEntityType, Text(r.Type))
	id := m.PutEmptyMap(attrEntityID)
	putText(id, "namespace", r.Namespace)
	putText(id, "name", r.Name)
	putText(id, "uid", r.UID)
	if r.ID != 0 {
		putID(id, "id", r.ID)
	}
}

func (w recordWriter) edge(e *Edge) {
	m := w.record(EventEdge)
	writeRef(m, prefixSource, e.Source)
	writeRef(m, prefixDestination, e.Destination)
	putText(m, attrEdgeProtocol, Text(e.Protocol))
	putCount(m, attrEdgePort, uint64(e.Port))
	putText(m, attrEdgeSide, Text(e.Side))
	putText(m, attrEdgeOp, Text(e.Op))
	if !e.HasRates {
		return
	}
	m.PutInt(attrEdgeRequests, int64(e.Requests))
	m.PutInt(attrEdgeErrors, int64(e.Errors))
	indexes := e.Durations.indexes()
	if len(indexes) == 0 {
		return
	}
	buckets, counts := m.PutEmptySlice(attrEdgeBuckets), m.PutEmptySlice(attrEdgeCounts)
	for _, i := range indexes {
		buckets.AppendEmpty().SetInt(int64(i))
		counts.AppendEmpty().SetInt(int64(e.Durations.Buckets[i]))
	}
}

func (w recordWriter) symptom(s *Symptom) {
	m := w.record(EventSymptom)
	if s.ID != 0 {
		putID(m, attrSymptomID, s.ID)
	}
	putText(m, attrSymptomCode, s.Code)
	writeRef(m, prefixEntity, s.Entity)
	writeRef(m, prefixPeer, s.Peer)
	putText(m, attrSymptomPhase, Text(s.Phase))
	putText(m, attrSymptomSeverity, Text(s.Severity))
	putTime(m, attrSymptomOnset, s.Onset)
	putTime(m, attrSymptomTime, s.Time)
	m.PutDouble(attrSymptomValue, s.Value)
	m.PutDouble(attrSymptomBaseline, s.Baseline)
	m.PutDouble(attrSymptomThreshold, s.Threshold)
	putText(m, attrSymptomUnit, Text(s.Unit))
	putCount(m, attrSymptomSamples, uint64(s.Samples))
	putText(m, attrSymptomDetector, Text(s.Detector))
}

func (w recordWriter) flow(f *Flow) {
	m := w.record(EventFlow)
	writeRef(m, prefixSource, f.Source)
	writeRef(m, prefixDestination, f.Destination)
	putText(m, attrFlowProtocol, Text(f.Protocol))
	putText(m, attrFlowMethod, Text(f.Method))
	putText(m, attrFlowRoute, f.Route)
	putText(m, attrFlowDirection, Text(f.Direction))
	putText(m, attrFlowDataType, Text(f.DataType))
	putText(m, attrFlowSensitivity, Text(f.Sensitivity))
	putText(m, attrFlowFieldPath, f.FieldPath)
	putCount(m, attrFlowSeen, f.Seen)
	putTime(m, attrFlowFirst, f.First)
	putTime(m, attrFlowLast, f.Last)
	putFlag(m, attrFlowEncrypted, f.Encrypted)
	putFlag(m, attrFlowLeaves, f.LeavesCluster)
}

func (w recordWriter) change(c *Change) {
	m := w.record(EventChange)
	writeRef(m, prefixEntity, c.Entity)
	putText(m, attrChangeKind, Text(c.Kind))
	putTime(m, attrChangeTime, c.Time)
	putCount(m, attrChangeFrom, uint64(c.From))
	putCount(m, attrChangeTo, uint64(c.To))
	putText(m, attrChangeFromName, c.FromName)
	putText(m, attrChangeToName, c.ToName)
}

func (w recordWriter) coverage(c *Coverage) {
	m := w.record(EventCoverage)
	putCount(m, attrSeen, c.ExchangesSeen)
	putCount(m, attrLost, c.ExchangesLost)
	putCount(m, attrSampling, uint64(c.SamplingBasisPoints))
	putCount(m, attrBytesParsed, c.BytesParsed)
	putCount(m, attrFactsLeft, uint64(c.FactsLeftOut))
	putCount(m, attrNamesPseudonym, uint64(c.NamesPseudonymised))
	putCount(m, attrFlowsLeft, uint64(c.FlowsLeftOut))
	putCount(m, attrFlowNames, uint64(c.FlowNamesPseudonymised))
}

func writeRef(m pcommon.Map, prefix string, r Ref) {
	putText(m, prefix+".type", Text(r.Type))
	putText(m, prefix+".namespace", r.Namespace)
	putText(m, prefix+".name", r.Name)
	if r.ID != 0 {
		putID(m, prefix+".id", r.ID)
	}
}

// The put functions leave out what is zero.

func putText(m pcommon.Map, key, v string) {
	if v != "" {
		m.PutStr(key, v)
	}
}

func putCount(m pcommon.Map, key string, v uint64) {
	if v != 0 {
		m.PutInt(key, int64(v))
	}
}

func putFlag(m pcommon.Map, key string, v bool) {
	if v {
		m.PutBool(key, true)
	}
}

func putTime(m pcommon.Map, key string, v time.Time) {
	if !v.IsZero() {
		m.PutInt(key, v.Unix())
	}
}

func putID(m pcommon.Map, key string, v uint64) {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], v)
	m.PutStr(key, hex.EncodeToString(b[:]))
}
