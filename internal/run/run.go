// Package run is what the distributions of Weir start instead of the stock
// main: the Collector's own commands and those of Weir, configuration errors
// that say where they stand and what is accepted, an exit status other than 0
// after a fatal component error, log lines without personal data, and no core
// dumps.
package run

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"sync/atomic"

	"github.com/spf13/cobra"
	"go.opentelemetry.io/collector/otelcol"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// ErrFatal is returned after a component's fatal error and a clean shutdown.
var ErrFatal = errors.New("ended by a fatal component error")

// Run executes the command line of the process and returns once the command
// has ended. An error has been printed by then; the caller exits with status 1.
// For the higher statuses that some commands have, Run ends the process itself.
// more are subcommands of the distribution's own.
func Run(set otelcol.CollectorSettings, more ...*cobra.Command) error {
	debug.SetTraceback("single")
	if err := noCoreDumps(); err != nil {
		fmt.Fprintln(os.Stderr, "Error: switch off core dumps:", err)
		return err
	}
	var fatal atomic.Bool
	clean, err := newCleaner()
	if err != nil {
		fmt.Fprintln(os.Stderr, "Error:", err)
		return err
	}
	set = withLogCore(set, clean, &fatal)
	if handled, err := service(set); handled {
		return err
	}
	settleMemory()
	p := newProgram(set, &fatal, clean)
	p.more = more
	err = p.execute(os.Args[1:])
	var s status
	if errors.As(err, &s) && s > 1 {
		os.Exit(int(s))
	}
	return err
}

// Settings adds the log core to set. fatal becomes true when the Collector ends
// because of an error that a component or the configuration watch reported.
func Settings(set otelcol.CollectorSettings, fatal *atomic.Bool) (otelcol.CollectorSettings, error) {
	clean, err := newCleaner()
	if err != nil {
		return set, err
	}
	return withLogCore(set, clean, fatal), nil
}

func withLogCore(set otelcol.CollectorSettings, clean *cleaner, fatal *atomic.Bool) otelcol.CollectorSettings {
	set.LoggingOptions = append(append([]zap.Option(nil), set.LoggingOptions...), zap.WrapCore(func(c zapcore.Core) zapcore.Core {
		return &core{Core: c, clean: clean, fatal: fatal}
	}))
	return set
}
