package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/weir-telemetry/weir/demo"
	"github.com/weir-telemetry/weir/demo/capture"
	"github.com/weir-telemetry/weir/demo/people"
	"github.com/weir-telemetry/weir/demo/services"
)

const (
	modeAuto   = "auto"
	modeLive   = "live"
	modeReplay = "replay"

	liveSeed   = 20260102
	livePeople = 40
	// A shopper's action each 25 ms makes about 75 exchanges a second.
	shopEvery = 25 * time.Millisecond
)

// source is where packets come from: running services or the kept capture.
type source struct {
	mode  string
	why   string
	world *people.World

	fleet    *services.Fleet // live only
	shopping chan error      // live only: the end of the shopper
	kept     int             // replay only: exchanges in the capture
}

// openSource decides between live and replay, and prepares either. The capture
// goes to dir, which is never searched: it holds the raw values.
func openSource(mode, dir string) (*source, error) {
	s := &source{mode: mode, why: "asked for"}
	if mode == modeAuto {
		s.mode, s.why = modeLive, "this process may open a packet socket on loopback"
		if err := capture.Probe(); err != nil {
			s.mode, s.why = modeReplay, "no live capture here: "+err.Error()
		}
	}
	if s.mode == modeLive {
		s.world = people.New(liveSeed, livePeople)
		fleet, err := services.Start(s.world)
		if err != nil {
			return nil, err
		}
		s.fleet = fleet
		return s, nil
	}
	pcap, manifest, err := demo.Capture()
	if err != nil {
		return nil, err
	}
	s.world = people.New(manifest.Seed, manifest.People)
	s.kept = manifest.Exchanges
	if err := os.WriteFile(filepath.Join(dir, "demo.pcap"), pcap, 0o600); err != nil {
		return nil, fmt.Errorf("unpack the kept capture: %w", err)
	}
	return s, nil
}

// start begins the traffic, once weir-local is ready.
func (s *source) start(ctx context.Context) {
	if s.fleet == nil {
		return
	}
	s.shopping = make(chan error, 1)
	go func() { s.shopping <- s.fleet.ShopUntil(ctx, shopEvery) }()
	go trouble(ctx, s.fleet)
}

// finish waits for the shopper, whose context has ended, and stops the
// services, so that the number of exchanges is final.
func (s *source) finish() error {
	if s.fleet == nil {
		return nil
	}
	var err error
	if s.shopping != nil {
		err = <-s.shopping
	}
	s.fleet.Stop()
	if err != nil {
		return fmt.Errorf("the sample services: %w", err)
	}
	return nil
}

// exchanges is how many took place so far, or are in the capture.
func (s *source) exchanges() int {
	if s.fleet == nil {
		return s.kept
	}
	return s.fleet.Served()
}
