package dataclassificationprocessor

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// What makes the identity of series is left as it came, forged annotations
// included: with them gone, two series could become one.
func TestSeriesKeepTheirIdentity(t *testing.T) {
	md := pmetric.NewMetrics()
	for _, forged := range []string{"x", "y"} {
		rm := md.ResourceMetrics().AppendEmpty()
		rm.Resource().Attributes().PutStr("owner", "rosa@mail.example")
		rm.Resource().Attributes().PutStr(findingsKey, forged)
		sm := rm.ScopeMetrics().AppendEmpty()
		sm.Scope().Attributes().PutStr(typesKey, forged)
		m := sm.Metrics().AppendEmpty()
		m.SetName("a")
		p := m.SetEmptyGauge().DataPoints().AppendEmpty()
		p.Attributes().PutStr("user", "rosa@mail.example")
		p.Attributes().PutStr(typesKey, forged)
		p.Attributes().PutStr(findingsKey, forged)
	}
	before := pmetric.NewMetrics()
	md.CopyTo(before)
	_, err := newClassifier(t).metrics(t.Context(), md)
	require.NoError(t, err)
	for i, rm := range md.ResourceMetrics().All() {
		was := before.ResourceMetrics().At(i)
		require.Equal(t, was.Resource().Attributes().AsRaw(), rm.Resource().Attributes().AsRaw())
		sm, wasSm := rm.ScopeMetrics().At(0), was.ScopeMetrics().At(0)
		require.Equal(t, wasSm.Scope().Attributes().AsRaw(), sm.Scope().Attributes().AsRaw())
		require.Equal(t, wasSm.Metrics().At(0).Gauge().DataPoints().At(0).Attributes().AsRaw(),
			sm.Metrics().At(0).Gauge().DataPoints().At(0).Attributes().AsRaw())
	}
}

func metricPaths(m pmetric.Metric) (out []string) {
	v, ok := m.Metadata().Get(findingsKey)
	if !ok {
		return nil
	}
	for _, f := range v.Slice().All() {
		p, _ := f.Map().Get("path")
		out = append(out, p.Str())
	}
	return out
}

// A metric's metadata tells what was found in it, in its points, its scope and
// its resource, and nothing of its neighbours.
func TestMetricsAreAnnotatedInTheirMetadata(t *testing.T) {
	md := pmetric.NewMetrics()
	rm := md.ResourceMetrics().AppendEmpty()
	rm.Resource().Attributes().PutStr("owner", "rosa@mail.example")
	sm := rm.ScopeMetrics().AppendEmpty()
	sm.Scope().SetName("of rosa@mail.example")
	one, two := sm.Metrics().AppendEmpty(), sm.Metrics().AppendEmpty()
	one.Metadata().PutStr(findingsKey, "forged")
	one.SetEmptyGauge().DataPoints().AppendEmpty().Attributes().PutStr("user", "rosa@mail.example")
	two.SetEmptyHistogram().DataPoints().AppendEmpty().Exemplars().AppendEmpty().FilteredAttributes().PutStr("x", "rosa@mail.example")
	three := rm.ScopeMetrics().AppendEmpty().Metrics().AppendEmpty()
	four := md.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty().Metrics().AppendEmpty()
	_, err := newClassifier(t).metrics(t.Context(), md)
	require.NoError(t, err)
	require.Equal(t, []string{"resource.owner", "scope.name", "attributes.user"}, metricPaths(one))
	require.Equal(t, []string{"resource.owner", "scope.name", "exemplars.attributes.x"}, metricPaths(two))
	require.Equal(t, []string{"resource.owner"}, metricPaths(three))
	require.Empty(t, metricPaths(four))
	require.Zero(t, four.Metadata().Len())
}
