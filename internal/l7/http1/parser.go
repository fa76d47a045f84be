package http1

import (
	"bytes"
	"errors"
	"math"
)

// The errors that end a direction's parsing. They carry no content.
var (
	ErrMalformed   = errors.New("http/1: malformed message")
	ErrHeadTooLong = errors.New("http/1: head too long")
	ErrHTTP2       = errors.New("http/1: speaks http/2")
)

type state uint8

const (
	stStart state = iota
	stHead
	stLength
	stUntilClose
	stChunkSize
	stChunkData
	stChunkEnd
	stTrailer
	stEnded // after an upgrade or an error
)

const maxChunkLine = 4096

// Sink takes what a Parser finds. The calls come from within Feed.
type Sink interface {
	// Head is called at the end of a message's head; for a response it says
	// which method it answers ("" when unknown).
	Head(m *Message) (method []byte)
	// Done is called at the end of a message. The message now belongs to the
	// sink, until Pool.Release.
	Done(m *Message)
}

// Parser parses one direction of one connection. It is not safe for concurrent
// use.
type Parser struct {
	cfg     *Config
	pool    *Pool
	sink    Sink
	request bool
	st      state
	msg     *Message
	off     int64 // stream offset of the next byte
	left    int64 // of body or chunk
	line    []byte
	trailer int // bytes of trailers
	err     error
}

// Init makes p ready for the bytes of one direction, which starts at offset.
func (p *Parser) Init(cfg *Config, pool *Pool, sink Sink, request bool, offset int64) {
	cfg.defaults()
	*p = Parser{cfg: cfg, pool: pool, sink: sink, request: request, off: offset, line: p.line[:0]}
}

// Idle reports that p stands between two messages.
func (p *Parser) Idle() bool { return p.st == stStart && p.msg == nil }

// Size is about how many bytes p holds.
func (p *Parser) Size() int {
	n := cap(p.line)
	if p.msg != nil {
		n += p.msg.Size()
	}
	return n
}

// Feed parses the next bytes of the stream. An error stays: the rest of the
// stream is not parsed.
func (p *Parser) Feed(b []byte, mark Mark) error {
	for len(b) > 0 && p.err == nil && p.st != stEnded {
		n := p.step(b, &mark)
		b = b[n:]
		p.settle()
	}
	return p.err
}

// Gap says that n bytes of the stream were lost. It reports whether framing
// survives: the gap lies within a body of known length.
func (p *Parser) Gap(n int64) bool {
	if p.err != nil || (p.st != stLength && p.st != stChunkData) || n > p.left {
		return false
	}
	p.off += n
	p.left -= n
	p.msg.BodySize += n
	p.msg.Missing, p.msg.Truncated = true, true
	p.settle()
	return true
}

// Close says that the stream has ended; clean by FIN, otherwise by loss. It
// reports whether a message was cut.
func (p *Parser) Close(clean bool) bool {
	if p.msg == nil {
		return false
	}
	if p.st == stUntilClose && p.err == nil {
		if !clean {
			p.msg.Missing, p.msg.Truncated = true, true
		}
		p.finish()
		p.st = stEnded
		return false
	}
	p.drop()
	return true
}

// Resync forgets the present message and starts anew at a stream offset.
func (p *Parser) Resync(offset int64) {
	p.drop()
	p.st, p.err, p.off = stStart, nil, offset
	p.line = p.line[:0]
}

func (p *Parser) drop() {
	if p.msg != nil {
		p.pool.Release(p.msg)
		p.msg = nil
	}
	p.st = stEnded
}

func (p *Parser) fail(err error) { p.err = err }

func (p *Parser) step(b []byte, mark *Mark) int {
	if p.msg != nil {
		p.msg.Last = *mark
	}
	switch p.st {
	case stStart:
		return p.begin(b, mark)
	case stHead:
		return p.head(b)
	case stLength, stChunkData:
		n := int(min(int64(len(b)), p.left))
		p.body(b[:n])
		p.off += int64(n)
		p.left -= int64(n)
		return n
	case stUntilClose:
		p.body(b)
		p.off += int64(len(b))
		return len(b)
	default:
		return p.chunkLine(b)
	}
}

