package house

import (
	"encoding/json"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// manifest is what someone outside of the project writes: upstream components
// and ours, nothing but the stock builder and its stock main.
const manifest = `
dist:
  module: example.org/third-party
  name: third-party
  version: 0.0.1
  output_path: OUT
receivers:
  - gomod: go.opentelemetry.io/collector/receiver/otlpreceiver v0.159.0
processors:
  - gomod: github.com/weir-telemetry/weir v0.1.0
    import: github.com/weir-telemetry/weir/processors/dataclassificationprocessor
  - gomod: github.com/weir-telemetry/weir v0.1.0
    import: github.com/weir-telemetry/weir/processors/piiredactionprocessor
exporters:
  - gomod: go.opentelemetry.io/collector/exporter/debugexporter v0.159.0
  - gomod: github.com/weir-telemetry/weir v0.1.0
    import: github.com/weir-telemetry/weir/exporters/clickhouseexporter
extensions:
  - gomod: github.com/weir-telemetry/weir v0.1.0
    import: github.com/weir-telemetry/weir/extensions/payloadguardextension
  - gomod: github.com/weir-telemetry/weir v0.1.0
    import: github.com/weir-telemetry/weir/extensions/statusextension
providers:
  - gomod: go.opentelemetry.io/collector/confmap/provider/envprovider v1.65.0
  - gomod: github.com/weir-telemetry/weir v0.1.0
    import: github.com/weir-telemetry/weir/confmap/lastgoodprovider
CONVERTERS
replaces:
  - github.com/weir-telemetry/weir => ROOT
`

const converters = `
converters:
  - gomod: github.com/weir-telemetry/weir v0.1.0
    import: github.com/weir-telemetry/weir/confmap/payloadguardconverter
`

// thirdParty builds a distribution the stock way, outside of the module.
func thirdParty(t *testing.T, builder, converters string) string {
	t.Helper()
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	dir := t.TempDir()
	out := filepath.Join(dir, "out")
	text := strings.NewReplacer("OUT", out, "ROOT", root, "CONVERTERS", converters).Replace(manifest)
	file := filepath.Join(dir, "builder-config.yaml")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	cmd := exec.Command(builder, "--config", file)
	cmd.Dir = dir
	output, err := cmd.CombinedOutput()
	require.NoError(t, err, string(output))
	return filepath.Join(out, "third-party")
}

const guarded = `
receivers: {otlp: {protocols: {grpc: {endpoint: 127.0.0.1:0}}}}
processors: {pii_redaction: , data_classification: }
exporters: {debug: }
extensions: {payload_guard: {receivers: [otlp]}, status: {endpoint: ENDPOINT}}
service:
  telemetry: {metrics: {level: none}}
  extensions: [payload_guard, status]
  pipelines: {logs: {receivers: [otlp], processors: PROCESSORS, exporters: [debug]}}
`

func configWith(t *testing.T, file, endpoint, processors string) {
	t.Helper()
	text := strings.NewReplacer("ENDPOINT", endpoint, "PROCESSORS", processors).Replace(guarded)
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
}

func TestThirdPartiesBuildWithTheStockBuilder(t *testing.T) {
	if testing.Short() {
		t.Skip("builds two distributions")
	}
	builder := filepath.Join(t.TempDir(), "builder")
	cmd := exec.Command("go", "build", "-o", builder, "go.opentelemetry.io/collector/cmd/builder")
	cmd.Dir = "../.."
	output, err := cmd.CombinedOutput()
	require.NoError(t, err, string(output))

	t.Run("with everything", func(t *testing.T) {
		exe := thirdParty(t, builder, converters)
		components, err := exec.Command(exe, "components").Output()
		require.NoError(t, err)
		for _, want := range []string{
			"name: pii_redaction", "name: data_classification", "name: clickhouse", "name: payload_guard",
			"name: status", "name: otlp", "name: debug",
			"scheme: file\n      module: github.com/weir-telemetry/weir", "converters:\n    - module: github.com/weir-telemetry/weir",
		} {
			assert.Contains(t, string(components), want)
		}
		file := filepath.Join(t.TempDir(), "config.yaml")
		configWith(t, file, "127.0.0.1:0", "[pii_redaction]")
		output, err := exec.Command(exe, "validate", "--config", file).CombinedOutput()
		require.NoError(t, err, string(output))
		configWith(t, file, "127.0.0.1:0", "[]")
		output, err = exec.Command(exe, "validate", "--config", file).CombinedOutput()
		require.Error(t, err)
		assert.Contains(t, string(output), "receivers::otlp → pipelines::logs → exporters::debug")
		keepsServing(t, exe)
	})

	// The extension guards alone: such a configuration validates, but doesn't start.
	t.Run("without the converter", func(t *testing.T) {
		exe := thirdParty(t, builder, "")
		file := filepath.Join(t.TempDir(), "config.yaml")
		configWith(t, file, "127.0.0.1:0", "[]")
		output, err := exec.Command(exe, "--config", file).CombinedOutput()
		require.Error(t, err)
		assert.Contains(t, string(output), "receivers::otlp → pipelines::logs → exporters::debug")
		keepsServing(t, exe) // with redaction, marshalled with all defaults, it does
	})
}

// keepsServing starts a guarded configuration that redacts, breaks its file, and
// asks the status extension what became of it.
func keepsServing(t *testing.T, exe string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	endpoint := l.Addr().String()
	require.NoError(t, l.Close())
	file := filepath.Join(t.TempDir(), "config.yaml")
	configWith(t, file, endpoint, "[data_classification, pii_redaction]")
	cmd := exec.Command(exe, "--config", file)
	var log strings.Builder
	cmd.Stdout, cmd.Stderr = &log, &log
	require.NoError(t, cmd.Start())
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Log(log.String())
		}
	}()
	type answer struct {
		Status        string
		Configuration struct {
			LastGoodInUse bool `json:"last_good_in_use"`
			Files         []struct{ File, State, Reason string }
		}
		Components []struct{ ID, Kind, Status string }
	}
	ask := func(good func(answer) bool) (a answer) {
		require.Eventually(t, func() bool {
			resp, err := http.Get("http://" + endpoint + "/status")
			if err != nil {
				return false
			}
			defer resp.Body.Close()
			a = answer{}
			return json.NewDecoder(resp.Body).Decode(&a) == nil && resp.StatusCode == http.StatusOK && good(a)
		}, time.Minute, 100*time.Millisecond)
		return a
	}
	a := ask(func(a answer) bool { return a.Status == "ok" })
	assert.False(t, a.Configuration.LastGoodInUse)
	assert.Len(t, a.Components, 6) // one receiver, two processors, one exporter, two extensions

	require.NoError(t, os.WriteFile(file, []byte(strings.Replace(guarded, "debug: }", "nothing: }", 1)), 0o600))
	a = ask(func(a answer) bool { return a.Configuration.LastGoodInUse })
	require.Len(t, a.Configuration.Files, 1)
	assert.Equal(t, file, a.Configuration.Files[0].File)
	assert.Equal(t, "invalid", a.Configuration.Files[0].State)
	assert.Equal(t, "validate: exit status 1", a.Configuration.Files[0].Reason)
}
