// Package flow turns the bytes of TCP connections into exchanges: it puts
// segments into order, finds the protocol, feeds the protocol's parser and
// pairs requests with responses.
//
// A wrong pair is worse than none. While no byte of a connection is missing,
// requests and responses pair in order. After a gap, or when a connection was
// picked up mid-stream, a pair is emitted only when it is proven:
// request.ack == response.seq and response.ack == request.end, on a connection
// that shows no sign of several requests under way: none sent while another one
// was unanswered, and each that a gap may have hidden answered before the client
// went on. Everything else is counted as uncertain.
//
// The limit of proof by numbers: when neither handshake nor first requests of a
// connection were captured, and its client always keeps exactly one request
// ahead of a server that answers only when the next one has come, the numbers
// are those of requests sent one at a time.
package flow

import (
	"net/netip"

	"github.com/weir-telemetry/weir/internal/exchange"
)

// The TCP flags of Segment.Flags.
const (
	FIN uint8 = 1 << iota
	SYN
	RST
	PSH
	ACK
)

// Segment is one TCP segment. It has the same fields as packet.Segment, so
// that a pointer to one converts to the other.
type Segment struct {
	Src, Dst netip.AddrPort
	Seq, Ack uint32
	Flags    uint8
	// Payload is read during the call only.
	Payload []byte
	// Missing is the number of bytes that followed Payload on the wire and were
	// cut by the capture's snap length.
	Missing int
}

// Emit takes an exchange. It and its bytes are valid until Emit returns.
type Emit func(*exchange.Exchange)
