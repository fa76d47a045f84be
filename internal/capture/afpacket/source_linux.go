//go:build linux

package afpacket

import (
	"errors"
	"fmt"
	"net"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/weir-telemetry/weir/internal/capture"
	"golang.org/x/sys/unix"
)

const (
	blockBytes = 1 << 20
	// retireMillis is the longest time a packet waits in a block that is not full.
	retireMillis = 20
	// snapLen is more than any packet that segmentation offload makes.
	snapLen = 256 << 10
)

// Source is an open capture. Poll and Close belong to one goroutine; Stop may be
// called from any.
type Source struct {
	fd       int
	ring     []byte
	blocks   int
	next     int
	link     capture.LinkType
	loopback bool
	stop     atomic.Bool
	stats    Stats
	rec      capture.Record
	failed   error // stays: the interface is gone for this socket
}

// Open starts a capture on one interface. It needs CAP_NET_RAW. The socket sees
// nothing before its filter and ring are in place.
func Open(cfg Config) (*Source, error) {
	ifc, err := net.InterfaceByName(cfg.Interface)
	if err != nil {
		return nil, fmt.Errorf("capture on interface %q: %w", cfg.Interface, err)
	}
	if cfg.RingBytes <= 0 {
		cfg.RingBytes = 64 << 20
	}
	// Protocol 0: no packet arrives before bind names the protocol.
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("capture on interface %q: make packet socket: %w", cfg.Interface, err)
	}
	s := &Source{fd: fd, blocks: max(cfg.RingBytes/blockBytes, 2), loopback: ifc.Flags&net.FlagLoopback != 0}
	if err := s.setUp(ifc.Index); err != nil {
		_ = s.Close()
		return nil, fmt.Errorf("capture on interface %q: %w", cfg.Interface, err)
	}
	return s, nil
}

func (s *Source) setUp(index int) error {
	if err := unix.SetsockoptInt(s.fd, unix.SOL_PACKET, unix.PACKET_VERSION, unix.TPACKET_V3); err != nil {
		return fmt.Errorf("set ring version: %w", err)
	}
	if err := unix.SetsockoptSockFprog(s.fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, tcpFilter(s.loopback)); err != nil {
		return fmt.Errorf("attach filter: %w", err)
	}
	req := unix.TpacketReq3{
		Block_size: blockBytes, Block_nr: uint32(s.blocks),
		Frame_size: 2048, Frame_nr: uint32(s.blocks * (blockBytes / 2048)),
		Retire_blk_tov: retireMillis,
	}
	if err := unix.SetsockoptTpacketReq3(s.fd, unix.SOL_PACKET, unix.PACKET_RX_RING, &req); err != nil {
		return fmt.Errorf("make ring of %d bytes: %w", s.blocks*blockBytes, err)
	}
	ring, err := unix.Mmap(s.fd, 0, s.blocks*blockBytes, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return fmt.Errorf("map ring: %w", err)
	}
	s.ring = ring
	sa := &unix.SockaddrLinklayer{Protocol: htons(unix.ETH_P_ALL), Ifindex: index}
	if err := unix.Bind(s.fd, sa); err != nil {
		return fmt.Errorf("bind: %w", err)
	}
	return s.findLink()
}

// findLink asks the bound socket what packets begin with.
func (s *Source) findLink() error {
	sa, err := unix.Getsockname(s.fd)
	if err != nil {
		return fmt.Errorf("read link type: %w", err)
	}
	ll, ok := sa.(*unix.SockaddrLinklayer)
	if !ok {
		return errors.New("read link type: not a link layer address")
	}
	switch ll.Hatype {
	case unix.ARPHRD_ETHER, unix.ARPHRD_LOOPBACK:
		s.link = capture.LinkEthernet
	default: // tunnels and the like hand over bare IP
		s.link = capture.LinkRaw
	}
	return nil
}

func htons(v uint16) uint16 {
	b := [2]byte{byte(v >> 8), byte(v)}
	return *(*uint16)(unsafe.Pointer(&b)) // #nosec G103 -- two bytes in network order
}

