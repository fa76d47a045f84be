package main

import (
	"time"

	"github.com/weir-telemetry/weir/demo/report"
	"github.com/weir-telemetry/weir/internal/datatype"
)

// expectation is what the sample services always show: every edge and every
// data type of the taxonomy.
func expectation(exchanges int, mode string, duration time.Duration) report.Expectation {
	e := report.Expectation{
		Exchanges: exchanges,
		Edges: []report.Edge{
			{Source: "shopper", Destination: "storefront"},
			{Source: "storefront", Destination: "customers"},
			{Source: "storefront", Destination: "payments"},
			{Source: "payments", Destination: "customers"},
		},
	}
	if mode == modeLive {
		// A busy machine may lose packets before the ring counts them.
		e.Tolerance = max(2, exchanges/100)
		if duration >= 90*time.Second {
			e.Symptoms = []string{"svc.latency.shift", "svc.errors.shift"}
		}
	}
	for _, t := range datatype.All() {
		e.Types = append(e.Types, t.Name)
	}
	return e
}
