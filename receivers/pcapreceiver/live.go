package pcapreceiver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/weir-telemetry/weir/internal/capture/afpacket"
)

const (
	scanEvery = 2 * time.Second       // for interfaces that appear
	pollFor   = 50 * time.Millisecond // so that a batch is never older than 250 ms
)

// live captures on all interfaces that match, also on those that appear later.
// Each has its own goroutine, ring and connections.
type live struct {
	r       *pcapReceiver
	ctx     context.Context
	mu      sync.Mutex
	running map[string]bool
}

// follow looks for new interfaces until the end.
func (l *live) follow() {
	for sleep(l.ctx, scanEvery) {
		if err := l.scan(false); err != nil {
			l.r.log.Warn("live capture", zap.Error(err))
		}
	}
}

// scan opens the interfaces that match and don't run yet. At the first time an
// interface that was named without a glob must be there.
func (l *live) scan(first bool) error {
	all, err := net.Interfaces()
	if err != nil {
		return fmt.Errorf("list interfaces: %w", err)
	}
	var errs []error
	for i, pattern := range l.r.cfg.Interfaces {
		found := false
		for _, ifc := range all {
			if ok, _ := path.Match(pattern, ifc.Name); ok {
				found = true
				errs = append(errs, l.open(ifc.Name))
			}
		}
		if first && !found && !strings.ContainsAny(pattern, "*?[") {
			errs = append(errs, fmt.Errorf("interfaces[%d]: there is no interface of this name", i))
		}
	}
	return errors.Join(errs...)
}

func (l *live) open(name string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.running[name] {
		return nil
	}
	in, err := afpacket.Open(afpacket.Config{Interface: name, RingBytes: l.r.cfg.RingSize})
	if err != nil {
		if permission(err) {
			return fmt.Errorf("live capture needs the capability CAP_NET_RAW (run as root or grant it): %w", err)
		}
		return err
	}
	l.running[name] = true
	l.r.done.Go(func() {
		l.capture(name, in)
		l.mu.Lock()
		delete(l.running, name) // may come back
		l.mu.Unlock()
	})
	return nil
}

// capture reads one interface until the end, or until it disappears.
func (l *live) capture(name string, in *afpacket.Source) {
	defer in.Close()
	s := l.r.newSource(l.ctx, false)
	defer s.end()
	var dropped uint64
	for l.ctx.Err() == nil {
		_, err := in.Poll(pollFor, s.packet)
		now := time.Now()
		if now.Sub(s.flushed) >= maxBatchAge {
			// Behind the clock, so that packets still in the ring are not late.
			s.tracker.Advance(now.Add(-maxBatchAge).UnixNano())
			s.flush()
			dropped = l.countKernel(in, dropped)
		}
		if err != nil {
			l.r.log.Info("live capture ended", zap.String("interface", name), zap.Error(err))
			return
		}
	}
	l.countKernel(in, dropped)
}

func (l *live) countKernel(in *afpacket.Source, before uint64) uint64 {
	st, err := in.Stats()
	if err != nil || st.Dropped <= before {
		return before
	}
	l.r.telemetry.PcapKernelDropped.Add(context.Background(), int64(st.Dropped-before))
	return st.Dropped
}

func permission(err error) bool { return errors.Is(err, errPermission) }
