package victoriametricsexporter

import (
	"hash/maphash"
	"strings"
	"unicode/utf8"

	"github.com/prometheus/otlptranslator"
)

// maxNames bounds each cache: names come from outside, so a cache that is full
// is emptied. Real deployments have a few thousand.
const maxNames = 16384

const metricNameLabel = "__name__"

// nameCache translates the names of metrics and attributes once each. It is
// not safe for concurrent use.
type nameCache struct {
	metrics otlptranslator.MetricNamer
	labels  otlptranslator.LabelNamer

	byMetric map[metricKey]*metricName
	byLabel  map[string]labelEntry
}

type metricKey struct {
	name, unit string
	kind       otlptranslator.MetricType
}

// metricName holds the __name__ labels of a metric as they stand on the wire.
type metricName struct {
	base, bucket, sum, count []byte
	// origin tells metrics apart whose names become equal.
	origin uint64
	// drop is the reason why the metric can't be written, or empty.
	drop string
}

// labelEntry is the label name of an attribute key.
type labelEntry struct {
	name   string
	origin uint64
	drop   string
}

// seed is shared by all encoders, so that origins can be compared.
var seed = maphash.MakeSeed()

func newNameCache(cfg *Config) *nameCache {
	return &nameCache{
		metrics:  otlptranslator.MetricNamer{Namespace: cfg.Namespace, WithMetricSuffixes: cfg.AddMetricSuffixes},
		byMetric: map[metricKey]*metricName{},
		byLabel:  map[string]labelEntry{},
	}
}

func (c *nameCache) metric(name, unit string, kind otlptranslator.MetricType) *metricName {
	if m := c.byMetric[metricKey{name, unit, kind}]; m != nil {
		return m
	}
	if len(c.byMetric) >= maxNames {
		clear(c.byMetric)
	}
	// The caller's strings may be part of a larger message.
	key := metricKey{strings.Clone(name), strings.Clone(unit), kind}
	m := &metricName{origin: maphash.Comparable(seed, key)}
	full, err := c.metrics.Build(otlptranslator.Metric{Name: key.name, Unit: key.unit, Type: kind})
	switch {
	case !utf8.ValidString(name) || !utf8.ValidString(unit):
		m.drop = reasonInvalidUTF8
	case err != nil || full == "":
		m.drop = reasonMetricName
	default:
		m.base = appendLabel(nil, metricNameLabel, full)
		m.bucket = appendLabel(nil, metricNameLabel, full+"_bucket")
		m.sum = appendLabel(nil, metricNameLabel, full+"_sum")
		m.count = appendLabel(nil, metricNameLabel, full+"_count")
	}
	c.byMetric[key] = m
	return m
}

func (c *nameCache) label(key string) labelEntry {
	if e, ok := c.byLabel[key]; ok {
		return e
	}
	if len(c.byLabel) >= maxNames {
		clear(c.byLabel)
	}
	key = strings.Clone(key)
	e := labelEntry{origin: maphash.String(seed, key)}
	name, err := c.labels.Build(key)
	switch {
	case !utf8.ValidString(key):
		e.drop = reasonInvalidUTF8
	case err != nil:
		e.drop = reasonLabelName
	case strings.HasPrefix(name, "__"): // reserved, __name__ above all
		e.name = "key" + name
	default:
		e.name = name
	}
	c.byLabel[key] = e
	return e
}
