//go:build linux

package afpacket

import "golang.org/x/sys/unix"

// Offsets of the kernel's own packet data in a classic filter (SKF_AD_…).
const (
	skfNet   = 0xfff00000 // relative to the network header
	skfProto = 0xfffff000 // SKF_AD_PROTOCOL
	skfType  = 0xfffff004 // SKF_AD_PKTTYPE

	pktOutgoing = 4
)

// tcpFilter lets TCP over IPv4 pass, and IPv6 whose next header is TCP, a
// fragment or an extension header. It looks at the network header, so that the
// link layer and tags that the card strips do not matter; tagged frames pass
// for the decoder to judge. On loopback each packet is seen going out and
// coming in: outgoing ones are refused.
func tcpFilter(loopback bool) *unix.SockFprog {
	ld := func(mode uint16, k uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_LD | mode | unix.BPF_ABS, K: k}
	}
	jeq := func(k uint32, jt, jf uint8) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: k, Jt: jt, Jf: jf}
	}
	ret := func(k uint32) unix.SockFilter { return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: k} }
	var f []unix.SockFilter
	if loopback {
		f = append(f, ld(unix.BPF_W, skfType), jeq(pktOutgoing, 0, 1), ret(0))
	}
	f = append(f,
		ld(unix.BPF_H, skfProto),
		jeq(unix.ETH_P_IP, 4, 0),      // -> ip4
		jeq(unix.ETH_P_IPV6, 5, 0),    // -> ip6
		jeq(unix.ETH_P_8021Q, 12, 0),  // -> accept
		jeq(unix.ETH_P_8021AD, 11, 0), // -> accept
		ret(0),
		ld(unix.BPF_B, skfNet+9), // ip4
		jeq(unix.IPPROTO_TCP, 8, 7),
		ld(unix.BPF_B, skfNet+6), // ip6
		jeq(unix.IPPROTO_TCP, 6, 0),
		jeq(unix.IPPROTO_HOPOPTS, 5, 0),
		jeq(unix.IPPROTO_ROUTING, 4, 0),
		jeq(unix.IPPROTO_FRAGMENT, 3, 0),
		jeq(unix.IPPROTO_DSTOPTS, 2, 0),
		jeq(unix.IPPROTO_AH, 1, 0),
		ret(0),
		ret(snapLen),
	)
	return &unix.SockFprog{Len: uint16(len(f)), Filter: &f[0]}
}
