package guard

import (
	"fmt"
	"strings"
)

// surest is the detection engine's own threshold in percent: a higher one lets
// findings pass.
const surest = 50

// weakness says by what key a pii_redaction instance leaves findings as they
// are, or nothing when it really redacts. It judges by default_action, actions,
// types and min_confidence; what it can't read counts as weak.
func (c *config) weakness(id string) string {
	raw, defined := c.processors[id]
	if !defined {
		return "it isn't defined"
	}
	m := asMap(raw)
	if raw != nil && !isMap(raw) {
		return "its configuration isn't a map"
	}
	if a, ok := m["default_action"]; ok && !acts(a) && a != nil && a != "" {
		return "default_action lets values pass"
	}
	if a := m["actions"]; a != nil && !isMap(a) { // a nil map is one
		return "actions isn't a map"
	}
	for _, name := range sorted(asMap(m["actions"])) {
		if !acts(asMap(m["actions"])[name]) {
			return "actions::" + name + " lets values pass"
		}
	}
	if !empty(m["types"]) {
		return "types leaves other data types out"
	}
	if !atMost(m["min_confidence"], surest) {
		return fmt.Sprintf("min_confidence is above %d", surest)
	}
	return ""
}

func isMap(v any) bool {
	_, ok := v.(map[string]any)
	return ok
}

func acts(v any) bool {
	s, ok := v.(string)
	if !ok {
		return false
	}
	switch strings.ToLower(s) {
	case "mask", "replace", "remove", "hash":
		return true
	}
	return false
}

func empty(v any) bool {
	switch l := v.(type) {
	case nil:
		return true
	case []any:
		return len(l) == 0
	case []string:
		return len(l) == 0
	}
	return false
}

func atMost(v any, limit int) bool {
	switch n := v.(type) {
	case nil:
		return true
	case int:
		return n <= limit
	case int64:
		return n <= int64(limit)
	case uint64:
		return n <= uint64(limit)
	}
	return false
}
