package victoriametricsexporter

import (
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// tail returns a copy of md without its first n points, in the order in which
// the encoder walks them. It is what remains to be sent when a request failed.
func tail(md pmetric.Metrics, n int) pmetric.Metrics {
	if n == 0 {
		return md
	}
	rest := pmetric.NewMetrics()
	md.CopyTo(rest)
	skip := func() bool {
		n--
		return n >= 0
	}
	rest.ResourceMetrics().RemoveIf(func(rm pmetric.ResourceMetrics) bool {
		rm.ScopeMetrics().RemoveIf(func(sm pmetric.ScopeMetrics) bool {
			sm.Metrics().RemoveIf(func(m pmetric.Metric) bool { return skipPoints(m, skip) == 0 })
			return sm.Metrics().Len() == 0
		})
		return rm.ScopeMetrics().Len() == 0
	})
	return rest
}

// skipPoints removes points for which skip is true; it returns how many remain.
func skipPoints(m pmetric.Metric, skip func() bool) int {
	switch m.Type() {
	case pmetric.MetricTypeGauge:
		return remove(m.Gauge().DataPoints(), skip)
	case pmetric.MetricTypeSum:
		return remove(m.Sum().DataPoints(), skip)
	case pmetric.MetricTypeHistogram:
		return remove(m.Histogram().DataPoints(), skip)
	case pmetric.MetricTypeExponentialHistogram:
		return remove(m.ExponentialHistogram().DataPoints(), skip)
	case pmetric.MetricTypeSummary:
		return remove(m.Summary().DataPoints(), skip)
	case pmetric.MetricTypeEmpty:
	}
	return 0
}

func remove[P interface{ Timestamp() pcommon.Timestamp }](points interface {
	RemoveIf(f func(P) bool)
	Len() int
}, skip func() bool) int {
	points.RemoveIf(func(P) bool { return skip() })
	return points.Len()
}
