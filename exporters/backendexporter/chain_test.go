package backendexporter

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/configauth"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/extension/extensiontest"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/receiver/receivertest"

	"github.com/weir-telemetry/weir/exporters/uplinkexporter"
	"github.com/weir-telemetry/weir/extensions/backendextension"
	"github.com/weir-telemetry/weir/internal/fact"
	"github.com/weir-telemetry/weir/internal/store"
	"github.com/weir-telemetry/weir/receivers/uplinkreceiver"
)

// chain is a whole backend: receiver, exporter, extension.
type chain struct {
	uplink, api string // addresses
	database    string
}

func address(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, l.Close()) }()
	return l.Addr().String()
}

func startChain(t *testing.T) *chain {
	t.Helper()
	c := &chain{uplink: address(t), api: address(t), database: filepath.Join(t.TempDir(), "weir.db")}
	id := component.MustNewID("backend")
	host := &testHost{extensions: map[component.ID]component.Component{}}

	ef := backendextension.NewFactory()
	ecfg := ef.CreateDefaultConfig().(*backendextension.Config)
	ecfg.NetAddr.Endpoint, ecfg.Store.Path = c.api, c.database
	ext, err := ef.Create(t.Context(), extensiontest.NewNopSettings(ef.Type()), ecfg)
	require.NoError(t, err)
	require.NoError(t, ext.Start(t.Context(), host))
	t.Cleanup(func() { require.NoError(t, ext.Shutdown(context.Background())) })
	host.extensions[id] = ext

	exp, err := NewFactory().CreateLogs(t.Context(), exportertest.NewNopSettings(NewFactory().Type()), createDefaultConfig())
	require.NoError(t, err)
	require.NoError(t, exp.Start(t.Context(), host))
	t.Cleanup(func() { require.NoError(t, exp.Shutdown(context.Background())) })

	rf := uplinkreceiver.NewFactory()
	rcfg := rf.CreateDefaultConfig().(*uplinkreceiver.Config)
	rcfg.NetAddr.Endpoint = c.uplink
	rcfg.Auth = configoptional.Some(configauth.Config{AuthenticatorID: id})
	require.NoError(t, rcfg.Validate())
	rec, err := rf.CreateLogs(t.Context(), receivertest.NewNopSettings(rf.Type()), rcfg, exp)
	require.NoError(t, err)
	require.NoError(t, rec.Start(t.Context(), host))
	t.Cleanup(func() { require.NoError(t, rec.Shutdown(context.Background())) })
	return c
}

// sender is an agent's uplink exporter with a key.
func (c *chain) sender(t *testing.T, key, project string) exporter.Logs {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	f := uplinkexporter.NewFactory()
	cfg := f.CreateDefaultConfig().(*uplinkexporter.Config)
	cfg.Endpoint, cfg.TLS.Insecure = c.uplink, true
	cfg.APIKeyFile, cfg.Project = write("key", key), project
	cfg.Cluster, cfg.SaltFile = "test", write("salt", "a salt that only tests have")
	cfg.Ledger.Directory = filepath.Join(dir, "ledger")
	cfg.RetryConfig.Enabled = false
	cfg.QueueConfig = configoptional.None[exporterhelper.QueueBatchConfig]()
	e, err := f.CreateLogs(t.Context(), exportertest.NewNopSettings(f.Type()), cfg)
	require.NoError(t, err)
	require.NoError(t, e.Start(t.Context(), &testHost{}))
	t.Cleanup(func() { require.NoError(t, e.Shutdown(context.Background())) })
	return e
}

// get asks the API with a key.
func (c *chain) get(t *testing.T, key, path string) (int, map[string]any) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+c.api+"/api/v1"+path, http.NoBody)
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+key)
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	var v map[string]any
	require.NoError(t, json.Unmarshal(raw, &v), string(raw))
	return resp.StatusCode, v
}

