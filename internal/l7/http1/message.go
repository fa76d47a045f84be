package http1

import "unsafe"

// Mark is what the caller knows about the bytes of one Feed call; the parser
// hands it back with the messages.
type Mark struct {
	Time int64  // nanoseconds since the Unix epoch
	Ack  uint32 // acknowledgment number of the segment
	// Seq is the sequence number of the segment's first byte as sent.
	Seq uint32
}

// Header is one field line; Name is as sent.
type Header struct{ Name, Value []byte }

// Message is one request or response. Its slices stand in its own buffers and
// are valid until it is given back by Release.
type Message struct {
	Request bool
	Minor   int // of the version: HTTP/1.Minor

	Method, Target []byte // request
	Status         int    // response

	Headers []Header
	Body    []byte // transfer and content coding removed, cut at the limit
	// BodySize counts the body's bytes on the wire, chunk framing excluded.
	BodySize  int64
	Truncated bool // Body is a prefix
	Missing   bool // bytes of the body were not seen
	Undecoded bool // content coding could not be removed; Body is as sent
	Ambiguous bool // Transfer-Encoding and Content-Length together
	// Upgrade: a response 101, or 2xx to CONNECT: HTTP ends after this message.
	Upgrade bool

	// Start and End are offsets in the direction's stream: first byte, and the
	// one after the last.
	Start, End  int64
	First, Last Mark

	head    []byte
	raw     []byte
	decoded []byte
	begun   bool // the first line is complete and looks right
	keep    bool
	coding  coding
	clen    int64 // -1 none
	chunked bool
	hasTE   bool
}

type coding uint8

const (
	codingNone coding = iota
	codingGzip
	codingDeflate
	codingZstd
	codingOther
)

// Size is about how many bytes the message holds.
func (m *Message) Size() int {
	return cap(m.head) + cap(m.raw) + cap(m.decoded) + headerBytes*cap(m.Headers) + messageBytes
}

const (
	headerBytes  = int(unsafe.Sizeof(Header{}))
	messageBytes = int(unsafe.Sizeof(Message{}))
)

// What a Pool keeps: messages up to maxPooled bytes each, poolMessages of them,
// poolBytes in all.
const (
	maxPooled    = 1 << 20
	poolMessages = 256
	poolBytes    = 8 << 20
)

// Pool keeps messages for reuse. It is not safe for concurrent use.
type Pool struct {
	free []*Message
	size int
	dec  decoder
}

// Size is about how many bytes the pool holds, its decoders included.
func (p *Pool) Size() int { return p.size + p.dec.size() }

// Trim lets go of all that is kept for reuse.
func (p *Pool) Trim() { *p = Pool{} }

func (p *Pool) get() *Message {
	if n := len(p.free); n > 0 {
		m := p.free[n-1]
		p.free = p.free[:n-1]
		p.size -= m.Size()
		return m
	}
	return &Message{}
}

// Release gives a message back; its slices must not be used any more.
func (p *Pool) Release(m *Message) {
	if m == nil {
		return
	}
	n := m.Size()
	if n > maxPooled || len(p.free) >= poolMessages || p.size+n > poolBytes {
		return
	}
	*m = Message{
		Headers: m.Headers[:0], head: m.head[:0], raw: m.raw[:0], decoded: m.decoded[:0],
	}
	p.size += n
	p.free = append(p.free, m)
}
