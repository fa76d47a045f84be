package backendextension

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/extension/extensiontest"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
	"github.com/weir-telemetry/weir/extensions/backendextension/internal/metadata"
	"github.com/weir-telemetry/weir/internal/fact"
	"github.com/weir-telemetry/weir/internal/store"
)

const adminPassword = "correct horse battery"

// started runs a backend on a file of its own.
func started(t *testing.T, change func(*Config)) *backend {
	t.Helper()
	dir := t.TempDir()
	cfg := createDefaultConfig().(*Config)
	cfg.NetAddr.Endpoint = "127.0.0.1:0"
	cfg.Store.Path = filepath.Join(dir, "weir.db")
	cfg.AdminPasswordFile = filepath.Join(dir, "password")
	require.NoError(t, os.WriteFile(cfg.AdminPasswordFile, []byte(adminPassword+"\n"), 0o600))
	if change != nil {
		change(cfg)
	}
	e, err := NewFactory().Create(t.Context(), extensiontest.NewNopSettings(metadata.Type), cfg)
	require.NoError(t, err)
	require.NoError(t, e.Start(t.Context(), componenttest.NewNopHost()))
	t.Cleanup(func() { require.NoError(t, e.Shutdown(context.Background())) })
	return e.(*backend)
}

// user is a browser, or a program with a key.
type user struct {
	t      *testing.T
	base   string
	client *http.Client
	csrf   string
	header http.Header
}

func visitor(t *testing.T, b *backend) *user {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	u := &user{t: t, base: "http://" + *b.address.Load(), header: http.Header{}}
	u.client = &http.Client{Jar: jar, Transport: &http.Transport{DisableKeepAlives: true}}
	return u
}

// do sends a request and checks its status; the answer is decoded.
func (u *user) do(method, path string, body any, want int) map[string]any {
	u.t.Helper()
	code, _, raw := u.raw(method, "/api/v1"+path, body)
	require.Equal(u.t, want, code, "%s %s: %s", method, path, raw)
	var v map[string]any
	if len(raw) > 0 && raw[0] == '{' {
		require.NoError(u.t, json.Unmarshal(raw, &v))
	}
	return v
}

func (u *user) raw(method, path string, body any) (int, http.Header, []byte) {
	u.t.Helper()
	var content io.Reader = http.NoBody
	if body != nil {
		text, err := json.Marshal(body)
		require.NoError(u.t, err)
		content = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(u.t.Context(), method, u.base+path, content)
	require.NoError(u.t, err)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if u.csrf != "" {
		req.Header.Set("X-Weir-Csrf", u.csrf)
	}
	for k, v := range u.header {
		req.Header[k] = v
	}
	if h := u.header.Get("Host"); h != "" {
		req.Host = h
	}
	resp, err := u.client.Do(req)
	require.NoError(u.t, err)
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	require.NoError(u.t, err)
	return resp.StatusCode, resp.Header, raw
}

func (u *user) login(name, password string) *user {
	u.t.Helper()
	u.do("POST", "/session", map[string]any{"user": name, "password": password}, http.StatusNoContent)
	u.csrf = u.do("GET", "/session", nil, http.StatusOK)["csrf"].(string)
	return u
}

func errorCode(v map[string]any) string {
	e, _ := v["error"].(map[string]any)
	code, _ := e["code"].(string)
	return code
}

var (
	web   = fact.Ref{ID: 0xa1, Type: uplinkv1.EntityType_ENTITY_TYPE_DEPLOYMENT, Namespace: "shop", Name: "web"}
	users = fact.Ref{ID: 0xa2, Type: uplinkv1.EntityType_ENTITY_TYPE_DEPLOYMENT, Namespace: "shop", Name: "users"}
)

// sampleReport says one of everything.
func sampleReport(sequence uint64) *fact.Report {
	at := time.Now().Truncate(time.Second)
	r := &fact.Report{
		Agent: 1, Epoch: 2, Sequence: sequence, Start: at.Add(-time.Minute), Window: time.Minute,
		Origin: &fact.Origin{Sender: 9, Session: 8, Sequence: sequence, Digest: [32]byte{7}, Bytes: 300},
		Entities: []fact.Entity{{Ref: users, Op: uplinkv1.Op_OP_STATE, Image: "registry.example/users:1.4.2",
			Node: fact.Ref{ID: 5, Type: uplinkv1.EntityType_ENTITY_TYPE_NODE, Name: "n1"}, Desired: 3, Ready: 3}},
		Edges: []fact.Edge{{Source: web, Destination: users, Protocol: uplinkv1.Protocol_PROTOCOL_HTTP, Port: 8080,
			Side: uplinkv1.Side_SIDE_SERVER, Op: uplinkv1.Op_OP_STATE, HasRates: true, Requests: 600, Errors: 6}},
		Symptoms: []fact.Symptom{{ID: 0x51, Code: "svc.latency.shift", Entity: users, Peer: web, Phase: uplinkv1.Phase_PHASE_START,
			Severity: uplinkv1.Severity_SEVERITY_WARNING, Onset: at.Add(-time.Minute), Time: at, Value: 0.25,
			Unit: uplinkv1.Unit_UNIT_SECONDS, Samples: 12, Detector: uplinkv1.Detector_DETECTOR_BASELINE}},
		Flows: []fact.Flow{{Source: web, Destination: users, Protocol: uplinkv1.Protocol_PROTOCOL_HTTP, Method: uplinkv1.Method_METHOD_POST,
			Route: "/users/{id}", Direction: uplinkv1.Direction_DIRECTION_REQUEST, DataType: uplinkv1.DataType_DATA_TYPE_EMAIL,
			Sensitivity: uplinkv1.Sensitivity_SENSITIVITY_HIGH, FieldPath: "body.email", Seen: 3, First: at, Last: at}},
		Coverage: fact.Coverage{ExchangesSeen: 10, SamplingBasisPoints: 10000},
	}
	for i := range 600 {
		r.Edges[0].Durations.Add(time.Duration(i+1) * time.Millisecond)
	}
	return r
}

// filled is a backend whose project default has facts.
func filled(t *testing.T, change func(*Config)) (*backend, string) {
	t.Helper()
	b := started(t, change)
	id, err := b.ProjectID(t.Context(), "default")
	require.NoError(t, err)
	for i := range uint64(3) {
		_, err = b.Keep(t.Context(), store.Sender{Project: id}, []*fact.Report{sampleReport(i + 1)})
		require.NoError(t, err)
	}
	return b, id
}

func fill(path, project string) string {
	return strings.NewReplacer("{project}", project, "{entity}", "00000000000000a2", "{key}", "none", "{user}", "none").Replace(path)
}
