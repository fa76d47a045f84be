package main

import "github.com/spf13/cobra"

// commands are those beyond Weir's own that this distribution has: none.
func commands() []*cobra.Command { return nil }
