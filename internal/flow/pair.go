package flow

import (
	"bytes"
	"errors"
	"net/netip"
	"time"

	"github.com/weir-telemetry/weir/internal/exchange"
	"github.com/weir-telemetry/weir/internal/l7/http1"
)

// feed hands bytes in order to the direction's parser.
func (c *conn) feed(d *dir, b []byte, mark http1.Mark, off int64) {
	if c.dead || len(b) == 0 {
		return
	}
	if !d.synced && !c.sync(d, b, off) {
		return
	}
	err := d.parser.Feed(b, mark)
	if err == nil {
		return
	}
	switch {
	case errors.Is(err, http1.ErrHTTP2):
		c.kill(DropHTTP2)
	case errors.Is(err, http1.ErrHeadTooLong):
		c.lose(d, DropHeadTooLong)
	case !c.spoke:
		c.kill(DropNotHTTP)
	default:
		c.lose(d, DropMalformed)
	}
}

// lose counts a broken message; the direction starts anew at a segment that
// looks like the beginning of a message.
func (c *conn) lose(d *dir, why Reason) {
	c.t.stats.Drops[why]++
	d.parser.Close(false)
	c.abandon(d)
	d.synced, c.exact = false, false
}

// abandon takes the request that will never be complete out of the queue.
func (c *conn) abandon(d *dir) {
	if n := len(c.queue); n > 0 && !c.queue[n-1].done && c.server >= 0 && d != &c.dirs[c.server] {
		if r := c.queue[n-1].resp; r != nil {
			c.t.stats.Drops[DropUncertain]++
			c.give(r)
		}
		c.queue = c.queue[:n-1] // its message went back with the parser
	}
}

func (c *conn) kill(why Reason) {
	c.t.stats.Drops[why]++
	c.dead = true
	for i := range c.dirs {
		d := &c.dirs[i]
		if d.synced {
			d.parser.Close(false)
			c.abandon(d)
		}
		d.held, d.bytes, d.synced = nil, 0, false
	}
	c.clear(DropUnanswered)
}

func (c *conn) give(m *http1.Message) {
	c.qsize -= m.Size()
	c.t.pool.Release(m)
}

// clear drops all waiting requests.
func (c *conn) clear(why Reason) {
	for _, p := range c.queue {
		c.t.stats.Drops[why]++
		if p.done {
			c.give(p.m)
		}
		if p.resp != nil {
			c.give(p.resp)
		}
	}
	c.queue, c.qsize = c.queue[:0], 0
}

// sink is a conn as its parsers see it.
type sink conn

func (s *sink) Head(m *http1.Message) []byte {
	c := (*conn)(s)
	c.spoke = true
	if m.Request {
		c.pipelined = c.pipelined || c.overlaps(m)
		if len(c.queue) >= c.t.cfg.MaxPipelined {
			c.t.stats.Drops[DropPipelined]++
			c.clear(DropUncertain)
			c.exact = false
		}
		c.queue = append(c.queue, pending{m: m, lost: c.dirs[c.server].lost})
		return nil
	}
	c.answers = nil
	if i := c.match(m); i >= 0 {
		c.answers = c.queue[i].m
		return c.answers.Method
	}
	return nil
}

// overlaps reports signs that the client sent request m while another one was
// under way. After a gap such a connection proves nothing any more: the numbers
// of a request fit the answer to the one before.
func (c *conn) overlaps(m *http1.Message) bool {
	srv := &c.dirs[c.server]
	c.debt.close()
	if c.seqOf(m, m.Start) != m.First.Seq {
		return true // two in one segment
	}
	if len(c.queue) == 0 {
		return false
	}
	p := &c.queue[len(c.queue)-1]
	// Unanswered, and no answer can have been overlooked.
	return p.m.Last.Ack == m.First.Ack || p.lost == srv.lost && (c.exact || srv.synced)
}

// seqOf turns an offset into a sequence number of the direction m came on.
func (c *conn) seqOf(m *http1.Message, off int64) uint32 {
	i := c.server
	if m.Request {
		i = 1 - i
	}
	return c.dirs[i].base + uint32(off)
}

