package capture

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"
)

// Record writes a pcap file (nanoseconds, Ethernet) of the IPv4 packets on
// loopback of which both ends lie in the network, until stop is closed and
// nothing more waits. It returns the number of packets. Loopback shows each
// packet twice; the copy on its way out is left out.
func Record(w io.Writer, network netip.Prefix, stop <-chan struct{}) (int, error) {
	s, err := open(true)
	if err != nil {
		return 0, err
	}
	return record(s, w, network, stop)
}

// record reads from a socket, which it closes.
func record(s int, w io.Writer, network netip.Prefix, stop <-chan struct{}) (int, error) {
	defer unix.Close(s)
	wait := unix.NsecToTimeval(int64(50 * time.Millisecond))
	if err := unix.SetsockoptTimeval(s, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &wait); err != nil {
		return 0, fmt.Errorf("set the receive timeout: %w", err)
	}
	if err := writeFileHeader(w); err != nil {
		return 0, err
	}
	buf, packets := make([]byte, 1<<17), 0
	for {
		n, from, err := unix.Recvfrom(s, buf, 0)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.EAGAIN):
			select {
			case <-stop:
				return packets, nil
			default:
				continue
			}
		case err != nil:
			return packets, fmt.Errorf("receive a packet: %w", err)
		}
		ll, ok := from.(*unix.SockaddrLinklayer)
		if !ok || ll.Pkttype == unix.PACKET_OUTGOING || !within(buf[:n], network) {
			continue
		}
		if err := writePacket(w, time.Now(), buf[:n]); err != nil {
			return packets, err
		}
		packets++
	}
}

func within(frame []byte, network netip.Prefix) bool {
	const ethernet, source = 14, 12
	if len(frame) < ethernet+20 {
		return false
	}
	ip := frame[ethernet:]
	from := netip.AddrFrom4([4]byte(ip[source : source+4]))
	to := netip.AddrFrom4([4]byte(ip[source+4 : source+8]))
	return network.Contains(from) && network.Contains(to)
}

func writeFileHeader(w io.Writer) error {
	h := make([]byte, 24)
	binary.LittleEndian.PutUint32(h[0:], 0xa1b23c4d) // nanoseconds
	binary.LittleEndian.PutUint16(h[4:], 2)
	binary.LittleEndian.PutUint16(h[6:], 4)
	binary.LittleEndian.PutUint32(h[16:], 1<<18)
	binary.LittleEndian.PutUint32(h[20:], 1) // Ethernet
	if _, err := w.Write(h); err != nil {
		return fmt.Errorf("write the file header: %w", err)
	}
	return nil
}

func writePacket(w io.Writer, at time.Time, frame []byte) error {
	h := make([]byte, 16)
	binary.LittleEndian.PutUint32(h[0:], uint32(at.Unix()))
	binary.LittleEndian.PutUint32(h[4:], uint32(at.Nanosecond()))
	binary.LittleEndian.PutUint32(h[8:], uint32(len(frame)))
	binary.LittleEndian.PutUint32(h[12:], uint32(len(frame)))
	if _, err := w.Write(append(h, frame...)); err != nil {
		return fmt.Errorf("write a packet: %w", err)
	}
	return nil
}
