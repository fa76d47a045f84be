package pcapreceiver

import (
	"context"
	"io/fs"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// errPermission is what EPERM and EACCES unwrap to.
var errPermission = fs.ErrPermission

// unfinished is the number of receivers with stop_at_end in this process that
// have not read all.
var unfinished atomic.Int64

// signalSelf asks the process to end; tests replace it.
var signalSelf = func() error { return syscall.Kill(os.Getpid(), syscall.SIGTERM) }

// endOnce is one receiver's share in ending the process.
type endOnce struct {
	counted bool
	once    sync.Once
}

func (e *endOnce) register() {
	e.counted = true
	unfinished.Add(1)
}

// forget takes the receiver out without ending anything.
func (e *endOnce) forget() {
	if e.counted {
		e.once.Do(func() { unfinished.Add(-1) })
	}
}

// finish says that the receiver has read all. The last one asks the process to
// end, until ctx ends as the shutdown has begun: a collector that is still
// starting does not hear signals yet, and must not be killed by one.
func (e *endOnce) finish(ctx context.Context) {
	last := false
	e.once.Do(func() { last = unfinished.Add(-1) == 0 })
	if !last {
		return
	}
	held := make(chan os.Signal, 1)
	signal.Notify(held, syscall.SIGTERM)
	defer signal.Stop(held)
	for {
		_ = signalSelf()
		if !sleep(ctx, 250*time.Millisecond) {
			return
		}
	}
}
