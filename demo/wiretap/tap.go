// Package wiretap stands between an uplink exporter and its receiver and keeps
// what goes over the wire, so that the demo can search it for raw values: the
// bytes as they are, and every message of gRPC decompressed.
package wiretap

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
)

// Tap passes connections on and writes each direction to a file of its own.
// Its methods are safe for concurrent use.
type Tap struct {
	dir    string
	target string
	listen net.Listener

	mu    sync.Mutex
	conns []net.Conn
	files []string
	errs  []error
	wait  sync.WaitGroup
}

// Start listens on a free port of loopback. Connections go on to target, and
// their bytes into files of dir.
func Start(dir, target string) (*Tap, error) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for the uplink: %w", err)
	}
	t := &Tap{dir: dir, target: target, listen: l}
	t.wait.Go(t.accept)
	return t, nil
}

// Address is where to connect to.
func (t *Tap) Address() string { return t.listen.Addr().String() }

func (t *Tap) accept() {
	for n := 0; ; n++ {
		in, err := t.listen.Accept()
		if err != nil {
			return // closed
		}
		out, err := net.Dial("tcp4", t.target)
		if err != nil { // not up yet: the exporter tries again
			_ = in.Close()
			continue
		}
		t.keep(in, out)
		t.wait.Go(func() { t.copy(out, in, fmt.Sprintf("uplink-%d-sent", n)) })
		t.wait.Go(func() { t.copy(in, out, fmt.Sprintf("uplink-%d-answered", n)) })
	}
}

func (t *Tap) keep(conns ...net.Conn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.conns = append(t.conns, conns...)
}

// copy passes bytes on until either side ends, then ends both.
func (t *Tap) copy(to, from net.Conn, name string) {
	defer to.Close()
	defer from.Close()
	path := filepath.Join(t.dir, name)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600)
	if err != nil {
		t.fail(fmt.Errorf("keep the uplink's bytes: %w", err))
		return
	}
	defer f.Close()
	t.mu.Lock()
	t.files = append(t.files, path)
	t.mu.Unlock()
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		// First to the file: nothing may pass that is not searched.
		if _, werr := f.Write(buf[:n]); werr != nil {
			t.fail(fmt.Errorf("keep the uplink's bytes: %w", werr))
			return
		}
		if _, werr := to.Write(buf[:n]); werr != nil || err != nil {
			return
		}
	}
}

func (t *Tap) fail(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.errs = append(t.errs, err)
}

// Close ends all connections and writes beside each file the messages that it
// holds. It returns how many messages were sent.
func (t *Tap) Close() (messages int, err error) {
	_ = t.listen.Close() // ends accept
	t.mu.Lock()
	for _, c := range t.conns {
		_ = c.Close()
	}
	t.mu.Unlock()
	t.wait.Wait()
	for _, path := range t.files {
		n, err := decodeFile(path, path+".decoded")
		if err != nil {
			t.errs = append(t.errs, fmt.Errorf("decode %s: %w", filepath.Base(path), err))
		}
		messages += n
	}
	return messages, errors.Join(t.errs...)
}

func decodeFile(from, to string) (int, error) {
	in, err := os.Open(from)
	if err != nil {
		return 0, err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600)
	if err != nil {
		return 0, err
	}
	n, err := decode(out, in)
	return n, errors.Join(err, out.Close())
}
