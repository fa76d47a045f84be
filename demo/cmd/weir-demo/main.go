// Command weir-demo shows Weir's main job on traffic of three sample services:
// captured, classified, redacted, kept; and then searches all that was kept for
// the values that must not be there. It is what `make demo` runs.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/term"
)

// options of a run.
type options struct {
	weir     string        // path of weir-local
	duration time.Duration // 0: until Ctrl-C
	mode     string        // auto, live or replay
	stores   bool
	keep     bool   // leave the run directory behind
	summary  string // path of the summary

	// For tests alone, so there are no flags.
	control bool // without redaction
	queued  bool // stores out of reach, so that what they would get stays queued

	screen screen
}

func main() {
	var o options
	flag.StringVar(&o.weir, "weir", "bin/weir-local", "path of weir-local")
	flag.DurationVar(&o.duration, "duration", 0, "how long traffic is shown; 0 means until Ctrl-C")
	flag.StringVar(&o.mode, "mode", modeAuto, "auto, live or replay: where packets come from")
	flag.BoolVar(&o.stores, "stores", false, "also start VictoriaMetrics and the ClickHouse engine and store there")
	flag.BoolVar(&o.keep, "keep", false, "leave the run directory behind")
	flag.StringVar(&o.summary, "summary", "demo-summary.json", "where the summary is written")
	flag.Parse()
	o.screen = screen{out: os.Stdout, terminal: term.IsTerminal(int(os.Stdout.Fd()))}
	if err := o.validate(); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(2)
	}
	// The first Ctrl-C ends the run in order, a second one at once: the
	// processes that were started die with this one.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	summary, err := run(ctx, o)
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
	for _, p := range summary.Problems {
		fmt.Fprintln(os.Stderr, "demo: not as it must be:", p)
	}
	if len(summary.Problems) > 0 {
		os.Exit(1)
	}
}

func (o *options) validate() error {
	switch o.mode {
	case modeAuto, modeLive, modeReplay:
	default:
		return fmt.Errorf("--mode: %q is not one of auto, live, replay", o.mode)
	}
	if o.duration < 0 {
		return fmt.Errorf("--duration: must not be negative")
	}
	if _, err := os.Stat(o.weir); err != nil {
		return fmt.Errorf("--weir: %w (make bin/weir-local builds it)", err)
	}
	return nil
}
