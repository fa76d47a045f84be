package dataclassificationprocessor

import (
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/weir-telemetry/weir/internal/walk"
)

// metrics is the state of a walk over metrics. An annotation among the
// attributes of a data point, a scope or a resource would become part of the
// identity of series, and taking a forged one away could make two series one.
// So only a metric's metadata, which is no identity, is written to, with the
// findings of the metric, its points and exemplars, its scope and its resource.
type metrics struct {
	on       bool
	resource int         // findings of the resource, the first ones
	scope    int         // findings of resource and scope
	metadata pcommon.Map // of the metric whose points are being walked
	open     bool        // metadata is set
}

func (a *annotator) enterMetrics(at *walk.Place) {
	m := &a.metrics
	switch at.Record.Kind {
	case walk.Resource:
		a.closeMetric()
		a.keep(0)
		m.resource, m.scope = 0, 0
	case walk.ScopeUnit:
		a.closeMetric()
		a.keep(m.resource)
		m.scope = m.resource
	case walk.Metric:
		a.closeMetric()
		a.keep(m.scope)
		m.metadata, m.open = at.Record.Attributes, true
		strip(m.metadata)
	}
}

func (a *annotator) leaveMetrics(at *walk.Place) {
	switch at.Record.Kind {
	case walk.Resource:
		a.metrics.resource, a.metrics.scope = len(a.found), len(a.found)
	case walk.ScopeUnit:
		a.metrics.scope = len(a.found)
	}
}

// closeMetric annotates the metric whose points were walked last.
func (a *annotator) closeMetric() {
	if a.metrics.open {
		annotate(a.metrics.metadata, a.found)
	}
	a.metrics.metadata, a.metrics.open = pcommon.Map{}, false
}
