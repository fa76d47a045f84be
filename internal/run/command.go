package run

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"

	"github.com/spf13/cobra"
	"go.opentelemetry.io/collector/otelcol"

	"github.com/weir-telemetry/weir/internal/ledger"
	"github.com/weir-telemetry/weir/internal/scan"
)

// status is the exit status that a command asks for.
type status int

// Error says the number; what went wrong was printed before.
func (s status) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// program is one command line of a distribution.
type program struct {
	set            otelcol.CollectorSettings
	fatal          *atomic.Bool
	clean          *cleaner
	in             io.Reader
	stdout, stderr io.Writer
	root           *cobra.Command
	more           []*cobra.Command // the distribution's own
	uris           []string         // --config and then --set, as the Collector orders them
}

func newProgram(set otelcol.CollectorSettings, fatal *atomic.Bool, clean *cleaner) *program {
	return &program{set: set, fatal: fatal, clean: clean, in: os.Stdin, stdout: os.Stdout, stderr: os.Stderr}
}

// execute runs the command that args ask for and prints its error, once.
func (p *program) execute(args []string) error {
	p.root = otelcol.NewCommand(p.set)
	p.root.SilenceErrors = true
	p.listen()
	p.root.AddCommand(p.commands()...)
	p.root.SetArgs(args)
	p.root.SetIn(p.in)
	p.root.SetOut(p.stdout)
	p.root.SetErr(cleanWriter{p.clean, p.stderr})
	cmd, err := p.root.ExecuteC()
	return p.finish(cmd, p.ended(err))
}

// ended turns a clean end that a component forced into an error.
func (p *program) ended(err error) error {
	if err == nil && p.fatal.Load() {
		return ErrFatal
	}
	return err
}

// commands are those that a distribution has beyond the Collector's own.
func (p *program) commands() []*cobra.Command {
	find := scan.Command()
	find.SetErr(p.stderr) // it says names of files that the user gave, and no more
	return append([]*cobra.Command{find, ledger.Command()}, p.more...)
}

// finish prints an error unless the command did, and gives it its exit status.
func (p *program) finish(cmd *cobra.Command, err error) error {
	if err == nil {
		return nil
	}
	var coded interface{ ExitCode() int }
	if errors.As(err, &coded) {
		return status(coded.ExitCode())
	}
	if !p.explained(cmd, err) {
		fmt.Fprintf(cleanWriter{p.clean, p.stderr}, "Error: %v\n", err)
	}
	if cmd != nil && (within(cmd, "scan") || within(cmd, "ledger")) {
		return status(2) // 1 means findings
	}
	return err
}

// within reports whether cmd is the subcommand name or below it.
func within(cmd *cobra.Command, name string) bool {
	for ; cmd.HasParent(); cmd = cmd.Parent() {
		if cmd.Name() == name {
			return true
		}
	}
	return false
}

// cleanWriter passes what commands print through the detection engine, a write
// at a time: writers of whole lines only.
type cleanWriter struct {
	clean *cleaner
	w     io.Writer
}

func (c cleanWriter) Write(b []byte) (int, error) {
	if _, err := io.WriteString(c.w, c.clean.text("", string(b))); err != nil {
		return 0, err
	}
	return len(b), nil
}
