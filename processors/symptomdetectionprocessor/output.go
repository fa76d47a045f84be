package symptomdetectionprocessor

import (
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/weir-telemetry/weir/internal/symptom"
)

// scopeName is the scope of all points of symptoms.
const scopeName = "weir.symptom"

// figures are the metrics of one event: what is observed, and what makes it
// abnormal. The unit is the symptom's, so the metric has none.
var figures = []struct {
	name, description, unit string
	value                   func(*symptom.Event) (float64, bool)
}{
	{"weir.symptom", "Value that makes the symptom, in the unit of weir.symptom.unit.", "", func(e *symptom.Event) (float64, bool) { return e.Value, true }},
	{"weir.symptom.baseline", "Value that is usual, where one is learned.", "", func(e *symptom.Event) (float64, bool) { return e.Baseline, e.HasBaseline }},
	{"weir.symptom.threshold", "Value from which the symptom starts.", "", func(e *symptom.Event) (float64, bool) { return e.Threshold, true }},
	{"weir.symptom.onset", "When the condition began.", "s", func(e *symptom.Event) (float64, bool) { return float64(e.Onset), true }},
	{"weir.symptom.samples", "Events or points that the value stands on.", "", func(e *symptom.Event) (float64, bool) { return float64(e.Samples), true }},
}

// appendEvents adds one resource with the points of the events to md.
func appendEvents(md pmetric.Metrics, events []symptom.Event) {
	if len(events) == 0 {
		return
	}
	scope := md.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty()
	scope.Scope().SetName(scopeName)
	for _, f := range figures {
		m := scope.Metrics().AppendEmpty()
		m.SetName(f.name)
		m.SetDescription(f.description)
		m.SetUnit(f.unit)
		points := m.SetEmptyGauge().DataPoints()
		for i := range events {
			v, ok := f.value(&events[i])
			if !ok {
				continue
			}
			dp := points.AppendEmpty()
			dp.SetTimestamp(pcommon.NewTimestampFromTime(time.Unix(events[i].Time, 0)))
			dp.SetDoubleValue(v)
			putIdentity(dp.Attributes(), &events[i])
		}
	}
	scope.Metrics().RemoveIf(func(m pmetric.Metric) bool { return m.Gauge().DataPoints().Len() == 0 })
}

// putIdentity writes the attributes that are the same on all points of an event.
func putIdentity(m pcommon.Map, e *symptom.Event) {
	m.EnsureCapacity(11)
	m.PutStr("weir.symptom.code", e.Code)
	m.PutStr("weir.symptom.phase", string(e.Phase))
	m.PutStr("weir.symptom.severity", e.Severity)
	m.PutStr("weir.symptom.unit", e.Unit)
	m.PutStr("weir.symptom.detector", e.Detector)
	putEntity(m, "weir.entity.", e.Entity)
	putEntity(m, "weir.peer.", e.Peer)
}

func putEntity(m pcommon.Map, prefix string, e symptom.Entity) {
	if e.IsZero() {
		return
	}
	m.PutStr(prefix+"type", e.Type)
	if e.Namespace != "" {
		m.PutStr(prefix+"namespace", e.Namespace)
	}
	m.PutStr(prefix+"name", e.Name)
}
