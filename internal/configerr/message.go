package configerr

import (
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.opentelemetry.io/collector/confmap"
)

// invalid explains what the Validate methods of a part and of all below say.
func (c *check) invalid(p part) {
	if err := confmap.Validate(p.config); err != nil {
		c.validateLeaf(p, nil, err)
	}
}

// validateLeaf goes through joined errors and those that carry a path, which
// they print before the error inside.
func (c *check) validateLeaf(p part, path []string, err error) {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range many.Unwrap() {
			c.validateLeaf(p, path, e)
		}
		return
	}
	if in := errors.Unwrap(err); in != nil {
		before, ok := strings.CutSuffix(err.Error(), in.Error())
		switch {
		case !ok:
		case before == "": // a wrapper without words
			c.validateLeaf(p, path, in)
			return
		case pathPrefix.MatchString(before):
			c.validateLeaf(p, below(path, existing(at(p.raw, path), strings.TrimSuffix(before, ": "))...), in)
			return
		}
	}
	c.message(p, path, err)
}

var pathPrefix = regexp.MustCompile(`^[\w./-]+(::[\w./-]+)*: $`)

// existing keeps the parts of a path that the configuration has: Go names of
// embedded parts are in it too.
func existing(v any, name string) (path []string) {
	for _, key := range strings.Split(name, "::") {
		if in, ok := child(v, key); ok {
			v, path = in, append(path, key)
		}
	}
	return path
}

// message is a problem told in words of its own. When it begins with a key, or
// names one that is there, it is put on that key.
func (c *check) message(p part, path []string, err error) {
	msg := strings.TrimSpace(err.Error())
	if !p.trusted {
		msg = c.hide.text(msg)
	}
	before := len(path)
	if path, msg = p.keyed(path, msg); len(path) == before {
		path = below(path, holder(at(p.raw, path), err.Error())...)
	}
	c.add(below(p.path, path...), msg)
}

var (
	leadingKey = regexp.MustCompile("^[`'\"]?([A-Za-z_][\\w./-]*(?:(?:::|\\.)[\\w./-]+|\\[\\d+\\])*)[`'\"]?: ")
	word       = regexp.MustCompile(`[A-Za-z_][\w]*(?:(?:\.|::)[A-Za-z_]\w*)*`)
)

func (p part) keyed(path []string, msg string) ([]string, string) {
	here := at(p.raw, path)
	if m := leadingKey.FindStringSubmatch(msg); m != nil {
		more, whole := named(here, m[1])
		switch {
		case whole:
			return below(path, more...), msg[len(m[0]):]
		case len(more) > 0:
			return below(path, more...), msg
		case slices.Contains(accepted(p.config, path), m[1]):
			return below(path, m[1]), msg[len(m[0]):] // a key that is missing
		}
	}
	for _, w := range word.FindAllString(msg, -1) {
		if more, whole := named(here, w); whole && len(more) > 0 {
			return below(path, more...), msg
		}
	}
	return path, msg
}

// holder returns the one key whose value a message repeats, or else the one that
// it names, at any depth; nil when there are none or several.
func holder(v any, msg string) []string {
	var byValue, byName [][]string
	spoken := map[string]bool{}
	for _, w := range word.FindAllString(msg, -1) {
		spoken[w] = len(w) >= 3
	}
	visit(v, nil, func(at []string, v any) {
		if s := scalar(v); len(s) >= 4 && strings.Contains(msg, s) {
			byValue = append(byValue, at)
		}
		if len(at) > 0 && spoken[at[len(at)-1]] {
			byName = append(byName, at)
		}
	})
	switch {
	case len(byValue) == 1:
		return byValue[0]
	case len(byValue) == 0 && len(byName) == 1:
		return byName[0]
	}
	return nil
}

// visit calls f with everything below v and its path.
func visit(v any, at []string, f func(at []string, v any)) {
	if len(at) > maxNesting {
		return
	}
	f(at, v)
	switch v := v.(type) {
	case map[string]any:
		for _, k := range sorted(v) {
			visit(v[k], below(at, k), f)
		}
	case []any:
		for i, x := range v {
			visit(x, below(at, strconv.Itoa(i)), f)
		}
	}
}
