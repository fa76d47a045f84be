//go:build !windows

package run

import "go.opentelemetry.io/collector/otelcol"

// service runs the process as an operating system service where there are such.
func service(otelcol.CollectorSettings) (handled bool, err error) { return false, nil }
