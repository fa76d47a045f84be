package distil

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/pdatautil"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
	"github.com/weir-telemetry/weir/internal/fact"
)

// The points of the symptom detection.
const (
	symptomScope = "weir.symptom"

	pointValue     = "weir.symptom"
	pointBaseline  = "weir.symptom.baseline"
	pointThreshold = "weir.symptom.threshold"
	pointOnset     = "weir.symptom.onset"
	pointSamples   = "weir.symptom.samples"
)

// pointKey is what the points of one statement have in common.
type pointKey struct {
	attributes [16]byte
	at         pcommon.Timestamp
}

// statement is what the points of a batch say of a symptom at one time.
type statement struct {
	attributes pcommon.Map
	fact.Symptom
	seen, bad bool // the point that holds the value; one that can't be
}

// symptomPoints puts the points of a batch together that belong together.
func (d *Distiller) symptomPoints(ms pmetric.MetricSlice, now time.Time) {
	index := map[pointKey]int{}
	var list []statement
	for _, m := range ms.All() {
		if m.Type() != pmetric.MetricTypeGauge {
			continue
		}
		for _, dp := range m.Gauge().DataPoints().All() {
			k := pointKey{pdatautil.MapHash(dp.Attributes()), dp.Timestamp()}
			i, ok := index[k]
			if !ok {
				i = len(list)
				index[k] = i
				list = append(list, statement{attributes: dp.Attributes(), Symptom: fact.Symptom{Time: moment(dp.Timestamp())}})
			}
			list[i].take(m.Name(), dp)
		}
	}
	for i := range list {
		d.symptom(&list[i], now)
	}
}

// take reads one point.
func (s *statement) take(metric string, dp pmetric.NumberDataPoint) {
	v := dp.DoubleValue()
	if dp.ValueType() == pmetric.NumberDataPointValueTypeInt {
		v = float64(dp.IntValue())
	}
	if math.IsNaN(v) || math.IsInf(v, 0) {
		s.bad = true
		return
	}
	switch metric {
	case pointValue:
		s.Value, s.seen = v, true
	case pointBaseline:
		s.Baseline = v
	case pointThreshold:
		s.Threshold = v
	case pointOnset:
		if v >= 1 && v <= maxUnix {
			s.Onset = time.Unix(int64(v), 0).UTC()
		}
	case pointSamples:
		s.Samples = uint32(min(max(v, 0), math.MaxUint32))
	}
}

// read reads the attributes, false when something is missing.
func (s *statement) read() bool {
	m := s.attributes
	var phase, severity bool
	s.Code = text(m, "weir.symptom.code")
	s.Phase, phase = fact.ParseEnum[fact.Phase](text(m, "weir.symptom.phase"))
	s.Severity, severity = fact.ParseEnum[fact.Severity](text(m, "weir.symptom.severity"))
	s.Detector, _ = fact.ParseEnum[fact.Detector](text(m, "weir.symptom.detector"))
	s.Unit = unitsOf[text(m, "weir.symptom.unit")]
	s.Entity = refOf(m, "weir.entity.type", "weir.entity.namespace", "weir.entity.name")
	s.Peer = refOf(m, "weir.peer.type", "weir.peer.namespace", "weir.peer.name")
	return s.seen && !s.bad && phase && severity && s.Code != "" && !s.Entity.IsZero() && !s.Onset.IsZero() && !s.Time.IsZero()
}

var unitsOf = map[string]fact.Unit{
	"1": uplinkv1.Unit_UNIT_ONE, "ratio": uplinkv1.Unit_UNIT_RATIO, "s": uplinkv1.Unit_UNIT_SECONDS,
	"By": uplinkv1.Unit_UNIT_BYTES, "1/s": uplinkv1.Unit_UNIT_PER_SECOND,
}

func (d *Distiller) symptom(s *statement, now time.Time) {
	if !s.read() {
		d.counts.Ignored[SymptomPoint][Malformed]++
		return
	}
	s.Entity, s.Peer, s.Code = keepRef(s.Entity), keepRef(s.Peer), keep(s.Code)
	s.ID = d.opt.Identity.Symptom(s.Code, s.Entity, s.Peer, s.Onset.Unix())
	switch d.symptoms.add(s.Symptom, now) {
	case Repeated:
		d.counts.Ignored[SymptomPoint][Repeated]++
		return
	case Limited:
		omit(&d.coverage.facts, s.ID)
		d.counts.Ignored[SymptomPoint][Limited]++
		return
	}
	d.counts.Accepted[SymptomPoint]++
	d.entities.must(s.Entity, now)
	if !s.Peer.IsZero() {
		d.entities.must(s.Peer, now)
	}
}

// occurrence is how far a symptom was told.
type occurrence struct {
	phase fact.Phase
	at    time.Time // of the point
	seen  time.Time
}

// symptomTable hands on each phase of an occurrence once, and the last update
// of a window.
type symptomTable struct {
	max     int
	known   map[uint64]*occurrence
	pending []fact.Symptom
	update  map[uint64]int // index of the window's update
}

func newSymptomTable(limit int) symptomTable {
	return symptomTable{max: limit, known: map[uint64]*occurrence{}, update: map[uint64]int{}}
}

func (t *symptomTable) add(s fact.Symptom, now time.Time) Reason {
	o := t.known[s.ID]
	switch {
	case o == nil:
		if len(t.known) >= t.max {
			return Limited
		}
		o = &occurrence{}
		t.known[s.ID] = o
	case o.phase >= uplinkv1.Phase_PHASE_END, s.Phase == uplinkv1.Phase_PHASE_START, s.Time.Before(o.at),
		s.Time.Equal(o.at) && s.Phase <= o.phase:
		return Repeated
	}
	o.phase, o.at, o.seen = s.Phase, s.Time, now
	if s.Phase == uplinkv1.Phase_PHASE_UPDATE {
		if i, ok := t.update[s.ID]; ok {
			t.pending[i] = s
			return ReasonCount
		}
		t.update[s.ID] = len(t.pending)
	}
	t.pending = append(t.pending, s)
	return ReasonCount
}

// close tells the window's symptoms in the order of occurrence and time. Those
// that were silent are forgotten after ttl, those that ended before opened when
// there is no room.
func (t *symptomTable) close(opened, now time.Time, ttl time.Duration) []fact.Symptom {
	full := len(t.known) >= t.max
	for id, o := range t.known {
		ended := o.phase >= uplinkv1.Phase_PHASE_END && o.seen.Before(opened)
		if now.Sub(o.seen) > ttl || (full && ended) {
			delete(t.known, id)
		}
	}
	out := t.pending
	t.pending = nil
	clear(t.update)
	slices.SortStableFunc(out, func(a, b fact.Symptom) int {
		return cmp.Or(lessRef(a.Entity, b.Entity), cmp.Compare(a.Code, b.Code), lessRef(a.Peer, b.Peer),
			a.Onset.Compare(b.Onset), a.Time.Compare(b.Time), cmp.Compare(a.Phase, b.Phase))
	})
	return out
}
