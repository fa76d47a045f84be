// Package capture holds what all sources of packets share: the record of one
// captured packet and the link types that can be decoded.
package capture

// LinkType is the link layer of a packet, by the numbers that pcap and pcapng
// files use (LINKTYPE_…).
type LinkType uint16

// The link types that package packet decodes. DLT_RAW is 12 or 14 in files
// written by some systems, 101 everywhere else.
const (
	LinkNull     LinkType = 0
	LinkEthernet LinkType = 1
	LinkRawBSD   LinkType = 12
	LinkRawOBSD  LinkType = 14
	LinkRaw      LinkType = 101
	LinkLoop     LinkType = 108
	LinkSLL      LinkType = 113
	LinkIPv4     LinkType = 228
	LinkIPv6     LinkType = 229
	LinkSLL2     LinkType = 276
)

// Record is one captured packet.
type Record struct {
	// Time is when the packet was seen, in nanoseconds since the Unix epoch.
	Time int64
	// Link says what Data begins with.
	Link LinkType
	// Data holds the captured bytes. It belongs to the source and is valid
	// until the source is asked for the next packet.
	Data []byte
	// OrigLen is the packet's length on the wire in bytes; more than len(Data)
	// when the capture was cut by its snap length.
	OrigLen int
}
