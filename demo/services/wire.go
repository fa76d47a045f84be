package services

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
)

// call sends one request as a role, with the trace of ctx carried on, and
// returns status and body. A body of url.Values type goes as a form.
func (f *Fleet) call(ctx context.Context, from, method, url string, body any, headers map[string]string) (int, []byte, error) {
	payload, kind, err := encode(body)
	if err != nil {
		return 0, nil, err
	}
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(payload))
	if err != nil {
		return 0, nil, fmt.Errorf("make request of %s: %w", from, err)
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	if tp, ok := ctx.Value(traceKey{}).(string); ok {
		req.Header.Set("Traceparent", tp)
	}
	for k, v := range headers {
		req.Header.Set(k, v)
	}
	resp, err := f.clients[from].Do(req)
	if err != nil {
		return 0, nil, fmt.Errorf("call by %s: %w", from, err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	return resp.StatusCode, data, err
}

type traceKey struct{}

// traced keeps the caller's traceparent for the calls that follow from it.
func traced(r *http.Request) context.Context {
	return context.WithValue(r.Context(), traceKey{}, r.Header.Get("Traceparent"))
}

type form interface{ Encode() string }

func encode(body any) ([]byte, string, error) {
	switch b := body.(type) {
	case nil:
		return nil, "", nil
	case form:
		return []byte(b.Encode()), "application/x-www-form-urlencoded", nil
	default:
		data, err := json.Marshal(b)
		return data, "application/json", err
	}
}

// answer writes v as JSON.
func answer(w http.ResponseWriter, status int, v any) {
	data, err := json.Marshal(v)
	if err != nil {
		http.Error(w, "can't encode", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(data) // a caller who left does not matter
}

// compressSome answers every other request with gzip when the caller takes it.
func compressSome(h http.Handler) http.Handler {
	var n atomic.Int64
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n.Add(1)%2 == 0 || !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			h.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		h.ServeHTTP(&gzipWriter{w, z}, r)
		_ = z.Close() // as above
	})
}

type gzipWriter struct {
	http.ResponseWriter
	z *gzip.Writer
}

// Write compresses what the handler writes.
func (g *gzipWriter) Write(b []byte) (int, error) { return g.z.Write(b) }

// Flush sends what was written as a chunk of its own.
func (g *gzipWriter) Flush() {
	_ = g.z.Flush() // the write that follows tells of an error
	if f, ok := g.ResponseWriter.(http.Flusher); ok {
		f.Flush()
	}
}
