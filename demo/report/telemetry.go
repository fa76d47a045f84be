package report

import (
	"bytes"
	"fmt"
	"strings"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// Telemetry is what weir-local counts about itself.
type Telemetry struct {
	Redactions map[string]int // findings that were not kept, by data type
	Drops      map[string]int // what was dropped, by metric and reason; zeros left out
	Refused    map[string]int // what failed to be sent or was refused, by metric
	FactsSent  int            // over the uplink
	BytesSent  int            // likewise, as on the wire
}

// ParseTelemetry reads a scrape in the Prometheus text format.
func ParseTelemetry(scrape []byte) (Telemetry, error) {
	p := expfmt.NewTextParser(model.UTF8Validation)
	families, err := p.TextToMetricFamilies(bytes.NewReader(scrape))
	if err != nil {
		return Telemetry{}, fmt.Errorf("read weir-local's telemetry: %w", err)
	}
	t := Telemetry{Redactions: map[string]int{}, Drops: map[string]int{}, Refused: map[string]int{}}
	for name, f := range families {
		for _, m := range f.Metric {
			t.add(name, m)
		}
	}
	return t, nil
}

func (t *Telemetry) add(name string, m *dto.Metric) {
	value := int(m.GetCounter().GetValue() + m.GetUntyped().GetValue())
	if value == 0 {
		return
	}
	short := strings.TrimPrefix(strings.TrimSuffix(name, "_total"), "otelcol_")
	switch {
	case strings.Contains(name, "uplink_facts_sent"):
		t.FactsSent += value
	case strings.Contains(name, "uplink_sent_bytes"):
		t.BytesSent += value
	case strings.Contains(name, "weir_redaction_findings"):
		if label(m, "action") != "keep" {
			t.Redactions[label(m, "data_type")] += value
		}
	case strings.Contains(name, "_dropped"), strings.Contains(name, "_uncertain"):
		if reason := label(m, "reason"); reason != "" {
			short += ":" + reason
		}
		t.Drops[short] += value
	case strings.Contains(name, "_refused_"), strings.Contains(name, "_send_failed_"), strings.Contains(name, "_enqueue_failed_"):
		t.Refused[short] += value
	}
}

func label(m *dto.Metric, name string) string {
	for _, l := range m.Label {
		if l.GetName() == name {
			return l.GetValue()
		}
	}
	return ""
}
