// Package shared lets one instance of a component serve several pipelines: the
// factory is asked once per signal, and all get the same instance, which is
// started once and shut down once.
package shared

import (
	"context"
	"sync"

	"go.opentelemetry.io/collector/component"
)

// Map holds the instances by key, usually the pointer of their configuration.
// It is safe for concurrent use; the zero value is ready.
type Map[K comparable, V component.Component] struct {
	mu   sync.Mutex
	live map[K]*Component[V]
}

// Component is one instance for several pipelines.
type Component[V component.Component] struct {
	inner       V
	start, stop sync.Once
	err         error
	remove      func()
}

// Get returns the instance of key and makes it when there is none.
func (m *Map[K, V]) Get(key K, create func() (V, error)) (*Component[V], error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if c := m.live[key]; c != nil {
		return c, nil
	}
	inner, err := create()
	if err != nil {
		return nil, err
	}
	c := &Component[V]{inner: inner}
	c.remove = func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.live, key)
	}
	if m.live == nil {
		m.live = map[K]*Component[V]{}
	}
	m.live[key] = c
	return c, nil
}

// Unwrap returns the instance.
func (c *Component[V]) Unwrap() V { return c.inner }

// Start starts the instance the first time; later calls return its result.
func (c *Component[V]) Start(ctx context.Context, host component.Host) error {
	c.start.Do(func() { c.err = c.inner.Start(ctx, host) })
	return c.err
}

// Shutdown shuts the instance down the first time and forgets it.
func (c *Component[V]) Shutdown(ctx context.Context) error {
	var err error
	c.stop.Do(func() {
		err = c.inner.Shutdown(ctx)
		c.remove()
	})
	return err
}
