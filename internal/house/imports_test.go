package house

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/weir-telemetry/weir/"

// pkg is what `go list -json` tells of a package; Deps is transitive.
type pkg struct {
	ImportPath string
	Imports    []string
	Deps       []string
}

// collector are the import path prefixes of the Collector's component packages:
// an engine that reaches one can't be fuzzed, benchmarked or reused alone.
var collector = []string{
	"go.opentelemetry.io/collector/component",
	"go.opentelemetry.io/collector/receiver",
	"go.opentelemetry.io/collector/processor",
	"go.opentelemetry.io/collector/exporter",
	"go.opentelemetry.io/collector/connector",
	"go.opentelemetry.io/collector/extension",
	"go.opentelemetry.io/collector/service",
	"go.opentelemetry.io/collector/otelcol",
	"github.com/open-telemetry/opentelemetry-collector-contrib/",
}

const pdata = "go.opentelemetry.io/collector/pdata"

// rule says what the packages below a folder may reach, directly or not.
type rule struct {
	below  string   // folder, relative to the module
	ours   []string // folders of ours that may be reached; nil forbids all
	forbid []string // prefixes of others' packages that may not be reached
}

// engines is the import table of docs/architecture.md.
var engines = []rule{
	{"internal/datatype", nil, append([]string{pdata}, collector...)},
	{"internal/entity", nil, append([]string{pdata}, collector...)},
	{"internal/inflate", nil, append([]string{pdata}, collector...)},
	{"internal/l7", []string{"internal/inflate"}, append([]string{pdata}, collector...)},
	{"internal/detect", []string{"internal/datatype"}, append([]string{pdata}, collector...)},
	{"internal/redact", []string{"internal/datatype", "internal/detect"}, append([]string{pdata}, collector...)},
	{"internal/route", []string{"internal/detect", "internal/datatype"}, append([]string{pdata}, collector...)},
	{"internal/walk", nil, collector},
	{"internal/exchange", []string{"internal/entity"}, collector},
	{"internal/capture", nil, append([]string{pdata}, collector...)},
	{"internal/flow", []string{"internal/l7", "internal/inflate", "internal/exchange", "internal/entity", "internal/capture"}, collector},
	{"internal/directory", []string{"internal/entity"}, append([]string{pdata}, collector...)},
	{"internal/symptom", nil, append([]string{pdata}, collector...)},
	{"internal/fact", []string{"api", "internal/detect", "internal/datatype"}, collector},
	{"internal/ledger", []string{"api", "internal/fact", "internal/detect", "internal/datatype"}, collector},
	{"internal/store", []string{"api", "internal/fact", "internal/detect", "internal/datatype", "internal/credentials"}, collector},
	{"internal/guard", nil, append([]string{pdata}, collector...)},
}

// components may never import each other.
var components = []string{"receivers/", "processors/", "connectors/", "exporters/", "extensions/"}

func TestEnginesReachOnlyWhatTheTableSays(t *testing.T) {
	for _, p := range list(t, "./internal/...") {
		for _, r := range engines {
			if !within(rel(p.ImportPath), r.below) {
				continue
			}
			for _, dep := range p.Deps {
				if in(dep, r.forbid) {
					t.Errorf("%s reaches %s, which %s may not", p.ImportPath, dep, r.below)
				}
				if d := rel(dep); d != "" && !within(d, r.below) && !anyWithin(d, r.ours) {
					t.Errorf("%s reaches %s; %s may reach %v only", p.ImportPath, d, r.below, r.ours)
				}
			}
		}
	}
}

func TestComponentsDoNotImportEachOther(t *testing.T) {
	for _, p := range list(t, "./...") {
		own := folder(rel(p.ImportPath))
		if !in(own, components) {
			continue
		}
		for _, dep := range p.Imports {
			if d := rel(dep); in(d, components) && folder(d) != own {
				t.Errorf("%s imports the component %s: share it through an extension or internal/", p.ImportPath, d)
			}
		}
	}
}

func TestNothingBelowReachesAComponent(t *testing.T) {
	for _, p := range list(t, "./internal/...", "./confmap/...") {
		for _, dep := range p.Deps {
			if d := rel(dep); in(d, components) {
				t.Errorf("%s reaches the component %s", p.ImportPath, d)
			}
		}
	}
}

func TestPeersStayOutOfTheProduct(t *testing.T) {
	for _, p := range list(t, "./...") {
		for _, dep := range p.Deps {
			for _, peer := range []string{
				"github.com/gopacket/",
				"github.com/open-telemetry/opentelemetry-collector-contrib/processor/redactionprocessor",
				"github.com/open-telemetry/opentelemetry-collector-contrib/exporter/clickhouseexporter",
			} {
				if strings.HasPrefix(dep, peer) {
					t.Errorf("%s reaches the peer %s", p.ImportPath, dep)
				}
			}
		}
	}
}

func list(t *testing.T, patterns ...string) []pkg {
	t.Helper()
	var stderr bytes.Buffer
	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,Imports,Deps"}, patterns...)...) // #nosec G204 -- the patterns stand in this file
	cmd.Dir, cmd.Stderr = "../..", &stderr
	out, err := cmd.Output()
	require.NoError(t, err, stderr.String())
	var all []pkg
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

// rel is the path inside our module, or "" for others' packages.
func rel(path string) string {
	if s, ok := strings.CutPrefix(path, module); ok {
		return s
	}
	return ""
}

func within(path, below string) bool { return path == below || strings.HasPrefix(path, below+"/") }

func anyWithin(path string, below []string) bool {
	for _, b := range below {
		if within(path, b) {
			return true
		}
	}
	return false
}

func in(path string, prefixes []string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(path, p) {
			return true
		}
	}
	return false
}

// folder is the component's own folder: kind and name.
func folder(path string) string {
	parts := strings.SplitN(path, "/", 3)
	if len(parts) < 2 {
		return path
	}
	return parts[0] + "/" + parts[1]
}
