//go:build !windows

package main

import (
	"go.opentelemetry.io/collector/otelcol"

	weir "github.com/weir-telemetry/weir/internal/run"
)

// run is the one place where a Weir distribution differs from what the builder
// writes: subcommands, readable configuration errors, exit status, scrubbed logs.
func run(params otelcol.CollectorSettings) error { return weir.Run(params, commands()...) }
