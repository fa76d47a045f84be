package afpacket

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/weir-telemetry/weir/internal/capture"
	"github.com/weir-telemetry/weir/internal/capture/packet"
)

// room is a network namespace with a thread of its own in it.
type room struct {
	tid  int
	jobs chan func()
}

// newRoom makes a network namespace, which ends with the test.
func newRoom(t *testing.T) *room {
	t.Helper()
	ci := os.Getenv("CI") == "true" // where nothing is left out
	if os.Geteuid() != 0 && !ci {
		t.Skip("needs root to make a network namespace")
	}
	if _, err := exec.LookPath("ip"); err != nil && !ci {
		t.Skip("needs the ip command (package iproute2)")
	}
	r := &room{jobs: make(chan func())}
	ready := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with its namespace
		err := unix.Unshare(unix.CLONE_NEWNET)
		r.tid = unix.Gettid()
		ready <- err
		for job := range r.jobs {
			job()
		}
	}()
	err := <-ready
	t.Cleanup(func() { close(r.jobs) })
	if errors.Is(err, unix.EPERM) && !ci {
		t.Skip("root here may not make a network namespace")
	}
	require.NoError(t, err)
	return r
}

// do runs fn inside of the namespace: what it opens belongs there.
func (r *room) do(fn func()) {
	done := make(chan struct{})
	r.jobs <- func() { defer close(done); fn() }
	<-done
}

func (r *room) ip(t *testing.T, args ...string) {
	t.Helper()
	var out []byte
	var err error
	r.do(func() { out, err = exec.Command("ip", args...).CombinedOutput() })
	require.NoError(t, err, "ip %v: %s", args, out)
}

// pair returns two namespaces joined by a veth pair, and a source that captures
// at the first one's end.
func pair(t *testing.T, ring int) (here, there *room, s *Source) {
	t.Helper()
	here, there = newRoom(t), newRoom(t)
	here.ip(t, "link", "add", "wa", "type", "veth", "peer", "name", "wb")
	here.ip(t, "link", "set", "wb", "netns", fmt.Sprint(there.tid))
	here.ip(t, "addr", "add", "10.99.0.1/24", "dev", "wa")
	there.ip(t, "addr", "add", "10.99.0.2/24", "dev", "wb")
	here.ip(t, "link", "set", "wa", "up")
	there.ip(t, "link", "set", "wb", "up")
	var err error
	here.do(func() { s, err = Open(Config{Interface: "wa", RingBytes: ring}) })
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return here, there, s
}

// transfer sends n bytes from one namespace to the other over TCP.
func transfer(t *testing.T, here, there *room, n int) {
	t.Helper()
	var l net.Listener
	var c net.Conn
	var err error
	there.do(func() { l, err = net.Listen("tcp", "10.99.0.2:8080") })
	require.NoError(t, err)
	defer l.Close()
	got := make(chan int64, 1)
	go func() {
		in, err := l.Accept()
		if err != nil {
			got <- -1
			return
		}
		k, _ := io.Copy(io.Discard, in)
		_ = in.Close()
		got <- k
	}()
	here.do(func() { c, err = net.DialTimeout("tcp", "10.99.0.2:8080", 5*time.Second) })
	require.NoError(t, err)
	chunk := make([]byte, 64<<10)
	for left := n; left > 0; {
		k, err := c.Write(chunk[:min(left, len(chunk))])
		require.NoError(t, err)
		left -= k
	}
	require.NoError(t, c.Close())
	require.EqualValues(t, n, <-got)
}

// All bytes come out once and whole, also in packets that segmentation offload
// makes larger than the MTU.
func TestVethKeepsEverything(t *testing.T) {
	here, there, s := pair(t, 32<<20)
	const n = 3 << 20
	transfer(t, here, there, n)
	var dec packet.Decoder
	payload, large, fins := 0, 0, 0
	for end := time.Now().Add(10 * time.Second); fins < 2 && time.Now().Before(end); {
		_, err := s.Poll(100*time.Millisecond, func(r *capture.Record) {
			var seg packet.Segment
			if r.OrigLen != len(r.Data) || dec.Decode(r, &seg) != packet.TCP {
				t.Errorf("packet of %d bytes, %d captured", r.OrigLen, len(r.Data))
				return
			}
			if payload += len(seg.Payload); len(r.Data) > 1514 {
				large++
			}
			fins += int(seg.Flags & 1)
			if age := time.Since(time.Unix(0, r.Time)); age < 0 || age > time.Minute {
				t.Errorf("packet is %v old", age)
			}
		})
		require.NoError(t, err)
	}
	require.Equal(t, n, payload)
	require.NotZero(t, large)
	st, err := s.Stats()
	require.NoError(t, err)
	require.Zero(t, st.Dropped)
	require.NotZero(t, st.Packets)
}

// A ring that nobody empties overflows; the kernel's count of it is told, and
// what is in the ring can be read still.
func TestDropsAreCounted(t *testing.T) {
	here, there, s := pair(t, 2<<20)
	transfer(t, here, there, 16<<20)
	st, err := s.Stats()
	require.NoError(t, err)
	require.NotZero(t, st.Dropped)
	require.Greater(t, st.Packets, st.Dropped)
	again, err := s.Stats()
	require.NoError(t, err)
	require.GreaterOrEqual(t, again.Dropped, st.Dropped, "the counters only grow")
	n := 0
	for range 4 {
		k, err := s.Poll(100*time.Millisecond, func(*capture.Record) {})
		require.NoError(t, err)
		n += k
	}
	require.NotZero(t, n)
}

// An interface that vanishes, or goes down, ends the capture with an error,
// once and for all, instead of a loop that does nothing.
func TestInterfaceVanishes(t *testing.T) {
	for _, args := range [][]string{{"link", "del", "wa"}, {"link", "set", "wa", "down"}} {
		here, _, s := pair(t, 2<<20)
		failed := make(chan error, 1)
		go func() {
			for {
				if _, err := s.Poll(5*time.Second, func(*capture.Record) {}); err != nil {
					failed <- err
					return
				}
			}
		}()
		here.ip(t, args...)
		select {
		case err := <-failed:
			require.ErrorIs(t, err, unix.ENETDOWN, "%v", args)
		case <-time.After(20 * time.Second):
			t.Fatalf("%v: the capture did not notice", args)
		}
		_, err := s.Poll(time.Minute, func(*capture.Record) {})
		require.ErrorIs(t, err, unix.ENETDOWN, "it stays")
	}
}

func TestNoSuchInterface(t *testing.T) {
	_, err := Open(Config{Interface: "weir-none"})
	require.ErrorContains(t, err, `capture on interface "weir-none"`)
}
