// Package hostdirectory finds the directory extension of a running Collector
// for a component that wants to name addresses. It stands apart so that the
// directory itself knows nothing of the Collector.
package hostdirectory

import (
	"errors"
	"fmt"

	"go.opentelemetry.io/collector/component"

	"github.com/weir-telemetry/weir/internal/directory"
)

// Find returns the directory named id; with a nil id the only one there is, or
// one that knows nobody when there is none. It errs when the named one is not
// there or is none, and when several could be meant.
func Find(host component.Host, id *component.ID) (directory.Resolver, error) {
	extensions := host.GetExtensions()
	if id != nil {
		r, ok := extensions[*id].(directory.Resolver)
		if !ok {
			return nil, fmt.Errorf("directory: extension %q is not configured under service::extensions or is no directory", id)
		}
		return r, nil
	}
	var found directory.Resolver
	for _, e := range extensions {
		if r, ok := e.(directory.Resolver); ok {
			if found != nil {
				return nil, errors.New("directory: there are several directory extensions, name one")
			}
			found = r
		}
	}
	if found == nil {
		found = &directory.Snapshot{}
	}
	return found, nil
}
