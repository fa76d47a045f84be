package distil

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
	"github.com/weir-telemetry/weir/internal/fact"
)

var onUsers = attrs{
	"weir.symptom.code": "svc.latency.shift", "weir.symptom.phase": "start", "weir.symptom.severity": "critical",
	"weir.symptom.unit": "ratio", "weir.symptom.detector": "burn_rate",
	"weir.entity.type": "cron_job", "weir.entity.namespace": "shop", "weir.entity.name": "users",
}

// symptom feeds a statement as of a second.
func (b *bench) symptom(a attrs, phase string, onset, when int, value float64) {
	md := pmetric.NewMetrics()
	sm := md.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty()
	sm.Scope().SetName("weir.symptom")
	for _, p := range []struct {
		name  string
		value float64
	}{
		{"weir.symptom", value}, {"weir.symptom.baseline", 1}, {"weir.symptom.threshold", 2},
		{"weir.symptom.onset", float64(at(onset).Unix())}, {"weir.symptom.samples", 60},
	} {
		m := sm.Metrics().AppendEmpty()
		m.SetName(p.name)
		dp := m.SetEmptyGauge().DataPoints().AppendEmpty()
		dp.SetTimestamp(pcommon.NewTimestampFromTime(at(when)))
		dp.SetDoubleValue(p.value)
		require.NoError(b.t, dp.Attributes().FromRaw(a.with(attrs{"weir.symptom.phase": phase})))
	}
	b.Metrics(md, b.now)
}

func phases(r *fact.Report) (out []string) {
	for _, s := range r.Symptoms {
		out = append(out, fmt.Sprint(fact.Text(s.Phase), " ", s.Value))
	}
	return out
}

func TestEachPhaseIsToldOnce(t *testing.T) {
	b := newBench(t, nil)
	b.symptom(onUsers, "start", 0, 10, 5)
	b.symptom(onUsers, "start", 0, 10, 5) // came again
	b.symptom(onUsers, "start", 0, 20, 6)
	b.symptom(onUsers, "update", 0, 30, 7)
	b.symptom(onUsers, "update", 0, 40, 8)
	b.symptom(onUsers, "update", 0, 35, 9) // late
	r := b.told()
	assert.Equal(t, []string{"start 5", "update 8"}, phases(r))
	assert.Equal(t, []string{"users"}, names(r), "who it is of has a name")
	s := r.Symptoms[0]
	assert.Equal(t, fact.Symptom{
		ID: s.ID, Code: "svc.latency.shift", Entity: fact.Ref{Type: uplinkv1.EntityType_ENTITY_TYPE_CRON_JOB, Namespace: "shop", Name: "users"},
		Phase: uplinkv1.Phase_PHASE_START, Severity: uplinkv1.Severity_SEVERITY_CRITICAL, Onset: at(0), Time: at(10),
		Value: 5, Baseline: 1, Threshold: 2, Unit: uplinkv1.Unit_UNIT_RATIO, Samples: 60, Detector: uplinkv1.Detector_DETECTOR_BURN_RATE,
	}, s)
	assert.NotZero(t, s.ID)

	assert.Nil(t, b.close())
	b.symptom(onUsers, "update", 0, 130, 7)
	b.symptom(onUsers, "end", 0, 140, 1)
	b.symptom(onUsers, "end", 0, 150, 1)
	b.symptom(onUsers, "update", 0, 160, 1)
	b.symptom(onUsers, "expired", 0, 170, 1)
	assert.Equal(t, []string{"update 7", "end 1"}, phases(b.told()))

	b.symptom(onUsers, "start", 200, 200, 9) // another occurrence
	r = b.told()
	assert.Equal(t, []string{"start 9"}, phases(r))
	assert.NotEqual(t, s.ID, r.Symptoms[0].ID)
}

func TestOccurrencesAreToldApart(t *testing.T) {
	b := newBench(t, nil)
	peer := attrs{"weir.peer.type": "deployment", "weir.peer.namespace": "shop", "weir.peer.name": "web"}
	b.symptom(onUsers, "start", 0, 10, 1)
	b.symptom(onUsers.with(peer), "start", 0, 10, 1)
	b.symptom(onUsers.with(attrs{"weir.symptom.code": "mine.own"}), "start", 0, 10, 1)
	b.symptom(onUsers.with(attrs{"weir.entity.name": "orders"}), "start", 0, 10, 1)
	r := b.told()
	ids := map[uint64]bool{}
	for _, s := range r.Symptoms {
		ids[s.ID] = true
	}
	assert.Len(t, ids, 4)
	assert.ElementsMatch(t, []string{"users", "orders", "web"}, names(r))

	again := newBench(t, nil) // after a restart
	again.symptom(onUsers.with(peer), "update", 0, 70, 1)
	assert.Contains(t, ids, again.told().Symptoms[0].ID)
}

func TestMalformedSymptomsAreCounted(t *testing.T) {
	for _, missing := range []string{"weir.symptom.code", "weir.symptom.severity", "weir.entity.type", "weir.entity.name"} {
		b := newBench(t, nil)
		b.symptom(onUsers.with(attrs{missing: ""}), "start", 0, 10, 1)
		assert.EqualValues(t, 1, b.ignored(SymptomPoint, Malformed), missing)
		assert.Nil(t, b.close())
	}
	b := newBench(t, nil)
	b.symptom(onUsers, "begin", 0, 10, 1)
	b.symptom(onUsers, "start", 0, 10, math.NaN())
	b.symptom(onUsers, "start", 0, 10, math.Inf(1))
	b.symptom(onUsers, "start", -2_000_000_000, 10, 1)
	assert.EqualValues(t, 4, b.ignored(SymptomPoint, Malformed))
	assert.Nil(t, b.close())
}

func TestSymptomsBeyondTheBoundAreLeftOut(t *testing.T) {
	b := newBench(t, func(o *Options) { o.Limits.Symptoms, o.Limits.Entities = 2, 1 })
	for i := range 4 {
		b.symptom(onUsers.with(attrs{"weir.entity.name": fmt.Sprint("e", i)}), "start", 0, 10, 1)
	}
	r := b.told()
	assert.Len(t, r.Symptoms, 2)
	assert.Len(t, r.Entities, 2, "a symptom's entity always has a name")
	assert.EqualValues(t, 2, r.Coverage.FactsLeftOut)
	b.symptom(onUsers.with(attrs{"weir.entity.name": "e0"}), "end", 0, 70, 1)
	b.told()
	b.close() // an ended one makes room
	b.symptom(onUsers.with(attrs{"weir.entity.name": "e3"}), "update", 0, 200, 1)
	assert.Len(t, b.told().Symptoms, 1)
}

func TestPointsOfOtherScopesAreNoSymptoms(t *testing.T) {
	b := newBench(t, nil)
	md := pmetric.NewMetrics()
	sm := md.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty()
	sm.Scope().SetName("someone's")
	m := sm.Metrics().AppendEmpty()
	m.SetName("weir.symptom")
	dp := m.SetEmptyGauge().DataPoints().AppendEmpty()
	require.NoError(t, dp.Attributes().FromRaw(onUsers))
	b.Metrics(md, epoch)
	assert.Nil(t, b.Close(at(60), time.Minute, true))
}
