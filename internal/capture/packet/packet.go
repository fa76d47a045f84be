// Package packet decodes captured packets down to TCP: link layer, VLAN tags,
// IPv4 and IPv6 with extension headers and fragments. Nothing is read outside
// of a packet, checksums are not verified (offloading leaves them empty).
package packet

import "net/netip"

// Segment is one TCP segment; its fields are those of flow.Segment.
type Segment struct {
	Src, Dst netip.AddrPort
	Seq, Ack uint32
	Flags    uint8 // FIN 1, SYN 2, RST 4, PSH 8, ACK 16
	// Payload belongs to the record it was decoded from (or to the Decoder,
	// when fragments were put together) and is valid until the next call.
	Payload []byte
	// Missing is the number of payload bytes that the snap length cut.
	Missing int
}

// Verdict says what a packet was.
type Verdict uint8

// The verdicts. All but TCP mean that there is no segment.
const (
	TCP Verdict = iota
	NotIP
	NotTCP
	// Fragment: a piece of a packet, kept until the others arrive.
	Fragment
	// FragmentDropped: a piece that overlaps, is out of bounds or did not fit.
	FragmentDropped
	Short       // headers cut
	Malformed   // header fields that contradict each other
	Tunnel      // GRE, VXLAN and other encapsulation that is not looked into
	UnknownLink // link type not supported

	// NumVerdicts is the number of verdicts.
	NumVerdicts
)

var verdictNames = [NumVerdicts]string{
	"tcp", "not_ip", "not_tcp", "fragment", "fragment_dropped", "short", "malformed", "tunnel", "unknown_link",
}

// String returns the verdict as used in metric attributes: lower_snake_case.
func (v Verdict) String() string {
	if v < NumVerdicts {
		return verdictNames[v]
	}
	return "unknown"
}
