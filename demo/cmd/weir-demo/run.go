package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/weir-telemetry/weir/demo/report"
	"github.com/weir-telemetry/weir/demo/search"
	"github.com/weir-telemetry/weir/demo/services"
)

// settleWithin is how long the end of a run waits for what was captured to be
// kept: batches leave the receiver after 200 ms, the file exporter flushes
// after 500.
const settleWithin = 10 * time.Second

// demoRun is one run. Its fields are set in order of start.
type demoRun struct {
	o         options
	at        place
	source    *source
	stores    *stores
	ports     ports
	facts     *facts
	process   *process
	tail      *report.Tail
	records   *report.Records
	telemetry report.Telemetry
	symptoms  []report.Symptom
	verified  bool
	problems  []string
}

// run shows the main job until ctx or the duration ends, then judges it. An
// error means that there was nothing to judge.
func run(ctx context.Context, o options) (report.Summary, error) {
	at, err := makePlace()
	if err != nil {
		return report.Summary{}, err
	}
	d := &demoRun{o: o, at: at, records: report.NewRecords(services.Namespace)}
	defer d.clean()
	if err := d.start(ctx); err != nil {
		return report.Summary{}, err
	}
	d.watch(ctx)
	d.settle()
	d.finish()
	s := d.judge()
	if err := s.Write(o.summary); err != nil {
		return s, err
	}
	d.o.screen.say("\nraw values found: %d of %d sought in %d files and answers (%.1f MB); summary in %s",
		s.RawValuesFound, s.RawValuesSought, s.SearchedSources, float64(s.SearchedBytes)/1e6, o.summary)
	return s, nil
}

func (d *demoRun) start(ctx context.Context) error {
	var err error
	if d.source, err = openSource(d.o.mode, d.at.input); err != nil {
		return err
	}
	d.o.screen.say("packets: %s (%s)", d.source.mode, d.source.why)
	if d.ports, err = freePorts(); err != nil {
		return err
	}
	if d.facts, err = openFacts(d.at, d.ports); err != nil {
		return err
	}
	env := d.facts.env()
	if d.o.stores {
		if d.stores, err = startStores(ctx, d.at.kept); err != nil {
			return err
		}
		env = append(env, d.stores.env()...)
	} else if d.o.queued {
		// Port 9 (discard) is served nowhere.
		env = append(env, "WEIR_DEMO_VICTORIAMETRICS=http://127.0.0.1:9", "WEIR_DEMO_CLICKHOUSE=http://127.0.0.1:9")
	}
	cmd, err := command(d.o, d.at, d.source.mode, d.ports, env)
	if err != nil {
		return err
	}
	if d.tail, err = report.NewTail(filepath.Join(d.at.kept, "kept", "logs*.zst")); err != nil {
		return err
	}
	if d.process, err = startProcess(cmd, filepath.Join(d.at.kept, "weir-local.log")); err != nil {
		return err
	}
	if err := d.process.ready(ctx, d.ports.healthURL()); err != nil {
		return err
	}
	if err := d.facts.login(); err != nil {
		return err
	}
	d.o.screen.say("page: %s (logs in once)", d.facts.page)
	if d.source.fleet != nil {
		d.o.screen.say("payments turns slow after 25 s and fails after 40 s; learning, windows and holds are seconds here, see config/pipeline.yaml")
	} else {
		d.o.screen.say("a replay has no symptoms: nothing in it changes with time")
	}
	return nil
}

// watch runs the traffic and shows what comes of it.
func (d *demoRun) watch(ctx context.Context) {
	if d.o.duration > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, d.o.duration)
		defer cancel()
	}
	traffic, stop := context.WithCancel(ctx)
	d.source.start(traffic)
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for running := true; running; {
		select {
		case <-ctx.Done():
			running = false
		case <-d.process.done:
			running = false
		case <-tick.C:
			d.refresh()
			d.o.screen.show(fmt.Sprintf("Weir demo, packets: %s (%s)\npage: %s", d.source.mode, d.source.why, d.facts.page), d.records, d.telemetry, d.symptoms)
		}
	}
	stop()
	d.note(d.source.finish())
}

