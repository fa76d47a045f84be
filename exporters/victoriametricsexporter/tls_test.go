package victoriametricsexporter

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/consumer/consumererror"
)

// TestTLSIsVerified: an unknown authority is an error that may pass, a known
// one is accepted; custom headers go with the request.
func TestTLSIsVerified(t *testing.T) {
	var tenant string
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tenant = r.Header.Get("X-Scope-OrgID")
		w.WriteHeader(http.StatusNoContent)
	}))
	defer server.Close()
	cfg := testConfig(server.URL)
	cfg.Headers = configopaque.MapList{{Name: "X-Scope-OrgID", Value: "blue"}}
	err := started(t, cfg, settings()).ConsumeMetrics(t.Context(), manyGauges(1))
	require.ErrorContains(t, err, "certificate")
	assert.False(t, consumererror.IsPermanent(err))

	ca := filepath.Join(t.TempDir(), "ca.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	require.NoError(t, os.WriteFile(ca, block, 0o600))
	cfg.TLS.CAFile = ca
	require.NoError(t, started(t, cfg, settings()).ConsumeMetrics(t.Context(), manyGauges(1)))
	assert.Equal(t, "blue", tenant)
}
