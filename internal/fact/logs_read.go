package fact

import (
	"fmt"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
)

// MaxRecords bounds the facts of one report.
const MaxRecords = 100_000

// FromLogs reads a report from fact events. Records that are no well-formed
// facts are left out and counted by reason. The error tells of resource
// attributes that are not those of a report; all records are refused then.
func FromLogs(rl plog.ResourceLogs) (*Report, Refusals, error) {
	refused := Refusals{}
	r, err := readResource(rl.Resource().Attributes())
	if err != nil {
		for _, sl := range rl.ScopeLogs().All() {
			refused.add(ReasonResource, sl.LogRecords().Len())
		}
		return nil, refused, err
	}
	rd := reportReader{r: r}
	for _, sl := range rl.ScopeLogs().All() {
		if sl.Scope().Name() != ScopeName {
			refused.add(ReasonScope, sl.LogRecords().Len())
			continue
		}
		for _, lr := range sl.LogRecords().All() {
			if reason := rd.record(lr); reason != "" {
				refused.add(reason, 1)
			}
		}
	}
	return r, refused, nil
}

func (r Refusals) add(reason Reason, n int) {
	if n > 0 {
		r[reason] += n
	}
}

func readResource(m pcommon.Map) (*Report, error) {
	a := reader{m: m}
	r := &Report{
		Agent:    a.id(AttrAgent),
		Epoch:    a.id(AttrEpoch),
		Sequence: a.count(AttrSequence, maxCount),
		Start:    a.time(AttrStart),
		Window:   time.Duration(a.count(AttrWindow, maxWindow)) * time.Second,
		Snapshot: a.flag(AttrSnapshot),
	}
	if a.has(AttrUplinkSession) {
		r.Origin = &Origin{
			Sender:   a.id(AttrUplinkSender),
			Session:  a.id(AttrUplinkSession),
			Sequence: a.count(AttrUplinkSequence, maxCount),
			Digest:   a.digest(AttrUplinkDigest),
			Bytes:    int(a.count(AttrUplinkBytes, maxCount)),
		}
	}
	if r.Agent == 0 || r.Epoch == 0 || r.Sequence == 0 || r.Start.IsZero() {
		a.fail(ReasonMissing)
	}
	if reason := a.finish(); reason != "" {
		return nil, fmt.Errorf("not the resource of a report: %s", reason)
	}
	return r, nil
}

type reportReader struct {
	r           *Report
	records     int
	hasCoverage bool
}

func (rd *reportReader) record(lr plog.LogRecord) Reason {
	if rd.records >= MaxRecords {
		return ReasonTooMany
	}
	if lr.Body().Type() != pcommon.ValueTypeEmpty {
		return ReasonBody
	}
	reason := rd.fact(lr.EventName(), lr.Attributes())
	if reason == "" {
		rd.records++
	}
	return reason
}

func (rd *reportReader) fact(event string, m pcommon.Map) Reason {
	r, a := rd.r, reader{m: m}
	switch event {
	case EventEntity, EventEntityDelete:
		e := readEntity(&a)
		e.Op = uplinkv1.Op_OP_STATE
		if event == EventEntityDelete {
			e.Op = uplinkv1.Op_OP_DELETE
		}
		return keep(&r.Entities, e, &a)
	case "":
		if e, ok := readContribEntity(&a); ok {
			return keep(&r.Entities, e, &a)
		}
		return ReasonEvent
	case EventEdge:
		return keep(&r.Edges, readEdge(&a), &a)
	case EventSymptom:
		return keep(&r.Symptoms, readSymptom(&a), &a)
	case EventFlow:
		return keep(&r.Flows, readFlow(&a), &a)
	case EventChange:
		return keep(&r.Changes, readChange(&a), &a)
	case EventCoverage:
		c := readCoverage(&a)
		if reason := a.finish(); reason != "" {
			return reason
		}
		if rd.hasCoverage {
			return ReasonDuplicate
		}
		r.Coverage, rd.hasCoverage = c, true
		return ""
	}
	return ReasonEvent
}

func keep[T any](list *[]T, v T, a *reader) Reason {
	reason := a.finish()
	if reason == "" {
		*list = append(*list, v)
	}
	return reason
}

