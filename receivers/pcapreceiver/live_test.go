//go:build linux

package pcapreceiver

import (
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/receiver/receivertest"

	"github.com/weir-telemetry/weir/receivers/pcapreceiver/internal/metadata"
)

func TestLiveOnLoopback(t *testing.T) {
	if os.Geteuid() != 0 {
		if os.Getenv("CI") == "true" {
			t.Fatal("live capture must be tested in CI: run as root")
		}
		t.Skip("live capture needs root")
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"live":true}`))
	}))
	defer srv.Close()
	cfg := createDefaultConfig().(*Config)
	cfg.Interfaces, cfg.RingSize = []string{"lo"}, 4<<20
	var logs consumertest.LogsSink
	r, err := NewFactory().CreateLogs(t.Context(), receivertest.NewNopSettings(metadata.Type), cfg, &logs)
	require.NoError(t, err)
	require.NoError(t, r.Start(t.Context(), host{}))
	client := &http.Client{Transport: &http.Transport{}}
	resp, err := client.Get(srv.URL + "/weir-live-test")
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	client.CloseIdleConnections()
	assert.Eventually(t, func() bool { return seen(&logs, "/weir-live-test") }, 10*time.Second, 10*time.Millisecond)
	require.NoError(t, r.Shutdown(t.Context()))
}

func seen(logs *consumertest.LogsSink, path string) bool {
	for _, ld := range logs.AllLogs() {
		for _, rl := range ld.ResourceLogs().All() {
			for _, rec := range rl.ScopeLogs().At(0).LogRecords().All() {
				if v, ok := rec.Attributes().Get("url.path"); ok && v.Str() == path {
					return true
				}
			}
		}
	}
	return false
}
