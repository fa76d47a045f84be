package ledger

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// StatusError ends the process with Status: 1 the answer is bad news (the
// ledger does not verify, the value was found), 2 an error.
type StatusError struct{ Status int }

// Error says what the status means; details were printed before.
func (e *StatusError) Error() string {
	if e.Status == 1 {
		return "the ledger says no"
	}
	return "the ledger could not be read"
}

// ExitCode is the status that the process should end with.
func (e *StatusError) ExitCode() int { return e.Status }

// Command returns the ledger subcommand. Its error is a *StatusError once a
// ledger was read; any other error is one of usage, status 2.
func Command() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:           "ledger",
		Short:         "Read and verify the record of what left the cluster",
		Long:          "Read and verify the record of every envelope that left the cluster.\n\nExit status: 0 all is well, 1 it does not verify or the value was found, 2 an error.",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	cmd.PersistentFlags().StringVar(&dir, "dir", "", "folder of the ledger, as the uplink exporter's setting has it")
	cmd.AddCommand(showCommand(&dir), verifyCommand(&dir), searchCommand(&dir))
	return cmd
}

// action wraps what a subcommand does: errors are printed here.
func action(dir *string, do func(cmd *cobra.Command, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		err := fmt.Errorf("--dir: the folder of the ledger is needed")
		if *dir != "" {
			err = do(cmd, args)
		}
		if _, done := err.(*StatusError); err == nil || done {
			return err
		}
		_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "ledger: %v\n", err)
		return &StatusError{2}
	}
}

func showCommand(dir *string) *cobra.Command {
	var last int
	var format string
	cmd := &cobra.Command{
		Use:   "show",
		Short: "Print the envelopes that left, newest last",
		Args:  cobra.NoArgs,
		RunE: action(dir, func(cmd *cobra.Command, _ []string) error {
			if format != "text" && format != "json" {
				return fmt.Errorf("--format %q: want text or json", format)
			}
			if last < 0 {
				return fmt.Errorf("--last %d: want 0 or more", last)
			}
			out := bufio.NewWriter(cmd.OutOrStdout())
			print := func(e *Entry) error { return Print(out, e) }
			if format == "json" {
				enc := json.NewEncoder(out)
				print = func(e *Entry) error { return enc.Encode(e) }
			}
			err := showLast(*dir, last, print)
			if flushed := out.Flush(); err == nil {
				err = flushed
			}
			return err
		}),
	}
	cmd.Flags().IntVar(&last, "last", 20, "how many envelopes; 0 means all")
	cmd.Flags().StringVar(&format, "format", "text", "text, or json: one entry a line")
	return cmd
}

// showLast prints the last so many entries, also those before a damaged line.
func showLast(dir string, last int, print func(*Entry) error) error {
	if last == 0 {
		return Show(dir, print)
	}
	ring := make([]*Entry, 0, min(last, 1024))
	err := Show(dir, func(e *Entry) error {
		if len(ring) == last {
			ring = append(ring[:0], ring[1:]...)
		}
		ring = append(ring, e)
		return nil
	})
	for _, e := range ring {
		if failed := print(e); failed != nil {
			return failed
		}
	}
	return err
}

func verifyCommand(dir *string) *cobra.Command {
	return &cobra.Command{
		Use:   "verify",
		Short: "Check that no envelope was changed, removed or put in",
		Args:  cobra.NoArgs,
		RunE: action(dir, func(cmd *cobra.Command, _ []string) error {
			v, err := Verify(*dir)
			if err != nil {
				return err
			}
			return printVerdict(cmd.OutOrStdout(), v)
		}),
	}
}

func printVerdict(w io.Writer, v Verdict) error {
	lines := []string{fmt.Sprintf("%d envelopes in %d files", v.Envelopes, v.Files)}
	if v.Removed > 0 {
		lines = append(lines, fmt.Sprintf("%d older envelopes were removed to keep the ledger's size; the chain goes on from there", v.Removed))
	}
	if v.Envelopes > 0 {
		lines = append(lines, fmt.Sprintf("from %s to %s", v.First.Format(time.RFC3339), v.Last.Format(time.RFC3339)), "last digest "+v.Digest)
	}
	if v.TornBytes > 0 {
		lines = append(lines, fmt.Sprintf("%d bytes of a line that is not finished, whose envelope was not sent", v.TornBytes))
	}
	if v.OK() {
		lines = append(lines, "verified")
	} else {
		lines = append(lines, "NOT verified: "+v.Problem)
	}
	if _, err := fmt.Fprintln(w, strings.Join(lines, "\n")); err != nil {
		return err
	}
	if !v.OK() {
		return &StatusError{1}
	}
	return nil
}

func searchCommand(dir *string) *cobra.Command {
	return &cobra.Command{
		Use:   "search VALUE|-",
		Short: "Look for a value in all that left",
		Long: "Look for a value in all that left, also escaped, in base64 or hexadecimal.\n" +
			"With - the value is the first line of standard input, so that it shows up in no list of processes.",
		Args: cobra.ExactArgs(1),
		RunE: action(dir, func(cmd *cobra.Command, args []string) error {
			value := args[0]
			if value == "-" {
				text, err := bufio.NewReader(cmd.InOrStdin()).ReadString('\n')
				if err != nil && err != io.EOF {
					return err
				}
				value = strings.TrimRight(text, "\r\n")
			}
			hits, err := Search(*dir, value)
			if err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			for _, h := range hits {
				if _, err := fmt.Fprintf(out, "%s  envelope %d of session %s  (line %d of file %d)\n",
					h.Time.Format(time.RFC3339), h.Sequence, h.Session, h.Line, h.File); err != nil {
					return err
				}
			}
			if len(hits) > 0 {
				return &StatusError{1}
			}
			_, err = fmt.Fprintln(out, "not found")
			return err
		}),
	}
}
