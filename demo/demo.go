// Package demo holds what the demo carries with it: its pipeline and a kept
// capture. cmd/weir-demo runs it; see the folder's README.
package demo

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
)

//go:embed config/*.yaml testdata/demo.pcap testdata/demo.json
var files embed.FS

// Manifest describes the kept capture: the seed that all its values come from,
// and what a reader of it must find.
type Manifest struct {
	Seed      uint64 `json:"seed"`
	People    int    `json:"people"`
	Exchanges int    `json:"exchanges"`
	Packets   int    `json:"packets"`
}

// Config returns a file of config/ by name.
func Config(name string) ([]byte, error) {
	b, err := fs.ReadFile(files, "config/"+name)
	if err != nil {
		return nil, fmt.Errorf("demo configuration: %w", err)
	}
	return b, nil
}

// Capture returns the kept capture and its manifest.
func Capture() ([]byte, Manifest, error) {
	var m Manifest
	b, err := files.ReadFile("testdata/demo.json")
	if err != nil {
		return nil, m, fmt.Errorf("kept capture: %w", err)
	}
	if err := json.Unmarshal(b, &m); err != nil {
		return nil, m, fmt.Errorf("decode testdata/demo.json: %w", err)
	}
	pcap, err := files.ReadFile("testdata/demo.pcap")
	if err != nil {
		return nil, m, fmt.Errorf("kept capture: %w", err)
	}
	return pcap, m, nil
}
