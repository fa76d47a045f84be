package pcapreceiver

import (
	"context"
	"math/rand/v2"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/weir-telemetry/weir/internal/capture"
	"github.com/weir-telemetry/weir/internal/capture/packet"
	"github.com/weir-telemetry/weir/internal/exchange"
	"github.com/weir-telemetry/weir/internal/flow"
	"github.com/weir-telemetry/weir/internal/l7/http1"
	"github.com/weir-telemetry/weir/internal/route"
)

const (
	maxBatch      = 512     // exchanges
	maxBatchBytes = 4 << 20 // payload bytes, roughly
	maxBatchAge   = 200 * time.Millisecond
)

// source follows the packets of one origin, the files or one interface. One
// goroutine owns it.
type source struct {
	r       *pcapReceiver
	ctx     context.Context // ends waiting for a pipeline that refuses
	wait    bool            // files wait, live drops
	decoder packet.Decoder
	segment packet.Segment
	tracker *flow.Tracker
	logs    *exchange.Logs
	traces  *exchange.Traces
	random  *rand.ChaCha8
	flushed time.Time

	verdicts [packet.NumVerdicts]int64
	reported flow.Stats
}

func (r *pcapReceiver) newSource(ctx context.Context, wait bool) *source {
	s := &source{r: r, ctx: ctx, wait: wait, random: newRandom(), flushed: time.Now(),
		logs: exchange.NewLogs(r.scope), traces: exchange.NewTraces(r.scope)}
	maxBody := r.cfg.Body.MaxBytes
	if maxBody == 0 || len(r.cfg.Body.ContentTypes) == 0 {
		maxBody = -1
	}
	s.tracker = flow.NewTracker(flow.Config{
		MaxConnections:   r.cfg.MaxConnections,
		MaxBufferedBytes: r.cfg.MaxBufferedBytes,
		HTTP:             http1.Config{MaxBodyBytes: maxBody, KeepBody: keepBody(r.cfg.Body.ContentTypes)},
	}, s.take)
	return s
}

// packet takes one captured packet.
func (s *source) packet(rec *capture.Record) {
	v := s.decoder.Decode(rec, &s.segment)
	s.verdicts[v]++
	if v == packet.TCP {
		s.tracker.Packet(rec.Time, (*flow.Segment)(&s.segment))
	}
}

// take names and translates one exchange. Its bytes are the parser's and are
// copied here.
func (s *source) take(e *exchange.Exchange) {
	r := s.r
	e.Source, _ = r.directory.Resolve(e.Client, e.Start)
	e.Destination, _ = r.directory.Resolve(e.Server, e.Start)
	r.mu.Lock()
	e.Route = r.routes.Template(route.Scope{
		Namespace: e.Destination.Namespace, Name: e.Destination.Name, Server: e.Server,
	}, e.Path, e.Status != 404)
	if r.out.metrics != nil {
		r.durations.Add(e)
	}
	r.mu.Unlock()
	tc := e.Context(s.random)
	if r.out.logs != nil {
		s.logs.Add(e, tc, time.Now())
	}
	if r.out.traces != nil {
		s.traces.Add(e, tc)
	}
	if max(s.logs.Len(), s.traces.Len()) >= maxBatch || s.logs.Size() >= maxBatchBytes {
		s.flush()
	}
}

// flushAged hands on what has waited long enough.
func (s *source) flushAged(now time.Time) {
	if now.Sub(s.flushed) >= maxBatchAge {
		s.flush()
	}
}

// flush hands on what was collected and brings the counters up to date.
func (s *source) flush() {
	s.flushed = time.Now()
	if s.logs.Len() > 0 {
		s.r.out.sendLogs(s.ctx, s.logs.Take(), s.wait)
	}
	if s.traces.Len() > 0 {
		s.r.out.sendTraces(s.ctx, s.traces.Take(), s.wait)
	}
	s.count()
}

// end flushes the connections too.
func (s *source) end() {
	s.tracker.Flush()
	s.flush()
}

func (s *source) count() {
	ctx, tb := context.Background(), s.r.telemetry
	for v, n := range s.verdicts {
		if n > 0 {
			tb.PcapPackets.Add(ctx, n, metric.WithAttributes(attribute.String("verdict", packet.Verdict(v).String())))
			s.verdicts[v] = 0
		}
	}
	now := s.tracker.Stats()
	if n := now.Exchanges - s.reported.Exchanges; n > 0 {
		tb.PcapExchanges.Add(ctx, int64(n), metric.WithAttributes(attribute.String("protocol", string(exchange.HTTP))))
	}
	for reason, n := range now.Drops {
		if d := n - s.reported.Drops[reason]; d > 0 {
			tb.PcapDropped.Add(ctx, int64(d), metric.WithAttributes(attribute.String("reason", flow.Reason(reason).String())))
		}
	}
	s.reported = now
}
