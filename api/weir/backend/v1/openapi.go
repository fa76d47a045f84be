// Package backendv1 holds the description of the backend's JSON API.
package backendv1

import _ "embed" // for the description

// OpenAPI is the description in YAML, as the backend serves it.
//
//go:embed openapi.yaml
var OpenAPI []byte
