package backendextension

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

const apiPrefix = "/api/"

// policy forbids all that a page doesn't need; pages are mounted with one of
// their own that is no wider.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
	"frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

// handler serves the API below /api/ and the mounted pages elsewhere.
func (b *backend) handler() http.Handler {
	api := b.api()
	origins := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := &recorder{ResponseWriter: w, code: http.StatusOK}
		defer func() {
			b.telemetry.WeirBackendRequests.Add(r.Context(), 1, metric.WithAttributes(attribute.Int("code", rec.code)))
		}()
		secure(rec.Header())
		switch {
		case !b.knownHost(r.Host):
			b.fail(rec, r, errHost)
		case origins.Check(r) != nil:
			b.fail(rec, r, errCSRF)
		case strings.HasPrefix(r.URL.Path, apiPrefix):
			rec.Header().Set("Cache-Control", "no-store")
			api.ServeHTTP(rec, r)
		default:
			b.page(rec, r)
		}
	})
}

func (b *backend) page(w http.ResponseWriter, r *http.Request) {
	if h := b.pages.Load(); h != nil {
		(*h).ServeHTTP(w, r)
		return
	}
	b.fail(w, r, &problem{status: http.StatusNotFound, code: "not_found", message: "no console is configured: add the extension console"})
}

func secure(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
}

// knownHost keeps out pages whose name was made to lead to this machine (DNS
// rebinding): to the browser they are of the backend's origin.
func (b *backend) knownHost(hostport string) bool {
	if len(b.cfg.Hosts) == 0 && !b.cfg.private() {
		return true
	}
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	host = strings.ToLower(strings.Trim(host, "[]"))
	if host == "" || host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	return slices.ContainsFunc(b.cfg.Hosts, func(h string) bool { return strings.EqualFold(h, host) })
}

// recorder remembers the status of the answer.
type recorder struct {
	http.ResponseWriter
	code int
}

func (r *recorder) WriteHeader(code int) {
	r.code = code
	r.ResponseWriter.WriteHeader(code)
}

// Unwrap is for http.ResponseController.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