// match finds the request that response m answers: the first one while nothing
// is missing, otherwise only the one that is proven.
func (c *conn) match(m *http1.Message) int {
	if c.exact {
		if len(c.queue) == 0 {
			return -1
		}
		return 0
	}
	if c.pipelined {
		return -1
	}
	for i, p := range c.queue {
		if p.done && c.seqOf(p.m, p.m.End) == m.First.Ack && p.m.Last.Ack == c.seqOf(m, m.Start) {
			return i
		}
		if p.lost == c.dirs[c.server].lost {
			c.pipelined = true // still unanswered, while its answer can't have been lost
			return -1
		}
	}
	return -1
}

func (s *sink) Done(m *http1.Message) {
	c := (*conn)(s)
	c.qsize += m.Size()
	if m.Undecoded {
		c.t.stats.Undecoded++
	}
	if m.Ambiguous {
		c.t.stats.Ambiguous++
	}
	if m.Request {
		c.t.stats.Requests++
		n := len(c.queue) - 1
		c.queue[n].done = true
		c.pipelined = c.debt.unpaid(m.End-m.Start) || c.pipelined
		if r := c.queue[n].resp; r != nil {
			c.pop(n, r)
		}
		return
	}
	if m.Status < 200 && m.Status != 101 {
		c.give(m)
		return
	}
	c.t.stats.Responses++
	i := c.match(m)
	switch {
	case i < 0 || c.queue[i].m != c.answers: // also when framed without knowing the method
		c.debt.answers++
		c.t.stats.Drops[DropUncertain]++
		c.give(m)
	case c.queue[i].done:
		c.pop(i, m)
	case c.queue[i].resp == nil:
		c.queue[i].resp = m
		return
	default:
		c.t.stats.Drops[DropUncertain]++
		c.give(m)
	}
}

// pop emits the pair of the i-th request and drops the requests before it,
// whose responses were lost.
func (c *conn) pop(i int, resp *http1.Message) {
	for _, p := range c.queue[:i] {
		c.t.stats.Drops[DropUncertain]++
		c.give(p.m)
	}
	req := c.queue[i].m
	c.queue = c.queue[:copy(c.queue, c.queue[i+1:])]
	c.yield(req, resp)
	upgrade := resp.Upgrade
	c.sure = true
	c.give(req)
	c.give(resp)
	if upgrade {
		c.kill(DropTunnel)
	}
}

var versions = [10]string{"1.0", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6", "1.7", "1.8", "1.9"}

func (c *conn) yield(req, resp *http1.Message) {
	e := &c.t.ex
	qh, rh := e.Request.Headers[:0], e.Response.Headers[:0]
	ends := [2]netip.AddrPort{c.key.a, c.key.b}
	path, query, _ := bytes.Cut(req.Target, []byte{'?'})
	*e = exchange.Exchange{
		Protocol: exchange.HTTP, Version: versions[req.Minor],
		Client: ends[1-c.server], Server: ends[c.server],
		Start:    time.Unix(0, req.First.Time),
		Duration: time.Duration(max(resp.Last.Time-req.First.Time, 0)),
		Partial:  req.Missing || resp.Missing || req.Truncated || resp.Truncated,
		Method:   req.Method, Path: path, Query: query, Status: resp.Status,
	}
	translate(&e.Request, req, qh)
	translate(&e.Response, resp, rh)
	c.t.stats.Exchanges++
	if e.Partial {
		c.t.stats.Partial++
	}
	if !c.exact {
		c.t.stats.Proven++
	}
	c.t.emit(e)
}

func translate(dst *exchange.Message, m *http1.Message, hs []exchange.Header) {
	for _, h := range m.Headers {
		hs = append(hs, exchange.Header(h))
	}
	*dst = exchange.Message{Headers: hs, Body: m.Body, BodySize: m.BodySize, Truncated: m.Truncated}
}
