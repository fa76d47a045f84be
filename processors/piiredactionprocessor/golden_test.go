package piiredactionprocessor

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"

	"github.com/weir-telemetry/weir/internal/inspect/inspecttest"
)

// The processor of the goldens knows the server's address, hashes contacts and
// names all other findings.
func TestGoldens(t *testing.T) {
	p, err := redactorAt(t, &Config{DefaultAction: "replace", Actions: map[string]string{"contact": "hash", "PASSWORD": "mask"}, KeyFile: keyFile(t)},
		host{component.MustNewID("directory"): knows(t, "addresses: {10.1.2.3: {kind: Deployment, name: users}}")})
	require.NoError(t, err)
	inspecttest.Goldens(t, inspecttest.Processor{Logs: p.logs, Traces: p.traces, Metrics: p.metrics})
}
