package configerr

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/otelcol"
)

var topKeys = []string{"receivers", "processors", "exporters", "connectors", "extensions", "service"}

// kinds are the sections of components, each with the factories of its types.
func kinds(f otelcol.Factories) map[string]map[string]component.Factory {
	return map[string]map[string]component.Factory{
		"receivers": byType(f.Receivers), "processors": byType(f.Processors), "exporters": byType(f.Exporters),
		"connectors": byType(f.Connectors), "extensions": byType(f.Extensions),
	}
}

func byType[F component.Factory](in map[component.Type]F) map[string]component.Factory {
	out := make(map[string]component.Factory, len(in))
	for t, f := range in {
		out[t.String()] = f
	}
	return out
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func (c *check) top() {
	for _, key := range sorted(c.raw) {
		if !slices.Contains(topKeys, key) {
			c.add([]string{key}, "unknown key"+hint(key, "accepted", topKeys))
		}
	}
	for _, section := range topKeys[:5] {
		c.section(section)
	}
}

// section looks at every component of a kind.
func (c *check) section(name string) {
	in, there := c.raw[name]
	if !there || in == nil {
		return
	}
	m, ok := in.(map[string]any)
	if !ok {
		c.add([]string{name}, "wrong type: wanted a map of components, got "+kindOf(in))
		return
	}
	sub, err := c.conf.Sub(name)
	if err != nil {
		return
	}
	for _, key := range sorted(m) {
		c.component(name, key, m[key], sub)
	}
}

func (c *check) component(section, key string, raw any, in *confmap.Conf) {
	path := []string{section, key}
	var id component.ID
	if err := id.UnmarshalText([]byte(key)); err != nil {
		c.add(path, fmt.Sprintf("not a component id: wanted type or type/name: %v", err))
		return
	}
	f, ok := c.kinds[section][id.Type().String()]
	if !ok {
		c.add(path, c.unknownType(section, id.Type().String()))
		return
	}
	if _, isMap := raw.(map[string]any); raw != nil && !isMap {
		c.add(path, "wrong type: wanted a map of settings, got "+kindOf(raw))
		return
	}
	sub, err := in.Sub(key)
	if err != nil {
		return
	}
	config := f.CreateDefaultConfig()
	p := part{path: path, raw: raw, config: config, trusted: ours(config)}
	if err := sub.Unmarshal(&config); err != nil {
		c.undecoded(p, err)
		return
	}
	p.config = config
	c.invalid(p)
}

func (c *check) unknownType(section, typ string) string {
	what := "unknown " + strings.TrimSuffix(section, "s") + " type " + strconv.Quote(typ)
	var elsewhere []string
	for _, other := range topKeys[:5] {
		if _, ok := c.kinds[other][typ]; ok {
			elsewhere = append(elsewhere, other)
		}
	}
	if len(elsewhere) > 0 {
		what += ", which is one of the " + strings.Join(elsewhere, " and ")
	}
	return what + hint(typ, "accepted in this distribution", sorted(c.kinds[section]))
}

// ours are components whose messages follow the house's rule: the value only
// where it can't be secret.
func ours(config any) bool {
	t := reflect.TypeOf(config)
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t != nil && strings.HasPrefix(t.PkgPath(), "github.com/weir-telemetry/weir/")
}
