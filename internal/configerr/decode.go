package configerr

import (
	"errors"
	"reflect"
	"regexp"
	"strings"

	"github.com/go-viper/mapstructure/v2"
)

// part is a component, or another part of a configuration that is decoded and
// validated alone.
type part struct {
	path    []string // from the top
	raw     any      // what the configuration has there
	config  any      // what it is decoded into
	trusted bool     // its own messages repeat no value that can be secret
}

// undecoded explains the error of decoding a part: each leaf of the tree of
// errors is a problem.
func (c *check) undecoded(p part, err error) { c.decodeLeaf(p, nil, err) }

func (c *check) decodeLeaf(p part, path []string, err error) {
	for de := (*mapstructure.DecodeError)(nil); isA(err, &de); {
		// At its start the decoder names the Go type, which isn't there.
		more, _ := named(at(p.raw, path), de.Name())
		path = below(path, more...)
		err = de.Unwrap()
	}
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range many.Unwrap() {
			c.decodeLeaf(p, path, e)
		}
		return
	}
	if in := errors.Unwrap(err); in != nil && holdsDecodeError(in) {
		c.decodeLeaf(p, path, in)
		return
	}
	c.leaf(p, path, err)
}

func isA(err error, target **mapstructure.DecodeError) bool {
	de, ok := err.(*mapstructure.DecodeError)
	*target = de
	return ok
}

func holdsDecodeError(err error) bool {
	var de *mapstructure.DecodeError
	return errors.As(err, &de)
}

func (c *check) leaf(p part, path []string, err error) {
	msg := err.Error()
	if list, ok := strings.CutPrefix(msg, "has invalid keys: "); ok {
		c.unknownKeys(p, path, list)
		return
	}
	var un *mapstructure.UnconvertibleTypeError
	var pe *mapstructure.ParseError
	switch {
	case errors.As(err, &un):
		msg = "wrong type: wanted " + kind(un.Expected.Type()) + ", got " + kindOf(un.Value)
	case errors.As(err, &pe):
		msg = "wrong value: wanted " + kind(pe.Expected.Type()) + "; " + strings.TrimSpace(reason(pe))
	case strings.HasPrefix(msg, "time: "):
		msg = "not a duration; accepted: a number with a unit, such as 300ms, 10s, 5m, 1h30m"
	default:
		if m := wantedGot.FindStringSubmatch(msg); m != nil {
			msg = "wrong type: wanted " + shapes[m[1]] + ", got " + article(m[2])
			break
		}
		c.message(p, path, err)
		return
	}
	c.add(below(p.path, path...), msg)
}

var (
	wantedGot = regexp.MustCompile(`^(?:expected |source data must be )(a map or struct|an array or slice|a map|a struct), got "?([\w.{} \[\]]+)"?$`)
	shapes    = map[string]string{"a map or struct": "a map", "an array or slice": "a list", "a map": "a map", "a struct": "a map"}
)

func reason(pe *mapstructure.ParseError) string {
	if pe.Err != nil && strings.Contains(pe.Err.Error(), "overflows") {
		return "the number is out of its range"
	}
	return "it can't be read as such"
}

// unknownKeys takes a list of keys, and what is accepted beside them.
func (c *check) unknownKeys(p part, path []string, list string) {
	ok := accepted(p.config, path)
	here, _ := at(p.raw, path).(map[string]any)
	for _, key := range strings.Split(list, ", ") {
		if _, there := here[key]; !there && here != nil {
			continue
		}
		c.add(below(p.path, below(path, key)...), "unknown key"+hint(key, "accepted", ok))
	}
}

var words = map[reflect.Kind]string{
	reflect.String: "a string", reflect.Bool: "true or false", reflect.Slice: "a list", reflect.Array: "a list",
	reflect.Map: "a map", reflect.Struct: "a map", reflect.Float32: "a number", reflect.Float64: "a number",
}

func kind(t reflect.Type) string {
	if t == nil {
		return "nothing"
	}
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.PkgPath() == "time" && t.Name() == "Duration" {
		return "a duration such as 10s"
	}
	if w, ok := words[t.Kind()]; ok {
		return w
	}
	if t.Kind() >= reflect.Int && t.Kind() <= reflect.Int64 {
		return "a whole number"
	}
	if t.Kind() >= reflect.Uint && t.Kind() <= reflect.Uint64 {
		return "a whole number from 0"
	}
	return "another type"
}

func kindOf(v any) string {
	if b, ok := v.(bool); ok {
		if b {
			return "true"
		}
		return "false"
	}
	return kind(reflect.TypeOf(v))
}

// article reads a Go type as the decoder names it.
func article(goType string) string {
	switch {
	case strings.HasPrefix(goType, "map"):
		return "a map"
	case strings.HasPrefix(goType, "[]"), goType == "slice":
		return "a list"
	case goType == "string":
		return "a string"
	case goType == "bool":
		return "true or false"
	case strings.HasPrefix(goType, "int"), strings.HasPrefix(goType, "uint"):
		return "a whole number"
	case strings.HasPrefix(goType, "float"):
		return "a number"
	}
	return "another type"
}