func readEdge(a *reader) Edge {
	e := Edge{
		Source:      a.ref(prefixSource),
		Destination: a.ref(prefixDestination),
		Protocol:    enum[Protocol](a, attrEdgeProtocol),
		Port:        uint16(a.count(attrEdgePort, 65535)),
		Side:        enum[Side](a, attrEdgeSide),
		Op:          enum[Op](a, attrEdgeOp),
	}
	a.must(!e.Source.IsZero() && !e.Destination.IsZero() && e.Protocol != 0 && e.Side != 0 && e.Op != 0)
	if isReference(e.Op) {
		a.fail(ReasonValue)
	}
	if e.HasRates = a.has(attrEdgeRequests); e.HasRates {
		e.Requests = a.count(attrEdgeRequests, maxCount)
		e.Errors = a.count(attrEdgeErrors, maxCount)
		e.Durations = a.histogram(attrEdgeBuckets, attrEdgeCounts)
		if e.Errors > e.Requests {
			a.fail(ReasonValue)
		}
	}
	return e
}

func readSymptom(a *reader) Symptom {
	s := Symptom{
		ID:        a.optionalID(attrSymptomID),
		Code:      a.text(attrSymptomCode),
		Entity:    a.ref(prefixEntity),
		Peer:      a.ref(prefixPeer),
		Phase:     enum[Phase](a, attrSymptomPhase),
		Severity:  enum[Severity](a, attrSymptomSeverity),
		Onset:     a.time(attrSymptomOnset),
		Time:      a.time(attrSymptomTime),
		Value:     a.number(attrSymptomValue),
		Baseline:  a.number(attrSymptomBaseline),
		Threshold: a.number(attrSymptomThreshold),
		Unit:      enum[Unit](a, attrSymptomUnit),
		Samples:   uint32(a.count(attrSymptomSamples, 1<<32-1)),
		Detector:  enum[Detector](a, attrSymptomDetector),
	}
	a.must(s.Code != "" && !s.Entity.IsZero() && s.Phase != 0 && s.Severity != 0 && !s.Onset.IsZero() && !s.Time.IsZero())
	return s
}

func readFlow(a *reader) Flow {
	f := Flow{
		Source:        a.ref(prefixSource),
		Destination:   a.ref(prefixDestination),
		Protocol:      enum[Protocol](a, attrFlowProtocol),
		Method:        enum[Method](a, attrFlowMethod),
		Route:         a.text(attrFlowRoute),
		Direction:     enum[Direction](a, attrFlowDirection),
		DataType:      enum[DataType](a, attrFlowDataType),
		Sensitivity:   enum[Sensitivity](a, attrFlowSensitivity),
		FieldPath:     a.text(attrFlowFieldPath),
		Seen:          a.count(attrFlowSeen, maxCount),
		First:         a.time(attrFlowFirst),
		Last:          a.time(attrFlowLast),
		Encrypted:     a.flag(attrFlowEncrypted),
		LeavesCluster: a.flag(attrFlowLeaves),
	}
	a.must(!f.Source.IsZero() && !f.Destination.IsZero() && f.DataType != 0 && f.Sensitivity != 0)
	return f
}

func readChange(a *reader) Change {
	c := Change{
		Entity:   a.ref(prefixEntity),
		Kind:     enum[ChangeKind](a, attrChangeKind),
		Time:     a.time(attrChangeTime),
		From:     uint32(a.count(attrChangeFrom, 1<<32-1)),
		To:       uint32(a.count(attrChangeTo, 1<<32-1)),
		FromName: a.text(attrChangeFromName),
		ToName:   a.text(attrChangeToName),
	}
	a.must(!c.Entity.IsZero() && c.Kind != 0 && !c.Time.IsZero())
	return c
}

func readCoverage(a *reader) Coverage {
	return Coverage{
		ExchangesSeen:          a.count(attrSeen, maxCount),
		ExchangesLost:          a.count(attrLost, maxCount),
		SamplingBasisPoints:    uint32(a.count(attrSampling, 10000)),
		BytesParsed:            a.count(attrBytesParsed, maxCount),
		FactsLeftOut:           uint32(a.count(attrFactsLeft, 1<<32-1)),
		NamesPseudonymised:     uint32(a.count(attrNamesPseudonym, 1<<32-1)),
		FlowsLeftOut:           uint32(a.count(attrFlowsLeft, 1<<32-1)),
		FlowNamesPseudonymised: uint32(a.count(attrFlowNames, 1<<32-1)),
	}
}