// refresh reads what was kept and counted since the last time.
func (d *demoRun) refresh() {
	if err := d.tail.Next(d.records.Add); err != nil {
		d.note(err)
	}
	scrape, err := get(context.Background(), d.ports.metricsURL())
	if err != nil {
		return // its end is noticed elsewhere; a single scrape may fail
	}
	t, err := report.ParseTelemetry(scrape)
	if err != nil {
		d.note(err)
		return
	}
	d.telemetry = t
	if all, err := d.facts.symptoms(context.Background()); err == nil { // a single question may fail as well
		d.symptoms = all
	}
	// Kept to be searched like everything else.
	d.note(os.WriteFile(filepath.Join(d.at.kept, "telemetry.prom"), scrape, 0o600))
}

// settle waits until all exchanges are kept and facts were sent, or the time for
// that is over.
func (d *demoRun) settle() {
	deadline := time.Now().Add(settleWithin)
	for !d.process.ended() {
		d.refresh()
		done := d.records.Exchanges >= d.source.exchanges() && d.telemetry.FactsSent > 0
		if done || time.Now().After(deadline) {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// finish stops weir-local, which flushes, and reads the rest.
func (d *demoRun) finish() {
	if d.process.ended() {
		d.note(fmt.Errorf("weir-local ended by itself: %w\n%s", exitError(d.process.err), d.process.tail()))
	} else if err := d.process.stop(); err != nil {
		d.note(fmt.Errorf("weir-local did not end well: %w\n%s", err, d.process.tail()))
	}
	d.note(d.tail.Next(d.records.Add))
	d.o.screen.final(d.records, d.telemetry, d.symptoms)
	err := d.facts.verify(d.o.weir)
	d.verified = err == nil
	d.note(err)
	d.note(d.facts.close())
}

// judge searches all that was kept and holds the run against what it must be.
func (d *demoRun) judge() report.Summary {
	searcher := search.New(d.source.world.Needles())
	if d.stores != nil {
		d.note(d.stores.show(d.o.screen))
		d.note(d.stores.search(searcher))
		d.note(d.stores.stop()) // their files are searched at rest
	}
	d.note(searcher.Dir(d.at.kept))
	found := searcher.Report()
	s := report.Summarize(d.records, d.telemetry, d.symptoms)
	s.LedgerVerified = d.verified
	s.Mode, s.Expected = d.source.mode, d.source.exchanges()
	s.RawValuesFound, s.RawValuesSought = found.Found, searcher.Needles()
	s.RawValuesByType = found.ByType
	s.SearchedSources, s.SearchedBytes = found.Sources, found.Bytes
	for _, h := range found.Hits {
		d.o.screen.say("raw value found: %s", h)
	}
	s.Problems = append(s.Problems, d.problems...)
	for _, limit := range found.Incomplete {
		s.Problems = append(s.Problems, "the search is incomplete: "+limit)
	}
	for name, n := range d.telemetry.Refused {
		s.Problems = append(s.Problems, fmt.Sprintf("%s is %d", name, n))
	}
	s.Problems = append(s.Problems, s.Check(expectation(s.Expected, s.Mode, d.o.duration))...)
	return s
}

func (d *demoRun) note(err error) {
	if err != nil {
		d.problems = append(d.problems, err.Error())
	}
}

// clean ends what still runs and removes the run directory.
func (d *demoRun) clean() {
	if d.process != nil {
		d.process.kill()
	}
	if d.facts != nil {
		_ = d.facts.close() // told before, where it mattered
	}
	if d.tail != nil {
		d.tail.Close()
	}
	if d.source != nil && d.source.fleet != nil {
		d.source.fleet.Stop()
	}
	if d.stores != nil {
		_ = d.stores.stop() // told before, where it mattered
	}
	if d.o.keep {
		d.o.screen.say("run directory: %s", d.at.base)
		return
	}
	_ = os.RemoveAll(d.at.base) // a temporary directory
}
