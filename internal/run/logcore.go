package run

import (
	"sync/atomic"

	"go.uber.org/zap/zapcore"
)

// core passes every message and field through the detection engine before the
// core that writes it. No line is dropped. The names of loggers, callers and the
// keys of fields come from code and stay as they are.
type core struct {
	zapcore.Core
	clean *cleaner
	fatal *atomic.Bool
}

// Enabled lets errors through whatever the level, so that Check sees them.
func (c *core) Enabled(l zapcore.Level) bool { return l >= zapcore.ErrorLevel || c.Core.Enabled(l) }

// With cleans the fields once, for all lines that will carry them.
func (c *core) With(f []zapcore.Field) zapcore.Core {
	return &core{Core: c.Core.With(c.clean.fields(f)), clean: c.clean, fatal: c.fatal}
}

func (c *core) Check(e zapcore.Entry, ce *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	// The Collector tells of these two ends by their log line alone; a test with
	// a real process notices when it no longer does.
	if e.Message == "Asynchronous error received, terminating process" || e.Message == "Config watch failed" {
		c.fatal.Store(true)
	}
	if !c.Core.Enabled(e.Level) {
		return ce
	}
	return ce.AddCore(e, c)
}

func (c *core) Write(e zapcore.Entry, f []zapcore.Field) error {
	e.Message = c.clean.text("", e.Message)
	e.Stack = c.clean.text("", e.Stack)
	// Hand over by Check, so that a sampling core below still decides.
	if ce := c.Core.Check(e, nil); ce != nil {
		ce.Write(c.clean.fields(f)...)
	}
	return nil
}
