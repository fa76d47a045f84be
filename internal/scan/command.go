// Package scan is the engine behind "weir scan": it reads files, finds personal
// data and secrets in them and prints where they stand, never what they are
// unless asked to.
package scan

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/weir-telemetry/weir/internal/detect"
)

// StatusError ends the process with Status: 1 findings, 2 an error.
type StatusError struct{ Status int }

// Error says what the status means; details were printed before.
func (e *StatusError) Error() string {
	if e.Status == 1 {
		return "sensitive data found"
	}
	return "not everything could be scanned"
}

// ExitCode is the status that the process should end with.
func (e *StatusError) ExitCode() int { return e.Status }

// Command returns the scan subcommand. Its error is a *StatusError when files
// were scanned; any other error is one of usage, status 2.
func Command() *cobra.Command {
	var format string
	var show bool
	cmd := &cobra.Command{
		Use:           "scan FILE...|-",
		Short:         "Find personal data and secrets in files",
		Long:          "Find personal data and secrets in files.\n\nExit status: 0 nothing found, 1 findings, 2 an error.",
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				fmt.Fprintln(cmd.ErrOrStderr(), "scan: no file given; use - for standard input")
				return &StatusError{2}
			}
			if format != "table" && format != "json" {
				fmt.Fprintf(cmd.ErrOrStderr(), "scan: --format %q: want table or json\n", format)
				return &StatusError{2}
			}
			return run(cmd, args, newPrinter(cmd.OutOrStdout(), format, show))
		},
	}
	cmd.Flags().StringVar(&format, "format", "table", "table, or json: one object a line")
	cmd.Flags().BoolVar(&show, "show", false, "print the values found, in the table")
	return cmd
}

func run(cmd *cobra.Command, args []string, p *printer) error {
	e, err := detect.New(detect.Options{})
	if err != nil {
		return err
	}
	failed := false
	for _, name := range args {
		if err := scanFile(cmd.InOrStdin(), name, e, p); err != nil {
			fmt.Fprintf(cmd.ErrOrStderr(), "scan: %v\n", err)
			failed = true
		}
	}
	if err := p.flush(); err != nil {
		return fmt.Errorf("write findings: %w", err)
	}
	switch {
	case failed:
		return &StatusError{2}
	case p.count > 0:
		return &StatusError{1}
	}
	return nil
}

func scanFile(stdin io.Reader, name string, e *detect.Engine, p *printer) error {
	in := stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }()
		st, err := f.Stat()
		if err != nil {
			return err
		}
		if st.IsDir() {
			return errors.New(name + ": is a directory")
		}
		in = f
	}
	if err := newStream(e, name, p.print).run(in); err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	return nil
}
