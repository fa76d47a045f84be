// Package httpclient makes the HTTP client of an exporter out of confighttp's
// settings, with what a store's client needs beyond it.
package httpclient

import (
	"context"
	"maps"
	"net/http"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/confighttp"
	"go.opentelemetry.io/collector/config/configmiddleware"
	"go.opentelemetry.io/collector/extension/extensionmiddleware"
)

// transportID names the middleware by which New gets hold of the transport.
// No extension can have this name: it is not one that a configuration accepts.
var transportID = component.NewIDWithName(component.MustNewType("weir_transport"), "own connection pool")

// New makes the client of cfg. Unlike cfg.ToClient's, it follows no redirect,
// since a redirected POST becomes a GET whose 200 would look like a success,
// and close closes its idle connections, which the wrappers around the
// transport would keep from it.
func New(ctx context.Context, cfg confighttp.ClientConfig, host component.Host, set component.TelemetrySettings) (client *http.Client, closeIdle func(), err error) {
	pool := &connections{}
	// Wrapped first, the innermost.
	cfg.Middlewares = append(cfg.Middlewares[:len(cfg.Middlewares):len(cfg.Middlewares)], configmiddleware.Config{ID: transportID})
	extensions := maps.Clone(host.GetExtensions())
	if extensions == nil {
		extensions = map[component.ID]component.Component{}
	}
	extensions[transportID] = pool
	client, err = cfg.ToClient(ctx, extensions, set)
	if err != nil {
		return nil, nil, err
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return client, pool.closeIdle, nil
}

// connections is a middleware that changes nothing and remembers the transport.
type connections struct {
	component.StartFunc
	component.ShutdownFunc
	transport http.RoundTripper
}

var _ extensionmiddleware.HTTPClient = (*connections)(nil)

func (c *connections) GetHTTPRoundTripper(context.Context) (extensionmiddleware.WrapHTTPRoundTripperFunc, error) {
	return func(_ context.Context, base http.RoundTripper) (http.RoundTripper, error) {
		c.transport = base
		return base, nil
	}, nil
}

func (c *connections) closeIdle() { (&http.Client{Transport: c.transport}).CloseIdleConnections() }
