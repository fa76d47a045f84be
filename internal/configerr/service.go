package configerr

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/pipeline"
	"go.opentelemetry.io/collector/pipeline/xpipeline"
	"go.opentelemetry.io/collector/service"
	"go.opentelemetry.io/collector/service/pipelines"
)

var signals = []string{pipeline.SignalLogs.String(), pipeline.SignalMetrics.String(), xpipeline.SignalProfiles.String(), pipeline.SignalTraces.String()}

// usual leaves out the signal that a feature gate must switch on.
var usual = []string{pipeline.SignalLogs.String(), pipeline.SignalMetrics.String(), pipeline.SignalTraces.String()}

// service looks at everything below that key; each pipeline alone, as one bad
// name would keep the others from being looked at.
func (c *check) service() {
	in, there := c.raw["service"]
	m, ok := in.(map[string]any)
	if !ok {
		if there && in != nil {
			c.add([]string{"service"}, "wrong type: wanted a map, got "+kindOf(in))
		}
		return
	}
	conf, err := c.conf.Sub("service")
	if err != nil {
		return
	}
	c.serviceItself(m)
	c.references([]string{"service", "extensions"}, m["extensions"], "extensions")
	all, ok := m["pipelines"].(map[string]any)
	if !ok {
		if m["pipelines"] != nil {
			c.add([]string{"service", "pipelines"}, "wrong type: wanted a map of pipelines, got "+kindOf(m["pipelines"]))
		}
		return
	}
	sub, err := conf.Sub("pipelines")
	if err != nil {
		return
	}
	for _, id := range sorted(all) {
		c.pipeline(id, all[id], sub)
	}
}

// serviceItself looks at everything but the pipelines.
func (c *check) serviceItself(m map[string]any) {
	conf, err := c.conf.Sub("service")
	if err != nil {
		return
	}
	conf.Delete("pipelines")
	into := service.Config{}
	if c.set.Factories.Telemetry != nil {
		into.Telemetry = c.set.Factories.Telemetry.CreateDefaultConfig()
	}
	p := part{path: []string{"service"}, raw: m, config: &into}
	if err := conf.Unmarshal(&into); err != nil {
		c.undecoded(p, err)
		return
	}
	p.config, p.raw, p.path = into.Telemetry, m["telemetry"], []string{"service", "telemetry"}
	c.invalid(p)
}

func (c *check) pipeline(key string, raw any, in *confmap.Conf) {
	path := []string{"service", "pipelines", key}
	c.pipelineID(path, key)
	sub, err := in.Sub(key)
	if err != nil {
		c.add(path, "wrong type: wanted a map of receivers, processors and exporters, got "+kindOf(raw))
		return
	}
	var config pipelines.PipelineConfig
	p := part{path: path, raw: raw, config: &config}
	if err := sub.Unmarshal(&config); err != nil {
		c.undecoded(p, err)
	} else {
		c.invalid(p)
	}
	m, _ := raw.(map[string]any)
	c.references(below(path, "receivers"), m["receivers"], "receivers", "connectors")
	c.references(below(path, "processors"), m["processors"], "processors")
	c.references(below(path, "exporters"), m["exporters"], "exporters", "connectors")
}

func (c *check) pipelineID(path []string, key string) {
	var id pipeline.ID
	if err := id.UnmarshalText([]byte(key)); err == nil {
		return
	}
	signal, name, hasName := strings.Cut(key, "/")
	if signal = strings.TrimSpace(signal); !slices.Contains(signals, signal) {
		c.add(path, "unknown signal "+strconv.Quote(signal)+hint(signal, "accepted, alone or with /name", usual))
		return
	}
	if hasName && strings.TrimSpace(name) == "" {
		c.add(path, "the name after / is empty")
		return
	}
	c.add(path, "the name after / holds a character that can't be in a name, such as white space or a symbol")
}

// references checks that each component named in a list is defined in one of
// the sections.
func (c *check) references(path []string, list any, sections ...string) {
	for _, s := range sections {
		if _, isMap := c.raw[s].(map[string]any); c.raw[s] != nil && !isMap {
			return // told there
		}
	}
	elements, _ := list.([]any)
	for i, e := range elements {
		ref, ok := e.(string)
		var id component.ID
		if !ok || id.UnmarshalText([]byte(ref)) != nil {
			continue // told by the decoder
		}
		var defined []string
		for _, s := range sections {
			defined = append(defined, c.defined(s)...)
		}
		if !slices.Contains(defined, id.String()) {
			c.problems = append(c.problems, Problem{
				Pos: c.sources.find(below(path, strconv.Itoa(i))), Path: path, Text: c.undefined(id, defined, sections)})
		}
	}
}

// defined lists the component ids of a section as the Collector writes them.
func (c *check) defined(section string) (out []string) {
	m, _ := c.raw[section].(map[string]any)
	for _, key := range sorted(m) {
		var id component.ID
		if id.UnmarshalText([]byte(key)) == nil {
			out = append(out, id.String())
		}
	}
	return out
}

func (c *check) undefined(id component.ID, defined, sections []string) string {
	what := fmt.Sprintf("%q is not defined under %s", id.String(), strings.Join(sections, " or "))
	for _, other := range topKeys[:5] {
		if !slices.Contains(sections, other) && slices.Contains(c.defined(other), id.String()) {
			what += ", but under " + other
		}
	}
	if nearest(id.String(), defined) == "" {
		if _, ok := c.kinds[sections[0]][id.Type().String()]; ok {
			what += "; add it there"
		}
	}
	return what + hint(id.String(), "defined", defined)
}
