package victoriametricsexporter

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.uber.org/zap"
)

const (
	// maxDivisions bounds the additional requests of a push that look for the
	// points which the server refuses: finding one in 8192 takes 26.
	maxDivisions = 64
	// maxFutile ends the search when so many requests found nothing good.
	maxFutile = 8
)

// pushing is one push of a message.
type pushing struct {
	w   *remoteWriter
	ctx context.Context
	md  pmetric.Metrics

	// unsent is the first point that no finished request held.
	unsent int
	// What was refused for good, and how many samples were taken and dropped.
	refused           error
	accepted, dropped int
	divisions         int
}

// push sends md in one request or several. A failure that may pass ends the
// push; its error carries the points that are not done, so that a retry doesn't
// send the others again. Points that the server refuses for good are searched
// for (see divide), counted and left out.
func (w *remoteWriter) push(ctx context.Context, md pmetric.Metrics) error {
	p := &pushing{w: w, ctx: ctx, md: md}
	err := p.run(0, md.DataPointCount(), true)
	if err != nil {
		again := consumererror.NewMetrics(err, tail(md, p.unsent))
		var after *retryAfter
		if errors.As(err, &after) {
			return exporterhelper.NewThrottleRetry(again, after.delay)
		}
		return again
	}
	if p.refused != nil && p.accepted > 0 {
		w.set.Logger.Warn("the server refused a part of the samples for good",
			zap.Int("dropped", p.dropped), zap.Int("accepted", p.accepted), zap.Error(p.refused))
		return nil
	}
	return p.refused
}

// run sends the points [from, to).
func (p *pushing) run(from, to int, info bool) error {
	e := p.w.encoders.Get().(*encoder)
	err := e.run(p.md, from, to, info, func(r request) error { return p.one(r) })
	if cap(e.raw) <= 4*p.w.cfg.MaxRequestBytes { // one huge point must not hold memory for ever
		p.w.encoders.Put(e)
	}
	return err
}

// one sends a request and decides what follows from its outcome.
func (p *pushing) one(r request) error {
	p.unsent = r.firstPoint
	if r.samples == 0 {
		p.done(r)
		return nil
	}
	err := p.w.send(p.ctx, r)
	var status statusError
	switch {
	case err == nil:
		p.accepted += r.samples
	case !consumererror.IsPermanent(err):
		return err
	case errors.As(err, &status) && p.worthDividing(r, status):
		return p.divide(r, status)
	default:
		p.refused = err
		p.drop(r.samples, status)
	}
	p.done(r)
	return nil
}

// worthDividing tells whether a part of a refused request may be accepted.
// Prometheus refuses a whole request for one sample that is too old.
func (p *pushing) worthDividing(r request, status statusError) bool {
	switch status {
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
	default:
		return false
	}
	if r.endPoint-r.firstPoint < 2 && r.infos == 0 || p.divisions >= maxDivisions {
		return false
	}
	return p.accepted > 0 || p.divisions < maxFutile
}

// divide sends the points of a refused request again: without target_info when
// it had any, for its time may be the one that is too old; else in two halves.
func (p *pushing) divide(r request, status statusError) error {
	from, to := r.firstPoint, r.endPoint
	if r.infos > 0 {
		p.divisions++
		p.drop(r.infos, status)
		return p.run(from, to, false)
	}
	p.divisions += 2
	middle := (from + to) / 2
	if err := p.run(from, middle, false); err != nil {
		return err
	}
	return p.run(middle, to, false)
}

// done counts what a finished request left out.
func (p *pushing) done(r request) {
	p.unsent = r.endPoint
	p.w.count(p.ctx, r)
}

func (p *pushing) drop(samples int, status statusError) {
	p.dropped += samples
	p.w.telemetry.ExporterVictoriametricsSamplesDropped.Add(p.ctx, int64(samples), reasonAttribute(fmt.Sprintf("http_%d", int(status))))
}
