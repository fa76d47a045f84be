// Package exchange holds the unit that everything above capture works on: one
// request and its response on some protocol, and its one translation to logs,
// traces and metrics.
package exchange

import (
	"net/netip"
	"time"

	"github.com/weir-telemetry/weir/internal/entity"
)

// Protocol is the application protocol of an exchange, as the value of the
// OpenTelemetry attribute network.protocol.name.
type Protocol string

// The protocols that have a parser.
const (
	HTTP Protocol = "http"
)

// Side says from which end an exchange was observed.
type Side uint8

// The sides. A capture on a wire sees both ends and owns neither; it counts as
// the server's side.
const (
	ServerSide Side = iota
	ClientSide
)

// Exchange is one request and its response.
//
// All byte slices belong to whoever made the exchange (a parser and its
// buffers) and are valid until the call that handed the exchange over returns.
// Who keeps one copies it.
type Exchange struct {
	Protocol Protocol
	Version  string // network.protocol.version: "1.0", "1.1"
	Side     Side

	Client, Server netip.AddrPort
	Source         entity.Workload // behind Client; zero when unknown
	Destination    entity.Workload // behind Server; zero when unknown

	Start    time.Time     // first byte of the request on the wire
	Duration time.Duration // until the last byte of the response

	// Partial: bytes of a body were not seen (lost, or past the limit), while
	// the pair itself is proven.
	Partial bool

	Method []byte // HTTP method; other protocols: the command
	Path   []byte // raw path as sent, without query
	Query  []byte // raw query as sent, without "?"
	Route  string // template, never the raw path; set before translation
	Status int    // HTTP status code; 0 when there is none

	Request, Response Message
}

// Message is one direction of an exchange.
type Message struct {
	Headers []Header
	Body    []byte // content and transfer coding removed, cut at the limit
	// BodySize is the size of the body on the wire in bytes, before decoding
	// (http.request.body.size, http.response.body.size), also of what was not kept.
	BodySize int64
	// Truncated: Body is a prefix of the real one.
	Truncated bool
}

// Header is one field line. Name is as sent.
type Header struct {
	Name, Value []byte
}
