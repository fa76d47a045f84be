package report

import (
	"fmt"
	"io"
	"sort"
	"text/tabwriter"
	"time"
)

// Symptom is what the backend's API tells of one.
type Symptom struct {
	Code     string    `json:"code"`
	Severity string    `json:"severity"`
	Phase    string    `json:"phase"`
	Onset    time.Time `json:"onset"`
	Ended    time.Time `json:"ended"`
	Entity   struct {
		Name string `json:"name"`
	} `json:"entity"`
}

// Open reports whether it goes on.
func (s Symptom) Open() bool { return s.Phase == "start" || s.Phase == "update" }

// countSymptoms returns how many began and how many of them are over, by code.
func countSymptoms(all []Symptom) (opened, closed map[string]int) {
	opened, closed = map[string]int{}, map[string]int{}
	for _, s := range all {
		opened[s.Code]++
		if s.Phase == "end" {
			closed[s.Code]++
		}
	}
	return opened, closed
}

// SymptomTable writes the symptoms for people, the open ones first.
func SymptomTable(w io.Writer, all []Symptom) {
	if len(all) == 0 {
		fmt.Fprintln(w, "\nsymptoms: none")
		return
	}
	sort.SliceStable(all, func(i, j int) bool {
		if a, b := all[i].Open(), all[j].Open(); a != b {
			return a
		}
		return all[i].Onset.After(all[j].Onset)
	})
	fmt.Fprintln(w)
	tw := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(tw, "SYMPTOM\tOF\tSEVERITY\tSINCE\tNOW")
	for _, s := range all[:min(len(all), 10)] {
		now := s.Phase
		switch {
		case s.Open():
			now = "open"
		case s.Phase == "end":
			now = "closed " + s.Ended.Local().Format(time.TimeOnly)
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\n", s.Code, s.Entity.Name, s.Severity, s.Onset.Local().Format(time.TimeOnly), now)
	}
	_ = tw.Flush() // a terminal
}
