package run

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/weir-telemetry/weir/internal/configerr"
)

// listen notes the --config and --set flags that the Collector's commands get.
func (p *program) listen() {
	var files, sets []string
	note := func() { p.uris = slices.Concat(files, sets) }
	for _, cmd := range append(p.root.Commands(), p.root) {
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			switch f.Name {
			case "config":
				f.Value = heard{f.Value, func(s string) { files = append(files, s); note() }}
			case "set":
				f.Value = heard{f.Value, func(s string) {
					key, value, _ := strings.Cut(s, "=")
					sets = append(sets, "yaml:"+strings.TrimSpace(strings.ReplaceAll(key, ".", "::"))+": "+strings.TrimSpace(value))
					note()
				}}
			}
		})
	}
}

// heard is a flag whose accepted values somebody else hears, too.
type heard struct {
	pflag.Value
	hear func(string)
}

func (h heard) Set(s string) error {
	err := h.Value.Set(s)
	if err == nil {
		h.hear(s)
	}
	return err
}

// explained prints what is wrong with the configuration and reports whether it
// did: err may be about something else.
func (p *program) explained(cmd *cobra.Command, err error) bool {
	if cmd == nil || errors.Is(err, ErrFatal) || cmd != p.root && cmd.Name() != "validate" && cmd.Name() != "print-config" {
		return false
	}
	set := configerr.Settings{Resolver: p.set.ConfigProviderSettings.ResolverSettings}
	if len(p.uris) > 0 {
		set.Resolver.URIs = p.uris
	}
	if len(set.Resolver.URIs) == 0 {
		return false
	}
	var ferr error
	if set.Factories, ferr = p.set.Factories(); ferr != nil {
		return false
	}
	problems := explain(set, err)
	for _, one := range problems {
		one.Text = p.clean.text("", one.Text) // the excerpt has no values
		for i, key := range one.Path {
			one.Path[i] = p.clean.text("", key)
		}
		fmt.Fprintln(p.stderr, one)
	}
	return len(problems) > 0
}

// explain survives components whose checks can't bear what is wrong: the
// Collector's own error is printed then.
func explain(set configerr.Settings, failure error) (out []configerr.Problem) {
	defer func() {
		if recover() != nil {
			out = nil
		}
	}()
	return configerr.Explain(context.Background(), set, failure)
}