func edgeLogs(sequence uint64) plog.Logs {
	start := windowStart
	web := fact.Ref{Type: 4, Namespace: "shop", Name: "web"}
	users := fact.Ref{Type: 4, Namespace: "shop", Name: "users"}
	r := &fact.Report{Agent: 1, Epoch: 2, Sequence: sequence, Start: start, Window: time.Minute,
		Edges: []fact.Edge{{Source: web, Destination: users, Protocol: 2, Port: 8080, Side: 1, Op: 1, HasRates: true, Requests: 600, Errors: 6}},
		Symptoms: []fact.Symptom{{Code: "svc.latency.shift", Entity: users, Phase: 1, Severity: 2, Onset: start, Time: start,
			Value: 2, Baseline: 1, Threshold: 1.5, Unit: 3, Samples: 30, Detector: 3}},
	}
	r.Edges[0].Durations.AddSeconds(0.05, 600)
	ld := plog.NewLogs()
	fact.AppendLogs(ld, r)
	return ld
}

// TestOverTheUplink sends facts by the real exporter and receiver and reads them
// from the API; a production key finds no way into staging.
func TestOverTheUplink(t *testing.T) {
	c := startChain(t)
	s, err := store.Open(t.Context(), store.Options{Driver: store.SQLite, Path: c.database})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	production, err := s.CreateProject(t.Context(), "shop", "production")
	require.NoError(t, err)
	staging, err := s.CreateProject(t.Context(), "shop-staging", "staging")
	require.NoError(t, err)
	k, key, err := s.CreateKey(t.Context(), production.ID, "cluster a")
	require.NoError(t, err)

	good := c.sender(t, key, "shop")
	again := edgeLogs(1)
	require.NoError(t, good.ConsumeLogs(t.Context(), again))
	require.NoError(t, good.ConsumeLogs(t.Context(), again)) // acknowledged, and not counted twice
	require.NoError(t, good.ConsumeLogs(t.Context(), edgeLogs(2)))

	code, m := c.get(t, key, "/projects/shop/map")
	require.Equal(t, http.StatusOK, code)
	edge := m["edges"].([]any)[0].(map[string]any)
	assert.InDelta(t, 10, edge["rate"], 0.1)
	assert.InDelta(t, 0.05, edge["p95_seconds"], 0.003)
	assert.Equal(t, "http", edge["protocol"])
	var names []string
	for _, n := range m["nodes"].([]any) {
		names = append(names, n.(map[string]any)["name"].(string))
	}
	assert.ElementsMatch(t, []string{"web", "users"}, names)
	_, v := c.get(t, key, "/projects/shop/symptoms")
	require.Len(t, v["symptoms"], 1)
	assert.Equal(t, "svc.latency.shift", v["symptoms"].([]any)[0].(map[string]any)["code"])
	_, v = c.get(t, key, "/projects/shop/egress")
	require.NotEmpty(t, v["envelopes"])
	newest := v["envelopes"].([]any)[0].(map[string]any)
	assert.Positive(t, newest["bytes"])
	assert.NotEqual(t, strings.Repeat("0", 64), newest["digest"])
	verdict, err := s.Verify(t.Context(), production.ID)
	require.NoError(t, err)
	assert.True(t, verdict.OK)

	// Into another project, by another key, with none, and after it was revoked.
	for name, bad := range map[string]exporter.Logs{
		"staging": c.sender(t, key, "shop-staging"), "unknown key": c.sender(t, "wk_"+store.NewSecret(), "shop"),
	} {
		require.Error(t, bad.ConsumeLogs(t.Context(), edgeLogs(1)), name)
	}
	code, _ = c.get(t, key, "/projects/shop-staging/map")
	assert.Equal(t, http.StatusForbidden, code)
	require.NoError(t, s.RevokeKey(t.Context(), production.ID, k.ID))
	err = good.ConsumeLogs(t.Context(), edgeLogs(3)) // its stream is still open
	require.Error(t, err)
	assert.False(t, consumererror.IsPermanent(err), err) // it waits for another key
	code, _ = c.get(t, key, "/projects/shop/map")
	assert.Equal(t, http.StatusUnauthorized, code)
	for p, want := range map[string]int{production.ID: 2, staging.ID: 0} {
		found, err := s.Entities(t.Context(), p, "")
		require.NoError(t, err)
		assert.Len(t, found, want)
	}
}
