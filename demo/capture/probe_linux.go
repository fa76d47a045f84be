package capture

import (
	"fmt"
	"net"

	"golang.org/x/sys/unix"
)

// Probe opens a packet socket on the loopback interface and closes it again.
// The error says why a live capture is impossible here.
func Probe() error {
	s, err := open(false)
	if err != nil {
		return err
	}
	return unix.Close(s)
}

const receiveBuffer = 32 << 20

// open returns a packet socket bound to loopback. Bound for no protocol it
// receives nothing.
func open(receive bool) (int, error) {
	lo, err := loopback()
	if err != nil {
		return -1, err
	}
	s, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, fmt.Errorf("open a packet socket (needs root or CAP_NET_RAW): %w", err)
	}
	// Before the first packet. Beyond rmem_max where this process may.
	if unix.SetsockoptInt(s, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, receiveBuffer) != nil {
		_ = unix.SetsockoptInt(s, unix.SOL_SOCKET, unix.SO_RCVBUF, receiveBuffer) // the kernel takes what it allows
	}
	addr := &unix.SockaddrLinklayer{Ifindex: lo.Index}
	if receive {
		addr.Protocol = bigEndian(unix.ETH_P_IP)
	}
	if err := unix.Bind(s, addr); err != nil {
		_ = unix.Close(s) // the bind tells more
		return -1, fmt.Errorf("bind a packet socket to %s: %w", lo.Name, err)
	}
	return s, nil
}

func loopback() (net.Interface, error) {
	all, err := net.Interfaces()
	if err != nil {
		return net.Interface{}, fmt.Errorf("list interfaces: %w", err)
	}
	for _, i := range all {
		if i.Flags&net.FlagLoopback != 0 && i.Flags&net.FlagUp != 0 {
			return i, nil
		}
	}
	return net.Interface{}, fmt.Errorf("no loopback interface is up")
}

func bigEndian(v uint16) uint16 { return v<<8 | v>>8 }
