package consoleextension

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func gzipped(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := io.WriteString(w, text)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}

const (
	html   = "<!doctype html><title>Weir</title>"
	script = "console.log(1)"
)

func sampleHandler(t *testing.T) (*handler, *[]int) {
	t.Helper()
	set, err := load(fstest.MapFS{
		".gitkeep":            {},
		"index.html":          {Data: []byte(html)},
		"assets/main-A.js":    {Data: []byte(script)},
		"assets/main-A.js.gz": {Data: gzipped(t, script)},
		"assets/main-A.css":   {Data: []byte("a{}")},
		"assets/icon-A.svg":   {Data: []byte("<svg/>")},
		"licences.txt":        {Data: []byte("MIT")},
	})
	require.NoError(t, err)
	require.True(t, set.built)
	codes := &[]int{}
	return &handler{files: set, answered: func(_ *http.Request, code int) { *codes = append(*codes, code) }}, codes
}

func ask(h http.Handler, method, path string, headers ...string) *http.Response {
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func TestFiles(t *testing.T) {
	h, codes := sampleHandler(t)
	const forever = "public, max-age=31536000, immutable"
	for _, tc := range []struct{ path, contentType, cache, body string }{
		{"/", "text/html; charset=utf-8", "no-store", html},
		{"/index.html", "text/html; charset=utf-8", "no-store", html},
		{"/assets/main-A.js", "text/javascript; charset=utf-8", forever, script},
		{"/assets/main-A.css", "text/css; charset=utf-8", forever, "a{}"},
		{"/assets/icon-A.svg", "image/svg+xml", forever, "<svg/>"},
		{"/favicon.ico", "image/svg+xml", "no-store", "<svg/>"},
		{"/licences.txt", "text/plain; charset=utf-8", "no-store", "MIT"},
	} {
		resp := ask(h, http.MethodGet, tc.path)
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		assert.Equal(t, http.StatusOK, resp.StatusCode, tc.path)
		assert.Equal(t, tc.body, string(body), tc.path)
		assert.Equal(t, tc.contentType, resp.Header.Get("Content-Type"), tc.path)
		assert.Equal(t, tc.cache, resp.Header.Get("Cache-Control"), tc.path)
	}
	assert.Equal(t, []int{200, 200, 200, 200, 200, 200, 200}, *codes)
}

func TestGzip(t *testing.T) {
	h, _ := sampleHandler(t)
	resp := ask(h, http.MethodGet, "/assets/main-A.js", "Accept-Encoding", "br, gzip")
	require.Equal(t, "gzip", resp.Header.Get("Content-Encoding"))
	assert.Equal(t, "Accept-Encoding", resp.Header.Get("Vary"))
	r, err := gzip.NewReader(resp.Body)
	require.NoError(t, err)
	body, err := io.ReadAll(r)
	require.NoError(t, err)
	assert.Equal(t, script, string(body))
	// What was not compressed at the build is not compressed here.
	assert.Empty(t, ask(h, http.MethodGet, "/assets/main-A.css", "Accept-Encoding", "gzip").Header.Get("Content-Encoding"))

	for header, want := range map[string]bool{
		"": false, "gzip": true, "GZIP": true, "*": true, "br": false, "gzip;q=0": false, "gzip; q=0.5": true,
		"*, gzip;q=0": false, "*;q=0": false, "gzip;q=x": false, "deflate, gzip;q=1.0": true, "xgzip": false,
	} {
		assert.Equal(t, want, acceptsGzip(header), header)
	}
}

func TestNotModified(t *testing.T) {
	h, codes := sampleHandler(t)
	for _, encoding := range []string{"", "gzip"} {
		tag := ask(h, http.MethodGet, "/assets/main-A.js", "Accept-Encoding", encoding).Header.Get("ETag")
		require.NotEmpty(t, tag)
		resp := ask(h, http.MethodGet, "/assets/main-A.js", "Accept-Encoding", encoding, "If-None-Match", tag)
		assert.Equal(t, http.StatusNotModified, resp.StatusCode)
	}
	assert.Equal(t, []int{200, 304, 200, 304}, *codes)
}

func TestRefusals(t *testing.T) {
	h, codes := sampleHandler(t)
	for _, path := range []string{"/other", "/assets/", "/assets/main-A.js.gz", "/.gitkeep", "/../config.go", "/api/v1/session"} {
		assert.Equal(t, http.StatusNotFound, ask(h, http.MethodGet, path).StatusCode, path)
	}
	resp := ask(h, http.MethodPost, "/")
	assert.Equal(t, http.StatusMethodNotAllowed, resp.StatusCode)
	assert.Equal(t, "GET, HEAD", resp.Header.Get("Allow"))
	assert.Equal(t, []int{404, 404, 404, 404, 404, 404, 405}, *codes)

	resp = ask(h, http.MethodHead, "/")
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	assert.Empty(t, body)
	assert.Equal(t, http.StatusOK, resp.StatusCode)
}

// Every answer, refusals too, bears the policy.
func TestPolicy(t *testing.T) {
	h, _ := sampleHandler(t)
	for _, path := range []string{"/", "/assets/main-A.js", "/other"} {
		header := ask(h, http.MethodGet, path).Header
		csp := header.Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "img-src 'self' data:", "frame-ancestors 'none'"} {
			assert.Contains(t, csp, part, path)
		}
		assert.NotContains(t, csp, "unsafe", path)
		assert.Equal(t, "nosniff", header.Get("X-Content-Type-Options"), path)
		assert.Equal(t, "no-referrer", header.Get("Referrer-Policy"), path)
	}
}

// A checkout that never bundled the pages still builds, and says what to do.
func TestUnbuilt(t *testing.T) {
	set, err := load(fstest.MapFS{".gitkeep": {}})
	require.NoError(t, err)
	assert.False(t, set.built)
	resp := ask(&handler{files: set, answered: func(*http.Request, int) {}}, http.MethodGet, "/")
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	assert.Equal(t, http.StatusOK, resp.StatusCode)
	assert.Contains(t, string(body), "make build")
}

// What is embedded, if it was built: the page names no file that is not there,
// holds nothing that the policy forbids, and all stays below its limit.
func TestEmbedded(t *testing.T) {
	set, err := embedded()
	require.NoError(t, err)
	if !set.built {
		missing(t, "the pages are not in this test: run scripts/console first (make test does)")
	}
	index := string(set.byPath["/"].body)
	assert.NotContains(t, index, "<style")
	assert.NotContains(t, index, "style=")
	assert.NotContains(t, index, "http:")
	assert.NotContains(t, index, "https:")
	for _, part := range strings.Split(index, `"/`)[1:] {
		name, _, _ := strings.Cut(part, `"`)
		assert.Contains(t, set.byPath, "/"+name)
	}
	size := 0
	for path, f := range set.byPath {
		if path == "/" || path == "/favicon.ico" {
			continue // also there under another name
		}
		assert.NotNil(t, f.gzipped, path)
		size += len(f.gzipped)
	}
	assert.LessOrEqual(t, size, 120<<10)
}
