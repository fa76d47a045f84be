package dataclassificationprocessor

import (
	"testing"

	"github.com/weir-telemetry/weir/internal/inspect/inspecttest"
)

func TestGoldens(t *testing.T) {
	p := newClassifier(t)
	inspecttest.Goldens(t, inspecttest.Processor{Logs: p.logs, Traces: p.traces, Metrics: p.metrics})
}
