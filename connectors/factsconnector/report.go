package factsconnector

import (
	"context"
	"time"

	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.uber.org/zap"

	"github.com/weir-telemetry/weir/internal/fact"
)

// retryAfter is the first pause before a refused report is handed on again; it
// doubles up to the window.
const retryAfter = time.Second

// run hands on a report at the end of each window. While one is refused it is
// tried again and the present window stays open, so that nothing is lost and
// no more is kept than one report and one window, both bounded.
func (c *factsConnector) run(ctx context.Context) {
	wait, retry := c.cfg.Window, retryAfter
	timer := time.NewTimer(wait)
	defer timer.Stop()
	closes := c.now().Add(wait) // the present window
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		if c.pending == nil || c.handOn(ctx) {
			if now := c.now(); !now.Before(closes) {
				c.close(ctx, false)
				for !now.Before(closes) { // windows don't drift
					closes = closes.Add(c.cfg.Window)
				}
			}
		}
		if c.pending == nil {
			retry = retryAfter
			wait = closes.Sub(c.now())
		} else {
			wait = min(retry, c.cfg.Window)
			retry = min(2*retry, c.cfg.Window)
		}
		timer.Reset(max(wait, time.Millisecond))
	}
}

// flush hands on what is there, the last window included.
func (c *factsConnector) flush(ctx context.Context, last bool) {
	if c.pending != nil && !c.handOn(ctx) {
		c.lose(ctx)
	}
	if !c.close(ctx, last) {
		c.lose(ctx)
	}
}

// close ends the window and hands its report on, if there is one.
func (c *factsConnector) close(ctx context.Context, last bool) bool {
	r := c.distiller.Close(c.now(), c.cfg.Window, last)
	c.count(ctx)
	if r == nil {
		return true
	}
	c.sequence++
	r.Agent, r.Epoch, r.Sequence = c.agent, c.epoch, c.sequence
	c.pending = r
	return c.handOn(ctx)
}

// handOn offers the pending report, false when it is refused for now. It is
// the same each time, as nobody knows how far a refused one has come: a second
// one with its number and other content would be a contradiction.
func (c *factsConnector) handOn(ctx context.Context) bool {
	err := c.next.ConsumeLogs(ctx, events(c.pending))
	switch {
	case err == nil:
		c.tel.report(ctx, accepted)
		if c.failing {
			c.log.Info("reports are accepted again")
		}
		c.pending, c.failing = nil, false
		return true
	case consumererror.IsPermanent(err):
		c.log.Error("a report is lost, it was refused for good", zap.Uint64("sequence", c.pending.Sequence), zap.Error(err))
		c.lose(ctx)
		return true
	default:
		c.tel.report(ctx, refused)
		if !c.failing {
			c.failing = true
			c.log.Warn("a report is refused and handed on again until it is accepted", zap.Error(err))
		}
		return false
	}
}

// lose gives the pending report up. The gap in the sequence tells of it.
func (c *factsConnector) lose(ctx context.Context) {
	c.tel.report(ctx, dropped)
	c.pending = nil
}

// events writes the report as log records, at least one.
func events(r *fact.Report) plog.Logs {
	ld := plog.NewLogs()
	fact.AppendLogs(ld, r)
	if records := ld.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords(); records.Len() == 0 {
		records.AppendEmpty().SetEventName(fact.EventCoverage) // nothing was seen
	}
	return ld
}
