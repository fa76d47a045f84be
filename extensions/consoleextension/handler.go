package consoleextension

import (
	"net/http"
	"strconv"
	"strings"
)

// policy lets the page load its own files and talk to its own origin, nothing
// else: no inline script or style, no frame, no form that sends by itself, no
// text that becomes script or markup.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// handler serves the files of a set, by GET and HEAD. Safe for concurrent use.
type handler struct {
	files    *fileSet
	answered func(r *http.Request, code int) // counts; never nil
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Security-Policy", policy)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("X-Frame-Options", "DENY")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cross-Origin-Opener-Policy", "same-origin")
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
	header.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")

	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		header.Set("Allow", "GET, HEAD")
		h.refuse(w, r, http.StatusMethodNotAllowed)
		return
	}
	f, ok := h.files.byPath[r.URL.Path]
	if !ok {
		h.refuse(w, r, http.StatusNotFound)
		return
	}
	if f.immutable {
		header.Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		header.Set("Cache-Control", "no-store")
	}
	header.Set("ETag", f.etag)
	header.Set("Vary", "Accept-Encoding")
	if strings.Contains(r.Header.Get("If-None-Match"), f.etag) {
		h.answered(r, http.StatusNotModified)
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := f.body
	if f.gzipped != nil && acceptsGzip(r.Header.Get("Accept-Encoding")) {
		header.Set("Content-Encoding", "gzip")
		// Forms of different bytes have different strong tags; weak is the same page.
		header.Set("ETag", "W/"+f.etag)
		body = f.gzipped
	}
	header.Set("Content-Type", f.contentType)
	header.Set("Content-Length", strconv.Itoa(len(body)))
	h.answered(r, http.StatusOK)
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodGet {
		_, _ = w.Write(body) // the client may have left
	}
}

func (h *handler) refuse(w http.ResponseWriter, r *http.Request, code int) {
	w.Header().Set("Cache-Control", "no-store")
	h.answered(r, code)
	http.Error(w, http.StatusText(code), code)
}

// acceptsGzip reads an Accept-Encoding header: gzip or * with a weight above 0.
func acceptsGzip(header string) bool {
	any := false
	for item := range strings.SplitSeq(header, ",") {
		coding, params, _ := strings.Cut(item, ";")
		coding = strings.TrimSpace(strings.ToLower(coding))
		if coding != "gzip" && coding != "*" {
			continue
		}
		yes := true
		if _, q, ok := strings.Cut(params, "q="); ok {
			weight, err := strconv.ParseFloat(strings.TrimSpace(q), 64)
			yes = err == nil && weight > 0
		}
		if coding == "gzip" {
			return yes
		}
		any = yes
	}
	return any
}
