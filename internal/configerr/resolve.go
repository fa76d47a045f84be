package configerr

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"

	"go.opentelemetry.io/collector/confmap"
	"go.yaml.in/yaml/v3"

	"github.com/weir-telemetry/weir/internal/guard"
)

// resolve merges the sources and expands references, without the converters.
func (c *check) resolve(ctx context.Context) {
	set := c.set.Resolver
	set.ConverterFactories = nil
	if c.schemes(); len(c.problems) > 0 {
		return
	}
	r, err := confmap.NewResolver(set)
	if err != nil {
		c.add(nil, c.hide.text(err.Error()))
		return
	}
	defer func() { _ = r.Shutdown(ctx) }()
	if c.conf, err = r.Resolve(ctx); err != nil {
		c.conf = nil
		c.unresolved(err)
		return
	}
	c.raw = c.conf.ToStringMap()
}

// schemes refuses URIs that no provider serves; what follows the scheme may be
// a value.
func (c *check) schemes() {
	var known []string
	for _, f := range c.set.Resolver.ProviderFactories {
		known = append(known, f.Create(c.set.Resolver.ProviderSettings).Scheme())
	}
	slices.Sort(known)
	for _, s := range c.sources {
		if name := strings.TrimSuffix(s.name, ":"); !s.file && !slices.Contains(known, name) {
			c.problems = append(c.problems, Problem{Pos: s.at(nil), Text: "unknown scheme" + hint(name, "accepted", known)})
		}
	}
}

var reference = regexp.MustCompile(`\$\{([^${}]*)\}`)

// unresolved puts the error of a reference on the key whose value holds it.
func (c *check) unresolved(err error) {
	found := false
	for _, s := range c.sources {
		if s.root == nil {
			continue
		}
		each(s.root, 0, func(n *yaml.Node) {
			for _, m := range reference.FindAllStringSubmatch(n.Value, -1) {
				if m[1] != "" && strings.Contains(err.Error(), m[1][strings.Index(m[1], ":")+1:]) {
					c.problems = append(c.problems, Problem{Pos: s.at(n), Text: "the reference ${" + m[1] + "} can't be resolved: " + last(err)})
					found = true
				}
			}
		})
	}
	if !found {
		c.add(nil, "can't be resolved: "+last(err))
	}
}

// last is the innermost error, which names what failed and not what was read.
func last(err error) string {
	for {
		in := errors.Unwrap(err)
		if in == nil {
			break
		}
		err = in
	}
	return unquote(err.Error())
}

func each(n *yaml.Node, nesting int, f func(*yaml.Node)) {
	if nesting > maxNesting {
		return
	}
	if n.Kind == yaml.ScalarNode {
		f(n)
	}
	for _, c := range n.Content {
		each(c, nesting+1, f)
	}
}

// convert runs the converters as the Collector would: the payload guard is one.
func (c *check) convert(ctx context.Context) {
	for _, f := range c.set.Resolver.ConverterFactories {
		if err := f.Create(c.set.Resolver.ConverterSettings).Convert(ctx, c.conf); err != nil {
			c.violations(err)
		}
	}
}

func (c *check) violations(err error) {
	if v, ok := err.(guard.Violation); ok {
		c.problems = append(c.problems, Problem{Pos: c.sources.find(c.wayOut(v.Path)), Text: "payload guard: " + v.Error()})
		return
	}
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range many.Unwrap() {
			c.violations(e)
		}
		return
	}
	var v guard.Violation
	if in := errors.Unwrap(err); in != nil && (errors.As(err, &v) || strings.HasSuffix(err.Error(), in.Error())) {
		c.violations(in)
		return
	}
	c.add(nil, c.hide.text(err.Error()))
}

// wayOut is the key to change: the pipeline from which payload leaves, or the
// key that the guard names alone.
func (c *check) wayOut(way string) []string {
	steps := strings.Split(way, " → ")
	if len(steps) == 1 {
		path, _ := named(c.raw, way)
		return path
	}
	for i := len(steps) - 1; i >= 0; i-- {
		if id, ok := strings.CutPrefix(steps[i], "pipelines::"); ok {
			return []string{"service", "pipelines", id}
		}
	}
	return strings.SplitN(steps[0], "::", 2)
}
