package report

import (
	"fmt"
	"io"
	"sort"
	"strings"
	"text/tabwriter"
)

// Table writes the state as a table for people.
func Table(w io.Writer, r *Records, t Telemetry) {
	fmt.Fprintf(w, "exchanges %d   redacted %d   dropped %d\n\n", r.Exchanges, total(t.Redactions), total(t.Drops))
	tw := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(tw, "EDGE\tENDPOINT\tEXCHANGES\tDATA TYPES")
	last := ""
	for _, e := range sortedEndpoints(r) {
		edge := e.Edge.String()
		if edge == last {
			edge = ""
		} else {
			last = edge
		}
		traffic := r.Traffic[e]
		fmt.Fprintf(tw, "%s\t%s\t%d\t%s\n", edge, e.Name, traffic.Exchanges, strings.Join(traffic.Names(), " "))
	}
	_ = tw.Flush() // as above
	counts(w, "redacted", t.Redactions)
	counts(w, "dropped", t.Drops)
}

// Line is the state in one line, for logs.
func Line(r *Records, t Telemetry, all []Symptom) string {
	open := 0
	for _, s := range all {
		if s.Open() {
			open++
		}
	}
	types := map[string]bool{}
	for _, traffic := range r.Traffic {
		for n := range traffic.Types {
			types[n] = true
		}
	}
	return fmt.Sprintf("exchanges %d, edges %d, endpoints %d, data types %d, redacted %d, dropped %d, facts sent %d, symptoms open %d of %d",
		r.Exchanges, len(r.Edges()), len(r.Traffic), len(types), total(t.Redactions), total(t.Drops), t.FactsSent, open, len(all))
}

func sortedEndpoints(r *Records) []Endpoint {
	out := make([]Endpoint, 0, len(r.Traffic))
	for e := range r.Traffic {
		out = append(out, e)
	}
	sort.Slice(out, func(i, j int) bool {
		a, b := out[i].Edge.String(), out[j].Edge.String()
		return a < b || a == b && out[i].Name < out[j].Name
	})
	return out
}

func counts(w io.Writer, title string, m map[string]int) {
	names := make([]string, 0, len(m))
	for n := range m {
		names = append(names, n)
	}
	sort.Strings(names)
	parts := make([]string, 0, len(names))
	for _, n := range names {
		parts = append(parts, fmt.Sprintf("%s %d", n, m[n]))
	}
	if len(parts) == 0 {
		parts = []string{"nothing"}
	}
	fmt.Fprintf(w, "\n%s: %s\n", title, strings.Join(parts, ", "))
}

func total(m map[string]int) int {
	n := 0
	for _, v := range m {
		n += v
	}
	return n
}
