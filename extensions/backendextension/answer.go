package backendextension

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"time"

	"go.uber.org/zap"

	"github.com/weir-telemetry/weir/internal/store"
)

// maxBody bounds what a request may say.
const maxBody = 64 << 10

// problem is an error as the API tells it.
type problem struct {
	status  int
	code    string
	message string
	retry   time.Duration // Retry-After
}

func (p *problem) Error() string { return p.message }

var (
	errUnauthenticated  = &problem{status: http.StatusUnauthorized, code: "unauthenticated", message: "log in first"}
	errWrongCredentials = &problem{status: http.StatusUnauthorized, code: "wrong_credentials", message: "user or password, or the token, is wrong"}
	errForbidden        = &problem{status: http.StatusForbidden, code: "forbidden", message: "your role, or this key, may not do that"}
	errCSRF             = &problem{status: http.StatusForbidden, code: "csrf", message: "the header X-Weir-Csrf of the session is missing or wrong, or the call comes from another origin"}
	errNotFound         = &problem{status: http.StatusNotFound, code: "not_found", message: "there is no such thing"}
	errMethod           = &problem{status: http.StatusMethodNotAllowed, code: "method_not_allowed", message: "not by this method"}
	errHost             = &problem{status: http.StatusMisdirectedRequest, code: "wrong_host", message: "this name is not among the backend's hosts"}
	errTooLarge         = &problem{status: http.StatusRequestEntityTooLarge, code: "too_large", message: "the request is too large"}
	errUnavailable      = &problem{status: http.StatusServiceUnavailable, code: "unavailable", message: "not ready yet, or no longer"}
	errInternal         = &problem{status: http.StatusInternalServerError, code: "internal", message: "this failed; the log says why"}
)

func badRequest(message string) error {
	return &problem{status: http.StatusBadRequest, code: "bad_request", message: message}
}

// fail answers an error. What is not meant for the asker goes to the log.
func (b *backend) fail(w http.ResponseWriter, r *http.Request, err error) {
	p := b.problemOf(r, err)
	if p.retry > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(p.retry/time.Second)+1))
	}
	type body struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	}
	answer(w, p.status, map[string]body{"error": {p.code, p.message}})
}

func (b *backend) problemOf(r *http.Request, err error) *problem {
	var p *problem
	var invalid *store.InvalidError
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &invalid):
		return &problem{status: http.StatusBadRequest, code: "bad_request", message: invalid.Message}
	case errors.As(err, &large):
		return errTooLarge
	case errors.Is(err, store.ErrNotFound):
		return errNotFound
	case errors.Is(err, store.ErrConflict), errors.Is(err, store.ErrLast):
		return &problem{status: http.StatusConflict, code: "conflict", message: err.Error()}
	case r.Context().Err() != nil:
		return errUnavailable
	}
	b.set.Logger.Warn("a call of the API failed", zap.String("method", r.Method), zap.String("route", r.Pattern), zap.Error(err))
	return errInternal
}

func answer(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil { // our own types
		status, body = http.StatusInternalServerError, []byte(`{"error":{"code":"internal","message":"the answer can't be written"}}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// read decodes a request's body. JSON alone is taken: no page of another
// origin can send that without being asked first.
func read(w http.ResponseWriter, r *http.Request, v any) error {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return badRequest("Content-Type must be application/json")
	}
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return errTooLarge
		}
		return badRequest("the body must be one JSON object with the keys of the description, and no others")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return badRequest("the body must be one JSON object")
	}
	return nil
}
