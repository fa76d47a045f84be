package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

const (
	readyWithin = 30 * time.Second
	stopWithin  = 20 * time.Second
)

// process is weir-local, in a process group of its own: a Ctrl-C at the
// terminal reaches the driver alone, which decides the order of stopping.
type process struct {
	cmd  *exec.Cmd
	log  string
	done chan struct{} // closed at its end
	err  error         // valid after done
}

// startProcess starts a command whose output goes to the file log.
func startProcess(cmd *exec.Cmd, log string) (*process, error) {
	out, err := os.OpenFile(log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the log of weir-local: %w", err)
	}
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = childAttributes()
	p := &process{cmd: cmd, log: log, done: make(chan struct{})}
	started := make(chan error)
	go func() {
		// The kernel's "die with the parent" means the thread that started the
		// child, so that thread must stay.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer out.Close()
		err := cmd.Start()
		started <- err
		if err == nil {
			p.err = cmd.Wait()
			close(p.done)
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start weir-local: %w", err)
	}
	return p, nil
}

// ready waits until the URL answers 200.
func (p *process) ready(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		if _, err := get(ctx, url); err == nil {
			return nil
		}
		select {
		case <-p.done:
			return fmt.Errorf("weir-local ended before it was ready: %w\n%s", exitError(p.err), p.tail())
		case <-ctx.Done():
			return fmt.Errorf("weir-local was not ready in time: %w\n%s", ctx.Err(), p.tail())
		case <-tick.C:
		}
	}
}

// stop asks the process group to end, insists after a while, and tells when the
// end was not a good one.
func (p *process) stop() error {
	if p.ended() {
		return exitError(p.err)
	}
	p.signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(stopWithin):
		p.signal(syscall.SIGKILL)
		<-p.done
		return fmt.Errorf("weir-local did not stop within %s and was killed", stopWithin)
	}
	if p.err != nil {
		return exitError(p.err)
	}
	return nil
}

// kill leaves nothing of the group behind.
func (p *process) kill() {
	p.signal(syscall.SIGKILL)
	<-p.done
}

func (p *process) signal(s syscall.Signal) { _ = syscall.Kill(-p.cmd.Process.Pid, s) } // gone is as good

func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// tail is the end of the log, which weir-local keeps free of raw values.
func (p *process) tail() string {
	b, err := os.ReadFile(p.log)
	if err != nil {
		return ""
	}
	return string(b[max(0, len(b)-4096):])
}

func exitError(err error) error {
	if err == nil {
		return errors.New("status 0, though nobody asked it to end")
	}
	return err
}

// get returns the body of a 200 answer.
func get(ctx context.Context, url string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, fmt.Errorf("make request: %w", err)
	}
	req.Close = true
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("status %d", resp.StatusCode)
	}
	return b, err
}
