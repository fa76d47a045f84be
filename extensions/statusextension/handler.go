package statusextension

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"

	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/weir-telemetry/weir/internal/configstate"
)

// report is what GET /status answers.
type report struct {
	Status        string           `json:"status"`
	Configuration configuration    `json:"configuration"`
	Components    []componentState `json:"components"`
}

type configuration struct {
	// LastGoodInUse is true while any file is not served as it stands on disk.
	LastGoodInUse bool         `json:"last_good_in_use"`
	Files         []configFile `json:"files"`
}

type configFile struct {
	File string `json:"file"`
	configstate.State
}

func (s *statusExtension) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, r *http.Request) {
		overall := s.board.overall()
		body, err := json.MarshalIndent(report{nameOf(overall), configurationNow(), s.board.components()}, "", "  ")
		if err != nil { // a time beyond the year 9999
			s.answer(r.Context(), w, http.StatusInternalServerError, "text/plain; charset=utf-8", nil)
			return
		}
		s.answer(r.Context(), w, httpCode(overall), "application/json", append(body, '\n'))
	})
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, r *http.Request) {
		overall := s.board.overall()
		s.answer(r.Context(), w, httpCode(overall), "text/plain; charset=utf-8", []byte(nameOf(overall)+"\n"))
	})
	return mux
}

func (s *statusExtension) answer(ctx context.Context, w http.ResponseWriter, code int, contentType string, body []byte) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	s.telemetry.WeirStatusRequests.Add(ctx, 1, metric.WithAttributes(attribute.Int("code", code)))
	w.WriteHeader(code)
	_, _ = w.Write(body) // the client may have left
}

// httpCode is 200 while data is taken: a recoverable error is retried.
func httpCode(s componentstatus.Status) int {
	if s == componentstatus.StatusOK || s == componentstatus.StatusRecoverableError {
		return http.StatusOK
	}
	return http.StatusServiceUnavailable
}

func configurationNow() configuration {
	states := configstate.Snapshot()
	c := configuration{Files: make([]configFile, 0, len(states))}
	for _, file := range slices.Sorted(maps.Keys(states)) {
		c.Files = append(c.Files, configFile{file, states[file]})
		c.LastGoodInUse = c.LastGoodInUse || states[file].LastGood()
	}
	return c
}
