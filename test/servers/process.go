package servers

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// Spec says how to start one server.
type Spec struct {
	// Name is used in errors and log file names.
	Name string
	// Path is the executable.
	Path string
	// Args returns the arguments for a loopback port and a data directory.
	Args func(port int, dataDir string) []string
	// Env is added to the process's own environment.
	Env []string
	// DataDir is kept when given; otherwise a temporary directory is made and
	// removed by Close.
	DataDir string
	// Ready returns nil once the server answers on addr (127.0.0.1:port). It is
	// polled until StartTimeout.
	Ready func(ctx context.Context, addr string) error
	// StartTimeout is 30 seconds when zero.
	StartTimeout time.Duration
	// StopTimeout is how long Stop waits after SIGTERM before it kills; 10
	// seconds when zero.
	StopTimeout time.Duration
}

// Server is a running server. Its methods are safe for concurrent use.
type Server struct {
	spec    Spec
	port    int
	ownData bool
	logPath string

	mu   sync.Mutex
	cmd  *exec.Cmd
	done chan struct{} // closed when the process has been waited for
}

// errEndedEarly tells that the process ended before it was ready, which happens
// when another process took the port between the choice and the start.
var errEndedEarly = errors.New("the process ended before it was ready")

// Start starts a server and waits until it is ready. It tries three ports. The
// process dies with its parent. The caller must Close the server.
func Start(ctx context.Context, spec Spec) (*Server, error) {
	s := &Server{spec: spec}
	if s.spec.StartTimeout == 0 {
		s.spec.StartTimeout = 30 * time.Second
	}
	if s.spec.StopTimeout == 0 {
		s.spec.StopTimeout = 10 * time.Second
	}
	if s.spec.DataDir == "" {
		dir, err := os.MkdirTemp("", "weir-"+spec.Name+"-")
		if err != nil {
			return nil, fmt.Errorf("create a data directory for %s: %w", spec.Name, err)
		}
		s.spec.DataDir, s.ownData = dir, true
	} else if err := os.MkdirAll(spec.DataDir, 0o750); err != nil {
		return nil, fmt.Errorf("create the data directory of %s: %w", spec.Name, err)
	}
	// Beside the data, not in it: servers dislike foreign files.
	s.logPath = filepath.Clean(s.spec.DataDir) + ".log"
	var err error
	for range 3 {
		if s.port, err = FreePort(); err != nil {
			break
		}
		if err = s.start(ctx); err == nil {
			return s, nil
		}
		if !errors.Is(err, errEndedEarly) {
			break
		}
	}
	err = fmt.Errorf("start %s: %w\n%s", spec.Name, err, s.LogTail(4096))
	_ = s.Close()
	return nil, err
}

// FreePort returns a TCP port of 127.0.0.1 that was free a moment ago.
func FreePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("choose a free port: %w", err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// Addr returns 127.0.0.1:port.
func (s *Server) Addr() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)) }

// URL returns http://127.0.0.1:port.
func (s *Server) URL() string { return "http://" + s.Addr() }

// DataDir returns the server's data directory.
func (s *Server) DataDir() string { return s.spec.DataDir }

// LogTail returns the last n bytes of what the server wrote.
func (s *Server) LogTail(n int) string {
	b, err := os.ReadFile(s.logPath)
	if err != nil {
		return ""
	}
	if len(b) > n {
		b = b[len(b)-n:]
	}
	return string(b)
}

// Stop sends SIGTERM, waits, and kills when that takes too long. The data
// stays; Restart starts the server again. Stopping a stopped server is fine.
func (s *Server) Stop() error { return s.end(syscall.SIGTERM) }

// Kill ends the server with SIGKILL, as a crash would, and waits for it.
func (s *Server) Kill() error { return s.end(syscall.SIGKILL) }

// Restart starts a stopped or killed server on the same port and data and
// waits until it is ready.
func (s *Server) Restart(ctx context.Context) error {
	if err := s.Stop(); err != nil {
		return err
	}
	if err := s.start(ctx); err != nil {
		return fmt.Errorf("restart %s: %w\n%s", s.spec.Name, err, s.LogTail(4096))
	}
	return nil
}

// Close stops the server and removes a data directory that Start made, and the
// log. The log of a server with a given data directory stays beside it.
func (s *Server) Close() error {
	err := s.Stop()
	if s.ownData {
		err = errors.Join(err, os.RemoveAll(s.spec.DataDir))
		if rerr := os.Remove(s.logPath); !errors.Is(rerr, os.ErrNotExist) {
			err = errors.Join(err, rerr)
		}
	}
	return err
}

func (s *Server) start(ctx context.Context) error {
	log, err := os.OpenFile(s.logPath, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("open the log: %w", err)
	}
	defer func() { _ = log.Close() }() // the child has its own descriptor
	// Not CommandContext: the server outlives the context of its start.
	cmd := exec.Command(s.spec.Path, s.spec.Args(s.port, s.spec.DataDir)...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Env = append(os.Environ(), s.spec.Env...)
	cmd.SysProcAttr = childAttributes()
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("run the executable: %w", err)
	}
	done := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(done)
	}()
	s.mu.Lock()
	s.cmd, s.done = cmd, done
	s.mu.Unlock()
	if err := s.awaitReady(ctx, done); err != nil {
		return errors.Join(err, s.Kill())
	}
	return nil
}

func (s *Server) awaitReady(ctx context.Context, done <-chan struct{}) error {
	ctx, cancel := context.WithTimeout(ctx, s.spec.StartTimeout)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	var last error
	for {
		// Ended first: a foreign server on the port must not count as ours.
		select {
		case <-done:
			return errEndedEarly
		default:
		}
		if last = s.spec.Ready(ctx, s.Addr()); last == nil {
			return nil
		}
		select {
		case <-done:
			return errEndedEarly
		case <-ctx.Done():
			return fmt.Errorf("not ready after %s: %w", s.spec.StartTimeout, last)
		case <-tick.C:
		}
	}
}

func (s *Server) end(sig syscall.Signal) error {
	s.mu.Lock()
	cmd, done := s.cmd, s.done
	s.mu.Unlock()
	if cmd == nil {
		return nil
	}
	if err := cmd.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("signal %s: %w", s.spec.Name, err)
	}
	select {
	case <-done:
		return nil
	case <-time.After(s.spec.StopTimeout):
	}
	_ = cmd.Process.Kill()
	<-done
	if sig == syscall.SIGKILL {
		return nil
	}
	return fmt.Errorf("stop %s: had to be killed after %s", s.spec.Name, s.spec.StopTimeout)
}
