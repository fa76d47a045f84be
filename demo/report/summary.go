package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"sort"
)

// Summary is demo-summary.json.
type Summary struct {
	Mode      string              `json:"mode"` // live or replay
	Exchanges int                 `json:"exchanges"`
	Expected  int                 `json:"exchanges_expected"` // what the services did, or the capture holds
	Edges     []EdgeSummary       `json:"edges"`
	DataTypes map[string][]string `json:"data_types"` // by edge
	// Endpoints has the same by edge and endpoint.
	Endpoints  map[string]map[string][]string `json:"endpoints"`
	Redactions map[string]int                 `json:"redactions"`
	Drops      map[string]int                 `json:"drops"`

	// What was said over the uplink. Symptoms are counted by code; those of a
	// run of less than 90 s have hardly time to close.
	SymptomsOpened map[string]int `json:"symptoms_opened"`
	SymptomsClosed map[string]int `json:"symptoms_closed"`
	FactsSent      int            `json:"facts_sent"`
	BytesSent      int            `json:"bytes_sent"`
	LedgerVerified bool           `json:"ledger_verified"`

	RawValuesFound int `json:"raw_values_found"`
	// RawValuesByType is the same by data type.
	RawValuesByType map[string]int `json:"raw_values_by_type,omitempty"`
	RawValuesSought int            `json:"raw_values_sought"`
	SearchedSources int            `json:"searched_sources"`
	SearchedBytes   int64          `json:"searched_bytes"`
	Problems        []string       `json:"problems"` // empty when all is as it must be
}

// EdgeSummary is one edge.
type EdgeSummary struct {
	Source      string `json:"source"`
	Destination string `json:"destination"`
	Exchanges   int    `json:"exchanges"`
}

// Summarize puts records and telemetry together.
func Summarize(r *Records, t Telemetry, symptoms []Symptom) Summary {
	s := Summary{
		Exchanges: r.Exchanges, Redactions: t.Redactions, Drops: t.Drops, Edges: []EdgeSummary{},
		FactsSent: t.FactsSent, BytesSent: t.BytesSent,
		DataTypes: map[string][]string{}, Endpoints: map[string]map[string][]string{}, Problems: []string{},
	}
	s.SymptomsOpened, s.SymptomsClosed = countSymptoms(symptoms)
	for e, traffic := range r.Edges() {
		s.Edges = append(s.Edges, EdgeSummary{e.Source, e.Destination, traffic.Exchanges})
		s.DataTypes[e.String()] = traffic.Names()
		s.Endpoints[e.String()] = map[string][]string{}
	}
	sort.Slice(s.Edges, func(i, j int) bool {
		a, b := s.Edges[i], s.Edges[j]
		return a.Source < b.Source || a.Source == b.Source && a.Destination < b.Destination
	})
	for e, traffic := range r.Traffic {
		s.Endpoints[e.Edge.String()][e.Name] = traffic.Names()
	}
	return s
}

// Write writes the summary as indented JSON.
func (s Summary) Write(path string) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false) // edges have an arrow in them
	if err := enc.Encode(s); err != nil {
		return fmt.Errorf("encode the summary: %w", err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		return fmt.Errorf("write the summary: %w", err)
	}
	return nil
}
