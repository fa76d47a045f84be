package flow

// Reason says why something was not turned into an exchange.
type Reason uint8

// The reasons. Each is counted once per lost thing, named in its comment.
const (
	// DropUncertain: a request or response whose pair is not proven.
	DropUncertain Reason = iota
	// DropUnanswered: a request whose connection ended without its response.
	DropUnanswered
	// DropGap: a gap that was given up.
	DropGap
	// DropNotHTTP: a connection that does not speak HTTP/1.
	DropNotHTTP
	// DropHTTP2: a connection that speaks HTTP/2 (prior knowledge or upgrade).
	DropHTTP2
	// DropTunnel: a connection left after CONNECT or 101 Switching Protocols.
	DropTunnel
	// DropMalformed: a message that breaks HTTP's framing.
	DropMalformed
	// DropHeadTooLong: a message whose head passes the limit.
	DropHeadTooLong
	// DropConnections: a connection given up at MaxConnections.
	DropConnections
	// DropBuffer: a connection given up at MaxBufferedBytes.
	DropBuffer
	// DropOutOfOrder: a gap given up at MaxOutOfOrderBytes.
	DropOutOfOrder
	// DropPipelined: a connection's requests given up at MaxPipelined.
	DropPipelined
	// DropOverlap: a segment that repeats bytes with other content. The bytes
	// that came first win. Among bytes already delivered it is told by samples
	// of the last segments, so not every change is counted.
	DropOverlap
	// DropBadSequence: a SYN, RST, FIN or data segment far outside the window.
	DropBadSequence
	// DropTruncated: a message that the connection's end cut.
	DropTruncated

	// NumReasons is the number of reasons.
	NumReasons
)

var reasonNames = [NumReasons]string{
	"uncertain_pair", "unanswered", "gap", "not_http", "http2", "tunnel", "malformed",
	"head_too_long", "connections_limit", "buffer_limit", "out_of_order_limit",
	"pipeline_limit", "conflicting_overlap", "bad_sequence", "truncated_message",
}

// String returns the reason as used in metric attributes: lower_snake_case.
func (r Reason) String() string {
	if r < NumReasons {
		return reasonNames[r]
	}
	return "unknown"
}

// Stats are a Tracker's counters since it was made, and its present size.
type Stats struct {
	Segments    uint64 // TCP segments taken
	Connections uint64 // connections opened or picked up
	Exchanges   uint64 // exchanges emitted
	Partial     uint64 // of these, with body bytes not seen
	Proven      uint64 // of these, paired by sequence numbers after a gap
	Requests    uint64 // complete requests parsed
	Responses   uint64 // complete final responses parsed
	Duplicates  uint64 // segments that brought nothing new
	// Undecoded bodies: content coding not supported, lying or nested; kept raw.
	Undecoded uint64
	// Ambiguous messages: Transfer-Encoding together with Content-Length.
	Ambiguous uint64
	Drops     [NumReasons]uint64

	ActiveConnections int // tracked now
	BufferedBytes     int // held now, buffers for reuse included; bounded by Config.MaxBufferedBytes
}
