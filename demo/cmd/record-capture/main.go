// Command record-capture makes demo/testdata/demo.pcap anew: it runs the sample
// services and writes what they say to each other. Run it from the root of the
// repository, as root, after a change of what the services say.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"github.com/weir-telemetry/weir/demo"
	"github.com/weir-telemetry/weir/demo/capture"
	"github.com/weir-telemetry/weir/demo/people"
	"github.com/weir-telemetry/weir/demo/services"
)

// 20 people and 7 actions take turns, so each person is met in several; few keep the
// capture small.
const (
	seed    = 20260101
	crowd   = 20
	actions = 70
)

func main() {
	if err := record(filepath.Join("demo", "testdata")); err != nil {
		fmt.Fprintln(os.Stderr, "record-capture:", err)
		os.Exit(1)
	}
}

func record(dir string) error {
	fleet, err := services.Start(people.New(seed, crowd))
	if err != nil {
		return err
	}
	var out bytes.Buffer
	stop, done := make(chan struct{}), make(chan error, 1)
	packets := 0
	go func() {
		var err error
		packets, err = capture.Record(&out, netip.MustParsePrefix("127.77.0.0/24"), stop)
		done <- err
	}()
	time.Sleep(500 * time.Millisecond) // the socket is open long before; a tool run by hand may wait
	for n := range actions {
		if err := fleet.Shop(context.Background(), n); err != nil {
			return err
		}
	}
	served := fleet.Served()
	fleet.Stop()
	close(stop)
	if err := <-done; err != nil {
		return err
	}
	m, err := json.MarshalIndent(demo.Manifest{Seed: seed, People: crowd, Exchanges: served, Packets: packets}, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the manifest: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "demo.pcap"), out.Bytes(), 0o600); err != nil {
		return fmt.Errorf("write the capture: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "demo.json"), append(m, '\n'), 0o600); err != nil {
		return fmt.Errorf("write the manifest: %w", err)
	}
	return nil
}
