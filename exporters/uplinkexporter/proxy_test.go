package uplinkexporter

import (
	"bytes"
	"io"
	"net"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// proxy is a wire between exporter and receiver that records what the exporter
// says, and that can be cut or go silent.
type proxy struct {
	listener net.Listener
	target   string

	mu       sync.Mutex
	conns    map[net.Conn]struct{}
	silent   chan struct{} // closed: what comes goes nowhere any more
	recorded bytes.Buffer
	accepted int
	open     sync.WaitGroup
}

func newProxy(t *testing.T, target string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := &proxy{listener: l, target: target, conns: map[net.Conn]struct{}{}, silent: make(chan struct{})}
	p.open.Go(p.accept)
	t.Cleanup(p.close)
	return p
}

func (p *proxy) endpoint() string { return p.listener.Addr().String() }

func (p *proxy) accept() {
	for {
		from, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.mu.Lock()
		p.accepted++
		p.mu.Unlock()
		to, err := net.Dial("tcp", p.target)
		if err != nil {
			_ = from.Close()
			continue
		}
		p.mu.Lock()
		p.conns[from], p.conns[to] = struct{}{}, struct{}{}
		silent := p.silent
		p.mu.Unlock()
		p.open.Go(func() { p.copy(to, from, silent, true) })
		p.open.Go(func() { p.copy(from, to, silent, false) })
	}
}

// copy moves bytes until one side ends; a silent connection stays open.
func (p *proxy) copy(to, from net.Conn, silent <-chan struct{}, record bool) {
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			select {
			case <-silent:
			default:
				if record {
					p.mu.Lock()
					p.recorded.Write(buf[:n])
					p.mu.Unlock()
				}
				if _, werr := to.Write(buf[:n]); werr != nil {
					err = io.EOF
				}
			}
		}
		if err != nil {
			select {
			case <-silent: // nobody is told
			default:
				_ = to.Close()
				_ = from.Close()
			}
			return
		}
	}
}

// cut ends all connections; later ones pass.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		_ = c.Close()
	}
	clear(p.conns)
}

// hush makes the present connections half open: nothing passes and nobody is
// told. Later connections pass.
func (p *proxy) hush() {
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.silent)
	p.silent = make(chan struct{})
}

func (p *proxy) connections() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.accepted
}

// record returns what the exporter's side said so far.
func (p *proxy) record() []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	return bytes.Clone(p.recorded.Bytes())
}

func (p *proxy) close() {
	_ = p.listener.Close()
	p.cut()
	p.open.Wait()
}
