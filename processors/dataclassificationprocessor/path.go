package dataclassificationprocessor

import (
	"bytes"
	"strings"

	"github.com/weir-telemetry/weir/internal/inspect"
	"github.com/weir-telemetry/weir/internal/walk"
)

var partNames = map[walk.Part]string{
	walk.Name: "name", walk.Version: "version", walk.SchemaURL: "schema_url", walk.Severity: "severity_text",
	walk.EventName: "event_name", walk.Status: "status.message", walk.TraceState: "trace_state",
	walk.Unit: "unit", walk.Description: "description",
}

// direction of an exchange that a place belongs to; empty elsewhere.
func direction(at *walk.Place) string {
	if d, _, ok := inspect.InExchangeBody(at); ok {
		return d
	}
	if !inspect.IsExchange(at) || at.Part != walk.Attributes || len(at.Steps()) == 0 {
		return ""
	}
	k := at.Steps()[0].Key
	switch {
	case strings.HasPrefix(k, "http.response."):
		return "response"
	case strings.HasPrefix(k, "url."), strings.HasPrefix(k, "http.request."):
		return "request"
	default:
		return ""
	}
}

// appendRoot appends the path of a place, without values: keys that are
// findings, or look like identifiers, are folded into {*}.
func appendRoot(dst []byte, at *walk.Place) []byte {
	steps := at.Steps()
	switch at.Part {
	case walk.Body:
		if _, section, ok := inspect.InExchangeBody(at); ok {
			if section == "headers" {
				steps = steps[:min(len(steps), 3)] // the name, whichever of its values
			}
			return appendSteps(append(dst, section...), steps[2:])
		}
		return appendSteps(append(dst, "body"...), steps)
	case walk.Attributes:
		switch {
		case len(steps) == 1 && (steps[0].Key == "url.query" || steps[0].Key == "url.path"):
			return append(dst, steps[0].Key...)
		case inspect.IsHeader(steps[0].Key):
			steps = steps[:1]
		}
		return appendSteps(append(dst, attributesRoot(at)...), steps)
	case walk.Metadata:
		return appendSteps(append(dst, "metadata"...), steps)
	}
	if at.Record.Kind == walk.ScopeUnit {
		dst = append(dst, "scope."...)
	}
	return append(dst, partNames[at.Part]...)
}

func attributesRoot(at *walk.Place) string {
	switch at.Record.Kind {
	case walk.Resource:
		return "resource"
	case walk.ScopeUnit:
		return "scope.attributes"
	case walk.Exemplar:
		return "exemplars.attributes"
	}
	return "attributes"
}

func appendSteps(dst []byte, steps []walk.Step) []byte {
	for _, s := range steps {
		switch {
		case s.InList:
			dst = append(dst, "[*]"...)
		case s.Fold:
			dst = append(dst, ".{*}"...)
		default:
			dst = append(append(dst, '.'), s.Key...)
		}
	}
	return dst
}

// appendWithin appends a path within a value. Names that no developer chose,
// such as what stands before the first '=' of something that only looks like a
// form, are folded.
func appendWithin(dst, path []byte) []byte {
	for {
		from := bytes.Index(path, []byte("['"))
		if from < 0 {
			return append(dst, path...)
		}
		n := bytes.Index(path[from:], []byte("']"))
		if n < 0 {
			return append(append(dst, path[:from]...), ".{*}"...)
		}
		dst = append(dst, path[:from]...)
		if end := from + n; isName(string(path[from+2 : end])) {
			dst = append(dst, path[from:end+2]...)
		} else {
			dst = append(dst, ".{*}"...)
		}
		path = path[from+n+2:]
	}
}

// isName reports whether a key is a name that a developer chose, not an
// identifier: short, of letters, digits and punctuation of names, with few
// digits.
func isName(k string) bool {
	if inspect.PlainKey(k) {
		return true
	}
	digits, letters := 0, 0
	for i := range len(k) {
		switch c := k[i]; {
		case c >= '0' && c <= '9':
			digits++
		case c|0x20 >= 'a' && c|0x20 <= 'z':
			letters++
		case c != '.' && c != '_' && c != '-' && c != '/':
			return false
		}
	}
	return len(k) <= 64 && digits < 4 && letters > 0
}
