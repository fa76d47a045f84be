package main

import (
	"bytes"
	"fmt"
	"io"
	"time"

	"github.com/weir-telemetry/weir/demo/report"
)

// screen shows the state: a table that is redrawn on a terminal, else a line
// every few seconds.
type screen struct {
	out      io.Writer
	terminal bool
	last     time.Time
}

const lineEvery = 5 * time.Second

func (s *screen) say(format string, args ...any) {
	fmt.Fprintf(s.out, format+"\n", args...)
}

func (s *screen) show(title string, r *report.Records, t report.Telemetry, all []report.Symptom) {
	if !s.terminal {
		if time.Since(s.last) >= lineEvery {
			s.last = time.Now()
			s.say("%s", report.Line(r, t, all))
		}
		return
	}
	var b bytes.Buffer
	b.WriteString("\x1b[H\x1b[2J" + title + "\n\n")
	report.Table(&b, r, t)
	report.SymptomTable(&b, all)
	b.WriteString("\nCtrl-C ends\n")
	_, _ = s.out.Write(b.Bytes()) // a terminal
}

func (s *screen) final(r *report.Records, t report.Telemetry, all []report.Symptom) {
	s.say("")
	report.Table(s.out, r, t)
	report.SymptomTable(s.out, all)
}
