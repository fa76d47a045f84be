package configerr

import (
	"fmt"
	"strconv"
	"strings"
)

// scalar is a single value as text, "" for maps and lists.
func scalar(v any) string {
	switch v.(type) {
	case nil, map[string]any, []any:
		return ""
	}
	return fmt.Sprint(v)
}

// child returns what stands under one key or index of a resolved configuration.
func child(v any, key string) (any, bool) {
	switch v := v.(type) {
	case map[string]any:
		x, ok := v[key]
		return x, ok
	case []any:
		if i, err := strconv.Atoi(key); err == nil && i >= 0 && i < len(v) {
			return v[i], true
		}
	}
	return nil, false
}

// named reads a path as others write it ("a.b[c][0].d", "a::b::c") against what
// is there, since names may hold dots themselves. It returns the part of the
// path that exists and whether that is all of it.
func named(v any, name string) (path []string, whole bool) {
	for name != "" {
		key, rest, ok := longest(v, name)
		if !ok {
			return path, false
		}
		v, _ = child(v, key)
		path, name = append(path, key), rest
	}
	return path, true
}

// longest cuts the longest key that exists in v from the front of name.
func longest(v any, name string) (key, rest string, ok bool) {
	if in, isBracket := strings.CutPrefix(name, "["); isBracket {
		for i := range in {
			if in[i] != ']' {
				continue
			}
			if _, there := child(v, in[:i]); there {
				return in[:i], separator(in[i+1:]), true
			}
		}
		return "", "", false
	}
	for i := len(name); i > 0; i-- {
		if i < len(name) && name[i] != '.' && name[i] != '[' && !strings.HasPrefix(name[i:], "::") {
			continue
		}
		if _, there := child(v, name[:i]); there {
			return name[:i], separator(name[i:]), true
		}
	}
	return "", "", false
}

func separator(s string) string {
	if rest, ok := strings.CutPrefix(s, "::"); ok {
		return rest
	}
	return strings.TrimPrefix(s, ".")
}

// at returns what stands at a path, nil when nothing does.
func at(v any, path []string) any {
	for _, p := range path {
		v, _ = child(v, p)
	}
	return v
}