// Poll waits up to timeout for packets and hands those of one block to fn. The
// record and its bytes are valid until fn returns. It returns the number of
// packets (0 after the timeout), and ErrStopped after Stop. An interface that
// goes down or vanishes is an error, which stays: ENETDOWN.
func (s *Source) Poll(timeout time.Duration, fn func(*capture.Record)) (int, error) {
	if s.stop.Load() || s.ring == nil {
		return 0, ErrStopped
	}
	if s.failed != nil {
		return 0, s.failed
	}
	block := s.ring[s.next*blockBytes : (s.next+1)*blockBytes]
	head := (*unix.TpacketHdrV1)(unsafe.Pointer(&block[8])) // #nosec G103 -- after version and private offset, within the block
	status := &head.Block_status
	if atomic.LoadUint32(status)&unix.TP_STATUS_USER == 0 {
		fds := []unix.PollFd{{Fd: int32(s.fd), Events: unix.POLLIN | unix.POLLERR}}
		if _, err := unix.Poll(fds, int(timeout.Milliseconds())); err != nil && !errors.Is(err, unix.EINTR) {
			return 0, fmt.Errorf("wait for packets: %w", err)
		}
		if s.stop.Load() {
			return 0, ErrStopped
		}
		if atomic.LoadUint32(status)&unix.TP_STATUS_USER == 0 {
			if fds[0].Revents&unix.POLLERR != 0 {
				s.failed = s.socketError()
				return 0, s.failed
			}
			return 0, nil
		}
	}
	n := s.walk(block, head, fn)
	atomic.StoreUint32(status, unix.TP_STATUS_KERNEL)
	s.next = (s.next + 1) % s.blocks
	return n, nil
}

// socketError reads why the socket failed; an interface that goes down is told
// as ENETDOWN.
func (s *Source) socketError() error {
	v, err := unix.GetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err == nil && v != 0 {
		err = unix.Errno(v)
	}
	if err == nil {
		return nil
	}
	return fmt.Errorf("read packets: %w", err)
}

// walk hands over the packets of a block that belongs to us.
func (s *Source) walk(block []byte, head *unix.TpacketHdrV1, fn func(*capture.Record)) int {
	off, n := int(head.Offset_to_first_pkt), 0
	for range head.Num_pkts {
		if off < 0 || off+int(unsafe.Sizeof(unix.Tpacket3Hdr{})) > len(block) {
			break
		}
		h := (*unix.Tpacket3Hdr)(unsafe.Pointer(&block[off])) // #nosec G103 -- the status word that the kernel writes
		from, to := off+int(h.Mac), off+int(h.Mac)+int(h.Snaplen)
		if to <= len(block) && from <= to {
			s.rec = capture.Record{
				Time: int64(h.Sec)*1e9 + int64(h.Nsec), Link: s.link,
				Data: block[from:to:to], OrigLen: int(h.Len),
			}
			fn(&s.rec)
			n++
		}
		if h.Next_offset == 0 {
			break
		}
		off += int(h.Next_offset)
	}
	return n
}

// Stop makes the present or next Poll return ErrStopped, at the latest after its
// timeout.
func (s *Source) Stop() { s.stop.Store(true) }

// Stats reads the kernel's counters.
func (s *Source) Stats() (Stats, error) {
	st, err := unix.GetsockoptTpacketStatsV3(s.fd, unix.SOL_PACKET, unix.PACKET_STATISTICS)
	if err != nil {
		return s.stats, fmt.Errorf("read drop counters: %w", err)
	}
	s.stats.Packets += uint64(st.Packets) // the kernel resets them at each read
	s.stats.Dropped += uint64(st.Drops)
	return s.stats, nil
}

// Close releases ring and socket. Poll must have returned before.
func (s *Source) Close() error {
	s.stop.Store(true)
	if s.ring != nil {
		_ = unix.Munmap(s.ring)
		s.ring = nil
	}
	if s.fd < 0 {
		return nil
	}
	fd := s.fd
	s.fd = -1
	return unix.Close(fd)
}
