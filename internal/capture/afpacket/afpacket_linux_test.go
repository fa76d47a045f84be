package afpacket

import (
	"net"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weir-telemetry/weir/internal/capture"
	"github.com/weir-telemetry/weir/internal/capture/packet"
)

// Each packet on loopback is seen twice by a socket; it must come out once.
func TestLoopbackOnce(t *testing.T) {
	s, err := Open(Config{Interface: "lo", RingBytes: 4 << 20})
	if err != nil && os.Geteuid() != 0 && os.Getenv("CI") != "true" {
		t.Skipf("needs CAP_NET_RAW: %v", err)
	}
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	c, err := net.Dial("tcp", l.Addr().String())
	require.NoError(t, err)
	_, err = c.Write([]byte("once"))
	require.NoError(t, err)
	require.NoError(t, c.Close())

	var dec packet.Decoder
	seen, fin := 0, false
	for end := time.Now().Add(5 * time.Second); !fin && time.Now().Before(end); {
		_, err := s.Poll(100*time.Millisecond, func(r *capture.Record) {
			var seg packet.Segment
			if dec.Decode(r, &seg) == packet.TCP && seg.Src.String() == c.LocalAddr().String() {
				if string(seg.Payload) == "once" {
					seen++
				}
				fin = fin || seg.Flags&1 != 0
			}
		})
		require.NoError(t, err)
	}
	require.True(t, fin)
	require.Equal(t, 1, seen)
	s.Stop()
	_, err = s.Poll(time.Second, func(*capture.Record) {})
	require.ErrorIs(t, err, ErrStopped)
}
