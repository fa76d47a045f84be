package backendextension

import (
	"encoding/json"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	backendv1 "github.com/weir-telemetry/weir/api/weir/backend/v1"
)

// document is the description, and what it takes to hold answers to it.
type document struct {
	t    *testing.T
	root map[string]any
}

func description(t *testing.T) *document {
	t.Helper()
	d := &document{t: t}
	require.NoError(t, yaml.Unmarshal(backendv1.OpenAPI, &d.root))
	return d
}

// at follows keys and references.
func (d *document) at(v any, keys ...string) any {
	d.t.Helper()
	for {
		m, _ := v.(map[string]any)
		if ref, ok := m["$ref"].(string); ok {
			v = d.at(d.root, strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
			continue
		}
		if len(keys) == 0 {
			return v
		}
		v, keys = m[keys[0]], keys[1:]
		require.NotNil(d.t, v, keys)
	}
}

// check holds a value to a schema: types, required keys, no unknown ones,
// enumerations and patterns.
func (d *document) check(schema, v any, where string) {
	d.t.Helper()
	m := d.at(schema).(map[string]any)
	if enum, ok := m["enum"].([]any); ok {
		assert.Contains(d.t, enum, v, where)
	}
	if p, ok := m["pattern"].(string); ok {
		assert.Regexp(d.t, regexp.MustCompile(p), v, where)
	}
	switch m["type"] {
	case "object":
		got, ok := v.(map[string]any)
		require.True(d.t, ok, where)
		properties, open := m["properties"].(map[string]any)
		required, _ := m["required"].([]any)
		for _, k := range required {
			assert.Contains(d.t, got, k, where)
		}
		if !open {
			return
		}
		for k, x := range got {
			if assert.Contains(d.t, properties, k, where) {
				d.check(properties[k], x, where+"."+k)
			}
		}
	case "array":
		list, ok := v.([]any)
		require.True(d.t, ok, where)
		for _, x := range list {
			d.check(m["items"], x, where+"[]")
		}
	case "string":
		assert.IsType(d.t, "", v, where)
	case "integer", "number":
		assert.IsType(d.t, 0.0, v, where)
	case "boolean":
		assert.IsType(d.t, true, v, where)
	}
}

func TestEveryRouteIsDescribedAndEveryDescriptionServed(t *testing.T) {
	d := description(t)
	var described, served []string
	for path, item := range d.at(d.root, "paths").(map[string]any) {
		for method := range item.(map[string]any) {
			if method != "parameters" {
				described = append(described, strings.ToUpper(method)+" "+path)
			}
		}
	}
	for _, rt := range (&backend{}).routes() {
		served = append(served, rt.method+" "+rt.path)
	}
	slices.Sort(described)
	slices.Sort(served)
	assert.Equal(t, described, served)
}

// TestAnswersFitTheDescription calls every operation that answers something.
func TestAnswersFitTheDescription(t *testing.T) {
	d := description(t)
	b, id := filled(t, nil)
	u := visitor(t, b).login("admin", adminPassword)
	called := map[string]bool{}
	call := func(method, path, target string, body any, status string) map[string]any {
		t.Helper()
		code, header, raw := u.raw(method, "/api/v1"+target, body)
		operation := d.at(d.root, "paths", path, strings.ToLower(method))
		require.Equal(t, status, http.StatusText(code), string(raw))
		called[method+" "+path] = true
		if code == http.StatusNoContent {
			d.at(operation, "responses", "204")
			assert.Empty(t, raw)
			return nil
		}
		if header.Get("Content-Type") == "application/yaml" {
			return nil
		}
		var v map[string]any
		require.NoError(t, json.Unmarshal(raw, &v))
		schema := d.at(operation, "responses", map[string]string{"OK": "200", "Created": "201"}[status], "content", "application/json", "schema")
		d.check(schema, v, method+" "+path)
		return v
	}
	const p = "/projects/{project}"
	call("GET", "/session", "/session", nil, "OK")
	call("GET", "/projects", "/projects", nil, "OK")
	project := call("POST", "/projects", "/projects", map[string]any{"name": "x", "environment": "staging"}, "Created")["id"].(string)
	call("PATCH", p, "/projects/"+project, map[string]any{"name": "y"}, "OK")
	key := call("POST", p+"/keys", "/projects/"+id+"/keys", map[string]any{"description": "a"}, "Created")["id"].(string)
	_ = call("POST", p+"/keys/{key}/rotate", "/projects/"+id+"/keys/"+key+"/rotate", nil, "Created")
	keys := call("GET", p+"/keys", "/projects/"+id+"/keys", nil, "OK")["keys"].([]any)
	require.Len(t, keys, 2)
	for _, k := range keys {
		if k := k.(map[string]any); k["revoked"] == nil {
			call("DELETE", p+"/keys/{key}", "/projects/"+id+"/keys/"+k["id"].(string), nil, "No Content")
		}
	}
	for _, query := range []string{"", "?state=open", "?state=all&since=2026-01-01T00:00:00Z"} {
		list := call("GET", p+"/symptoms", "/projects/"+id+"/symptoms"+query, nil, "OK")["symptoms"].([]any)
		require.Len(t, list, 1)
		assert.NotEqual(t, "svc.latency.shift", list[0].(map[string]any)["title"])
		assert.NotEmpty(t, list[0].(map[string]any)["history"])
	}
	m := call("GET", p+"/map", "/projects/"+id+"/map", nil, "OK")
	assert.Len(t, m["nodes"], 2)
	assert.Len(t, m["edges"], 1)
	assert.Len(t, call("GET", p+"/entities", "/projects/"+id+"/entities?query=user", nil, "OK")["entities"], 1)
	e := call("GET", p+"/entities/{entity}", "/projects/"+id+"/entities/00000000000000a2", nil, "OK")
	assert.NotEmpty(t, e["series"].(map[string]any)["p95_seconds"])
	assert.NotEmpty(t, call("GET", p+"/sensitive", "/projects/"+id+"/sensitive", nil, "OK")["flows"])
	assert.Len(t, call("GET", p+"/egress", "/projects/"+id+"/egress", nil, "OK")["envelopes"], 3)
	assert.Equal(t, true, call("POST", p+"/egress/verify", "/projects/"+id+"/egress/verify", nil, "OK")["ok"])
	assert.NotEmpty(t, call("GET", p+"/coverage", "/projects/"+id+"/coverage", nil, "OK")["agents"])
	who := call("POST", "/users", "/users", map[string]any{"name": "ann", "role": "viewer", "password": "the first of ann"}, "Created")["id"].(string)
	call("GET", "/users", "/users", nil, "OK")
	call("PATCH", "/users/{user}", "/users/"+who, map[string]any{"role": "editor"}, "OK")
	call("DELETE", "/users/{user}", "/users/"+who, nil, "No Content")
	assert.NotEmpty(t, call("GET", "/access-log", "/access-log", nil, "OK")["entries"])
	call("GET", "/openapi.yaml", "/openapi.yaml", nil, "OK")
	// An empty project answers lists, not null.
	for _, page := range []string{"symptoms", "map", "entities", "sensitive", "egress", "coverage", "keys"} {
		call("GET", p+"/"+page, "/projects/"+project+"/"+page, nil, "OK")
	}
	call("DELETE", p, "/projects/"+project, nil, "No Content")
	call("DELETE", "/session", "/session", nil, "No Content")
	call("POST", "/session", "/session", map[string]any{"user": "admin", "password": adminPassword}, "No Content")

	for _, rt := range b.routes() {
		assert.Contains(t, slices.Collect(maps.Keys(called)), rt.method+" "+rt.path)
	}
	// Errors have one shape.
	schema := d.at(d.root, "components", "responses", "Error", "content", "application/json", "schema")
	u.csrf = ""
	for _, path := range []string{"/projects/none/map", "/projects/" + id + "/entities/xyz", "/projects/" + id + "/egress?before=x",
		"/projects/" + id + "/symptoms?state=x", "/projects/" + id + "/symptoms?since=x", "/nothing"} {
		code, _, raw := u.raw("GET", "/api/v1"+path, nil)
		assert.Contains(t, []int{400, 404}, code)
		var v map[string]any
		require.NoError(t, json.Unmarshal(raw, &v))
		d.check(schema, v, path)
	}
}
