package configerr

import (
	"context"
	"regexp"
	"strings"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/otelcol"
	"go.uber.org/zap"
)

// Settings are what a configuration is judged by.
type Settings struct {
	Factories otelcol.Factories
	Resolver  confmap.ResolverSettings // with the URIs of the command line
}

// Explain returns what is wrong with a configuration that the Collector refused
// with failure, sorted by place. It returns nil when failure isn't about the
// configuration as far as can be told: an address in use, for example.
func Explain(ctx context.Context, set Settings, failure error) []Problem {
	set.Resolver.ProviderSettings.Logger = zap.NewNop()
	set.Resolver.ConverterSettings.Logger = zap.NewNop()
	if set.Resolver.DefaultScheme == "" {
		set.Resolver.DefaultScheme = "env"
	}
	c := &check{set: set, kinds: kinds(set.Factories)}
	c.sources, c.problems = load(set.Resolver.URIs)
	if len(c.problems) > 0 {
		return tidy(c.problems) // the rest would be guesses
	}
	c.hide = newHider(nil, nil)
	c.resolve(ctx)
	if c.conf == nil {
		return tidy(c.problems)
	}
	c.hide = newHider(c.raw, c.words())
	c.top()
	c.service()
	c.convert(ctx)
	if len(c.problems) == 0 && failure != nil {
		c.other(failure)
	}
	return tidy(c.problems)
}

// check is one run over a configuration.
type check struct {
	set      Settings
	kinds    map[string]map[string]component.Factory
	sources  sources
	conf     *confmap.Conf
	raw      map[string]any // of conf
	hide     *hider
	problems []Problem
}

// add keeps a problem in one line: others' messages have several.
func (c *check) add(path []string, text string) {
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' }), "; ")
	c.problems = append(c.problems, Problem{Pos: c.sources.find(path), Path: path, Text: text})
}

// words are the types and signals, which are no values.
func (c *check) words() []string {
	out := append([]string(nil), signals...)
	for _, m := range c.kinds {
		out = append(out, sorted(m)...)
	}
	return out
}

var (
	byPath = regexp.MustCompile(`^(service|receivers|processors|exporters|connectors|extensions)::([^\s:]+(?:::[^\s:]+)*): `)
	linked = regexp.MustCompile(`\b(receiver|processor|exporter|connector) "([^"]+)"`)
	build  = regexp.MustCompile(`failed to create "([^"]+)" (receiver|processor|exporter|connector)`)
)

// wholeFile begin the refusals that name no key.
var wholeFile = []string{"no receiver configuration", "no exporter configuration", "empty configuration file"}

// other places a refusal that shows only when all parts are put together.
func (c *check) other(failure error) {
	const graph, config = "failed to build pipelines: ", "invalid configuration: "
	msg := failure.Error()
	if _, after, ok := strings.Cut(msg, graph); ok {
		var path []string
		if m := build.FindStringSubmatch(after); m != nil {
			path, _ = named(c.raw, m[2]+"s::"+m[1])
		}
		if m := linked.FindStringSubmatch(after); m != nil && path == nil {
			path, _ = named(c.raw, m[1]+"s::"+m[2])
		}
		c.add(path, c.hide.text(after))
		return
	}
	if after, ok := strings.CutPrefix(msg, "failed to get config: "); ok {
		c.add(nil, c.hide.text(after))
		return
	}
	for _, line := range strings.Split(strings.TrimPrefix(msg, config), "\n") {
		c.line(line, strings.HasPrefix(msg, config))
	}
}

// line is one of the refusals of the whole; sure says that it is about the
// configuration even if it doesn't look so.
func (c *check) line(text string, sure bool) {
	var path []string
	if m := byPath.FindStringSubmatch(text); m != nil {
		path, _ = named(c.raw, m[1]+"::"+m[2])
		text, sure = text[len(m[0]):], true
	}
	for _, known := range wholeFile {
		sure = sure || strings.HasPrefix(text, known)
	}
	if sure {
		c.add(path, c.hide.text(text))
	}
}