// settle moves on when a counted part is complete.
func (p *Parser) settle() {
	if p.left == 0 && p.err == nil {
		switch p.st {
		case stLength:
			p.finish()
		case stChunkData:
			p.st = stChunkEnd
		}
	}
}

func (p *Parser) begin(b []byte, mark *Mark) int {
	if b[0] == '\r' || b[0] == '\n' { // RFC 9112, 2.2: empty lines before a request
		p.off++
		return 1
	}
	m := p.pool.get()
	m.Request, m.Start, m.First, m.Last, m.clen = p.request, p.off, *mark, *mark, -1
	p.msg, p.st = m, stHead
	return 0
}

// head collects bytes until the empty line.
func (p *Parser) head(b []byte) int {
	m := p.msg
	used := 0
	for {
		i := bytes.IndexByte(b[used:], '\n')
		end := len(b)
		if i >= 0 {
			end = used + i + 1
		}
		if len(m.head)+end-used > p.cfg.MaxHeadBytes {
			p.fail(ErrHeadTooLong)
			return used
		}
		m.head = append(m.head, b[used:end]...)
		p.off += int64(end - used)
		used = end
		if !m.begun && !p.beginsWell(i >= 0) {
			return used
		}
		if i < 0 {
			return used
		}
		if p.endOfHead() {
			p.parsed()
			return used
		}
	}
}

// beginsWell refuses what is not HTTP by its first line, or earlier when that
// can't become one, so that other protocols are not collected up to the limit.
func (p *Parser) beginsWell(line bool) bool {
	m := p.msg
	if !line {
		if n := len(m.head); n < 16 || Sniff(m.head[:min(n, 64)]) != No {
			return true
		}
		p.fail(ErrMalformed)
		return false
	}
	m.begun = true
	switch g := Sniff(m.head); {
	case g == HTTP2Preface && p.request:
		p.fail(ErrHTTP2)
	case p.request && g != RequestStart, !p.request && g != ResponseStart:
		p.fail(ErrMalformed)
	}
	return p.err == nil
}

// endOfHead reports that head ends with an empty line, bare LF accepted.
func (p *Parser) endOfHead() bool {
	h := p.msg.head
	n := len(h)
	return n >= 2 && h[n-2] == '\n' || n >= 3 && h[n-2] == '\r' && h[n-3] == '\n'
}

func (p *Parser) parsed() {
	m := p.msg
	if err := m.parseHead(p.cfg.MaxHeaders); err != nil {
		p.fail(err)
		return
	}
	method := p.sink.Head(m)
	m.keep = p.cfg.MaxBodyBytes > 0 && (p.cfg.KeepBody == nil || p.cfg.KeepBody(m.value("content-type")))
	switch {
	case !m.Request && (m.Status == 101 || m.Status/100 == 2 && string(method) == "CONNECT"):
		m.Upgrade = true
		p.finish()
		p.st = stEnded
	case !m.Request && (m.Status < 200 || m.Status == 204 || m.Status == 304 || string(method) == "HEAD"):
		p.finish()
	case m.chunked:
		p.st = stChunkSize
	case m.hasTE && m.Request:
		p.fail(ErrMalformed)
	case m.hasTE:
		p.st = stUntilClose
	case m.clen > 0:
		p.st, p.left = stLength, m.clen
	case m.clen == 0 || m.Request:
		p.finish()
	default:
		p.st = stUntilClose
	}
	if p.st == stUntilClose {
		p.left = math.MaxInt64
	}
}

func (p *Parser) body(b []byte) {
	m := p.msg
	m.BodySize += int64(len(b))
	if !m.keep || m.Missing { // after a gap only the prefix is kept
		return
	}
	room := p.cfg.MaxBodyBytes - len(m.raw)
	if len(b) > room {
		m.Truncated = true
		b = b[:room]
	}
	m.raw = append(m.raw, b...)
}

// finish completes the message and hands it to the sink.
func (p *Parser) finish() {
	m := p.msg
	p.msg, p.st = nil, stStart
	m.End = p.off
	p.pool.dec.decode(m, p.cfg.MaxBodyBytes)
	p.sink.Done(m)
}
