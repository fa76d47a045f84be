package lastgoodprovider

import (
	"context"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
	"go.opentelemetry.io/collector/confmap"
)

const (
	pollEvery = 5 * time.Second        // where the file system doesn't notify
	settle    = 200 * time.Millisecond // a writer may write in several steps
)

// watch follows a file by its directory, so that renames and the symlink swaps
// of mounted config maps are seen. When files have new texts that are good, one
// of the watches calls its watcher.
func (p *provider) watch(file string, watcher confmap.WatcherFunc) confmap.CloseFunc {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	p.watches.Add(1)
	go func() {
		defer p.watches.Done()
		defer close(done)
		if p.waitForChange(ctx, file) {
			go notify(watcher)
		}
	}()
	return func(context.Context) error {
		cancel()
		<-done
		return nil
	}
}

// notify may find the resolver shut down, whose channel is then closed, or wait
// until the resolver listens: nothing waits for it.
func notify(watcher confmap.WatcherFunc) {
	defer func() { _ = recover() }()
	watcher(&confmap.ChangeEvent{})
}

func (p *provider) waitForChange(ctx context.Context, file string) bool {
	var events chan fsnotify.Event
	if w, err := fsnotify.NewWatcher(); err == nil {
		defer w.Close()
		if w.Add(filepath.Dir(file)) == nil {
			events = w.Events
		}
	}
	// The file may have changed between its being read and being watched.
	if p.changed(ctx) {
		return true
	}
	poll := time.NewTicker(pollEvery)
	defer poll.Stop()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-poll.C:
		case _, ok := <-events:
			if !ok {
				events = nil
				continue
			}
			select {
			case <-ctx.Done():
				return false
			case <-time.After(settle):
			}
			drain(events)
		}
		if p.changed(ctx) {
			return true
		}
	}
}

func drain(events <-chan fsnotify.Event) {
	for {
		select {
		case _, ok := <-events:
			if !ok {
				return
			}
		default:
			return
		}
	}
}

// changed reports, once in a pass, that there are texts for the next.
func (p *provider) changed(ctx context.Context) bool {
	p.refresh(ctx)
	p.mu.Lock()
	defer p.mu.Unlock()
	if ctx.Err() != nil || p.next == nil || p.told {
		return false
	}
	p.told = true
	return true
}
