package main

import (
	"github.com/spf13/cobra"

	"github.com/weir-telemetry/weir/internal/store/command"
)

// commands are those that a distribution with a backend has beyond Weir's own.
func commands() []*cobra.Command { return []*cobra.Command{command.Command()} }
