package scan

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"github.com/weir-telemetry/weir/internal/datatype"
)

// printer writes findings as they come, so that memory stays bounded.
type printer struct {
	w     io.Writer
	json  bool
	show  bool
	count int
	err   error
}

func newPrinter(w io.Writer, format string, show bool) *printer {
	return &printer{w: w, json: format == "json", show: show}
}

// record is a line of --format json; offsets are bytes in the file, confidence
// is a share from 0 to 1.
type record struct {
	File        string  `json:"file"`
	Start       int64   `json:"start"`
	End         int64   `json:"end"`
	Line        int64   `json:"line"`
	Column      int64   `json:"column"`
	Type        string  `json:"type"`
	Category    string  `json:"category"`
	Sensitivity string  `json:"sensitivity"`
	Confidence  float64 `json:"confidence"`
	Path        string  `json:"path"`
}

func (p *printer) print(h hit) {
	if p.err != nil {
		return
	}
	p.count++
	t := datatype.Get(h.finding.Type)
	if p.json {
		p.err = json.NewEncoder(p.w).Encode(record{
			h.file, h.start, h.end, h.line, h.column, t.Name, string(t.Category), t.Sensitivity.String(),
			float64(h.finding.Confidence) / 100, string(h.path),
		})
		return
	}
	if p.count == 1 {
		p.row("LOCATION", "TYPE", "SENSITIVITY", "CONFIDENCE", "PATH", "VALUE")
	}
	value := "********"
	if p.show {
		value = strconv.Quote(string(h.value))
	}
	p.row(fmt.Sprintf("%s:%d:%d", h.file, h.line, h.column), t.Name, t.Sensitivity.String(),
		fmt.Sprintf("%.2f", float64(h.finding.Confidence)/100), string(h.path), value)
}

func (p *printer) row(cols ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, "%-32s %-13s %-12s %-11s %-28s %s\n", cols...)
	}
}

func (p *printer) flush() error { return p.err }
