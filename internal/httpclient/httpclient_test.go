package httpclient

import (
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/confighttp"
)

func newClient(t *testing.T) (*http.Client, func()) {
	cfg := confighttp.NewDefaultClientConfig()
	cfg.Compression = "zstd" // one wrapper more around the transport
	client, closeIdle, err := New(t.Context(), cfg, componenttest.NewNopHost(), componenttest.NewNopTelemetrySettings())
	require.NoError(t, err)
	return client, closeIdle
}

func TestCloseClosesIdleConnections(t *testing.T) {
	closed := make(chan struct{})
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateClosed {
			close(closed)
		}
	}
	s.Start()
	defer s.Close()
	client, closeIdle := newClient(t)
	resp, err := client.Post(s.URL, "text/plain", http.NoBody)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())

	client.CloseIdleConnections()
	select {
	case <-closed:
		t.Fatal("the client alone closes its connections: this package is not needed any more")
	case <-time.After(50 * time.Millisecond):
	}
	closeIdle()
	select {
	case <-closed:
	case <-time.After(10 * time.Second):
		t.Fatal("the connection is still open")
	}
}

func TestNoRedirectIsFollowed(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "/from", r.URL.Path)
		http.Redirect(w, r, "/to", http.StatusFound)
	}))
	defer s.Close()
	client, closeIdle := newClient(t)
	defer closeIdle()
	resp, err := client.Post(s.URL+"/from", "text/plain", http.NoBody)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	assert.Equal(t, http.StatusFound, resp.StatusCode)
}

// A server that answers before it has read the body: the buffer is not free
// until the transport has closed its reader.
func TestBodyIsHeldUntilTheTransportClosedIt(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }))
	defer s.Close()
	client, closeIdle := newClient(t)
	defer closeIdle()
	buf := make([]byte, 8<<20)
	for range 20 {
		body := NewBody(buf)
		req, err := body.Post(t.Context(), s.URL)
		require.NoError(t, err)
		resp, err := client.Do(req)
		if err == nil {
			require.NoError(t, resp.Body.Close())
		}
		if body.Released() {
			clear(buf) // the race detector sees a reader that is still there
		} else {
			buf = make([]byte, 8<<20)
		}
		assert.Eventually(t, body.Released, 10*time.Second, time.Millisecond)
	}
}

func TestEmptyBodyIsReleased(t *testing.T) {
	body := NewBody(nil)
	req, err := body.Post(t.Context(), "http://127.0.0.1:1")
	require.NoError(t, err)
	assert.Equal(t, http.NoBody, req.Body)
	assert.True(t, body.Released())
}
