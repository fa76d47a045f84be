package inspect

import (
	"strings"

	"github.com/weir-telemetry/weir/internal/detect"
	"github.com/weir-telemetry/weir/internal/walk"
)

// shape says how a value is to be read, where its place tells.
type shape uint8

const (
	guess   shape = iota // Engine.Value
	header               // a field value
	query                // Engine.Form
	address              // a URL or a path: percent-decoded, its query as a form
	body                 // of an exchange, by its content type
	sql                  // a statement
)

// headerPrefixes begin the keys of attributes that hold header fields.
var headerPrefixes = [...]string{
	"http.request.header.", "http.response.header.",
	"rpc.request.metadata.", "rpc.response.metadata.",
	"rpc.grpc.request.metadata.", "rpc.grpc.response.metadata.",
	"rpc.connect_rpc.request.metadata.", "rpc.connect_rpc.response.metadata.",
}

// shapeOf returns the shape and, for a field value, the name of the header.
func shapeOf(at *walk.Place) (s shape, name string) {
	steps := at.Steps()
	if len(steps) == 0 || at.Part != walk.Body && at.Part != walk.Attributes && at.Part != walk.Metadata {
		return guess, ""
	}
	if _, section, ok := InExchangeBody(at); ok {
		switch {
		case section == "headers" && len(steps) >= 3:
			return header, steps[2].Key
		case section == "body" && len(steps) == 2:
			return body, ""
		}
	}
	if n := headerOf(steps[0].Key); n != "" {
		return header, n
	}
	leaf := lastName(steps, len(steps))
	if leaf < 0 {
		return guess, ""
	}
	if above := lastName(steps, leaf); above >= 0 && isHeaders(steps[above].Key) {
		return header, steps[leaf].Key
	}
	return named(steps[leaf].Key), ""
}

// isHeaders holds for the key of a map that somebody logged header fields in.
func isHeaders(key string) bool {
	const suffix = "eaders"
	return strings.HasSuffix(key, suffix) && (len(key) > len(suffix)) && key[len(key)-len(suffix)-1]|0x20 == 'h'
}

func named(key string) shape {
	switch key {
	case "url.query":
		return query
	case "url.path", "url.full", "url.original", "url.fragment", "http.url", "http.target", "http.path", "http.route":
		return address
	case "db.query.text", "db.statement", "sql.query":
		return sql
	}
	return guess
}

// headerOf returns the name of the field that an attribute of this key holds,
// empty when it holds none.
func headerOf(key string) string {
	if !strings.HasPrefix(key, "http.") && !strings.HasPrefix(key, "rpc.") {
		return ""
	}
	for _, p := range headerPrefixes {
		if n, ok := strings.CutPrefix(key, p); ok {
			return n
		}
	}
	return ""
}

// IsHeader reports whether an attribute of this key holds header fields.
func IsHeader(key string) bool { return headerOf(key) != "" }

// maxName is how much of a header's name is looked at, in bytes. No name that
// gives context is longer.
const maxName = 64

// header scans a field value. Underscores of old attribute names
// (http.request.header.x_api_key) stand for hyphens.
func (i *Inspector) header(r *detect.Result, name string, s []byte) {
	i.name = append(append(i.name, '.'), name[:min(len(name), maxName)]...)
	lower := i.name[1:]
	for j, c := range lower {
		switch {
		case c == '_':
			lower[j] = '-'
		case 'A' <= c && c <= 'Z':
			lower[j] = c + 'a' - 'A'
		}
	}
	switch text(lower) {
	case "referer", "location", "content-location", "origin", ":path", "x-original-url", "x-rewrite-url",
		"x-original-uri", "x-forwarded-uri", "x-envoy-original-path":
		i.url(r, s)
	default:
		i.engine.Header(r, text(lower), s, detect.Input{})
	}
}
