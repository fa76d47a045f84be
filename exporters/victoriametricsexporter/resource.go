package victoriametricsexporter

import (
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

const (
	attrServiceName      = "service.name"
	attrServiceNamespace = "service.namespace"
	attrServiceInstance  = "service.instance.id"
)

// beginScope encodes the labels that all points of a resource and scope share.
func (e *encoder) beginScope(res pcommon.Resource, scope pcommon.InstrumentationScope) {
	s := &e.set
	s.beginBase()
	e.identity(res.Attributes())
	if len(e.promote) > 0 {
		res.Attributes().Range(func(k string, v pcommon.Value) bool {
			if (e.all || e.promote[k]) && !identifies(k) {
				s.addAttribute("", k, v)
			}
			return true
		})
	}
	if e.cfg.ScopeLabels {
		s.addText("otel_scope_name", "", scope.Name(), false)
		s.addText("otel_scope_version", "", scope.Version(), false)
		scope.Attributes().Range(func(k string, v pcommon.Value) bool {
			if k != "name" && k != "version" && k != "schema_url" {
				s.addAttribute("otel_scope_", k, v)
			}
			return true
		})
	}
	e.endBase()
}

func (e *encoder) endBase() {
	for _, name := range e.external {
		e.set.addText(name, "", e.cfg.ExternalLabels[name], true)
	}
	insertionSort(e.set.refs)
	e.baseDrop = e.set.drop
	e.set.endBase()
}

// identity adds job and instance, by the compatibility specification made of
// the attributes that identify a service.
func (e *encoder) identity(attrs pcommon.Map) {
	if name, ok := attrs.Get(attrServiceName); ok {
		job := name.AsString()
		if ns, ok := attrs.Get(attrServiceNamespace); ok && ns.AsString() != "" {
			job = ns.AsString() + "/" + job
		}
		e.set.addText("job", "", job, false)
		e.set.hasJob = job != ""
	}
	if instance, ok := attrs.Get(attrServiceInstance); ok {
		text := instance.AsString()
		e.set.addText("instance", "", text, false)
		e.set.hasInstance = text != ""
	}
}

func identifies(key string) bool {
	return key == attrServiceName || key == attrServiceNamespace || key == attrServiceInstance
}

// targetInfo adds the target_info series of a resource at the time of its
// latest point. It is left out when nothing identifies the resource, or when
// it would say no more than job and instance do.
func (e *encoder) targetInfo(rm pmetric.ResourceMetrics) {
	if !e.cfg.TargetInfo {
		return
	}
	ts := latest(rm)
	if ts == 0 {
		return
	}
	s, attrs := &e.set, rm.Resource().Attributes()
	s.beginBase()
	e.identity(attrs)
	identifying := len(s.refs)
	if identifying == 0 {
		return
	}
	attrs.Range(func(k string, v pcommon.Value) bool {
		if !identifies(k) {
			s.addAttribute("", k, v)
		}
		return true
	})
	if len(s.refs) == identifying {
		return
	}
	e.endBase()
	s.beginPoint("", e.baseDrop)
	if s.drop == "" {
		s.finish()
	}
	name := e.names.metric("target_info", "", 0)
	switch {
	case s.drop != "":
		e.sampleDrops[s.drop]++
	case e.cfg.MaxLabels > 0 && len(s.sorted)+1 > e.cfg.MaxLabels:
		e.sampleDrops[reasonTooMany]++
	default:
		e.sample(name, name.base, nil, 1, milliseconds(ts))
		e.infos++
	}
}

// latest returns the time of the latest point of a resource.
func latest(rm pmetric.ResourceMetrics) (ts pcommon.Timestamp) {
	for j := range rm.ScopeMetrics().Len() {
		metrics := rm.ScopeMetrics().At(j).Metrics()
		for k := range metrics.Len() {
			ts = max(ts, latestOf(metrics.At(k)))
		}
	}
	return ts
}

func latestOf(m pmetric.Metric) pcommon.Timestamp {
	switch m.Type() {
	case pmetric.MetricTypeGauge:
		return latestIn(m.Gauge().DataPoints())
	case pmetric.MetricTypeSum:
		return latestIn(m.Sum().DataPoints())
	case pmetric.MetricTypeHistogram:
		return latestIn(m.Histogram().DataPoints())
	case pmetric.MetricTypeExponentialHistogram:
		return latestIn(m.ExponentialHistogram().DataPoints())
	case pmetric.MetricTypeSummary:
		return latestIn(m.Summary().DataPoints())
	case pmetric.MetricTypeEmpty:
	}
	return 0
}

func latestIn[P interface{ Timestamp() pcommon.Timestamp }](points interface {
	Len() int
	At(int) P
}) (ts pcommon.Timestamp) {
	for i := range points.Len() {
		ts = max(ts, points.At(i).Timestamp())
	}
	return ts
}
