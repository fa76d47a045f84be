package walk

import (
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// Metrics walks every resource, scope, metric, data point and exemplar of md.
func (w *Walker) Metrics(md pmetric.Metrics) {
	md.ResourceMetrics().RemoveIf(func(rm pmetric.ResourceMetrics) bool {
		if w.guarded(func() { rm.SetSchemaUrl(w.resource(rm.Resource(), rm.SchemaUrl())) }) {
			return true
		}
		rm.ScopeMetrics().RemoveIf(func(sm pmetric.ScopeMetrics) bool {
			if w.guarded(func() { sm.SetSchemaUrl(w.scope(sm.Scope(), sm.SchemaUrl())) }) {
				return true
			}
			var m pmetric.Metric
			one := func() { w.metric(m) }
			sm.Metrics().RemoveIf(func(x pmetric.Metric) bool {
				m = x
				return w.guarded(one)
			})
			return false
		})
		return false
	})
}

func (w *Walker) metric(m pmetric.Metric) {
	w.enter(Metric, m.Metadata())
	if n, ok := w.text(Name, m.Name()); ok {
		m.SetName(n)
	}
	if n, ok := w.text(Unit, m.Unit()); ok {
		m.SetUnit(n)
	}
	if n, ok := w.text(Description, m.Description()); ok {
		m.SetDescription(n)
	}
	w.attributes(Metadata, m.Metadata())
	w.leave()
	switch m.Type() {
	case pmetric.MetricTypeGauge:
		w.numbers(m.Gauge().DataPoints())
	case pmetric.MetricTypeSum:
		w.numbers(m.Sum().DataPoints())
	case pmetric.MetricTypeHistogram:
		for i := range m.Histogram().DataPoints().Len() {
			p := m.Histogram().DataPoints().At(i)
			w.point(p.Attributes())
			w.exemplars(p.Exemplars())
		}
	case pmetric.MetricTypeExponentialHistogram:
		for i := range m.ExponentialHistogram().DataPoints().Len() {
			p := m.ExponentialHistogram().DataPoints().At(i)
			w.point(p.Attributes())
			w.exemplars(p.Exemplars())
		}
	case pmetric.MetricTypeSummary:
		for i := range m.Summary().DataPoints().Len() {
			w.point(m.Summary().DataPoints().At(i).Attributes())
		}
	}
}

func (w *Walker) numbers(ps pmetric.NumberDataPointSlice) {
	for i := range ps.Len() {
		p := ps.At(i)
		w.point(p.Attributes())
		w.exemplars(p.Exemplars())
	}
}

func (w *Walker) point(attrs pcommon.Map) {
	w.enter(DataPoint, attrs)
	w.attributes(Attributes, attrs)
	w.leave()
}

func (w *Walker) exemplars(es pmetric.ExemplarSlice) {
	for i := range es.Len() {
		attrs := es.At(i).FilteredAttributes()
		w.enter(Exemplar, attrs)
		w.attributes(Attributes, attrs)
		w.leave()
	}
}
