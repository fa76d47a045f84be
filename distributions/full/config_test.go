package main

import (
	"testing"

	"github.com/weir-telemetry/weir/internal/distributiontest"
)

func TestShippedConfigurationIsValid(t *testing.T) {
	distributiontest.Validate(t, components, "config.yaml")
}
