package backendextension

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/extension/extensiontest"

	"github.com/weir-telemetry/weir/extensions/backendextension/internal/metadata"
	"github.com/weir-telemetry/weir/internal/fact"
	"github.com/weir-telemetry/weir/internal/store"
	"github.com/weir-telemetry/weir/test/servers"
)

// TestTwoStarts starts twice on one store, of either kind: what the first start
// made stays as it is.
func TestTwoStarts(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	for driver, place := range map[string]func(*testing.T) StoreConfig{
		store.SQLite: func(*testing.T) StoreConfig {
			return StoreConfig{Driver: store.SQLite, Path: filepath.Join(dir, "weir.db")}
		},
		store.PostgreSQL: func(t *testing.T) StoreConfig {
			s := servers.Postgres(t, servers.Options{})
			return StoreConfig{Driver: store.PostgreSQL, DSNFile: write("dsn", servers.PostgresDSN(s, "postgres")+"\n")}
		},
	} {
		t.Run(driver, func(t *testing.T) {
			at := place(t)
			keyFile, passwordFile := filepath.Join(dir, driver, "key"), write(driver+"-password", adminPassword)
			change := func(c *Config) {
				c.Store, c.BootstrapKeyFile, c.AdminPasswordFile = at, keyFile, passwordFile
			}
			var first string
			t.Run("first", func(t *testing.T) {
				b, id := filled(t, change)
				key, err := os.ReadFile(keyFile)
				require.NoError(t, err)
				first = strings.TrimSpace(string(key))
				visitor(t, b).login("admin", adminPassword).do("PATCH", "/projects/"+id, map[string]any{"name": "renamed"}, http.StatusOK)
			})
			require.NoError(t, os.Remove(keyFile))
			write(driver+"-password", "another password")
			b := started(t, change)
			_, err := os.Stat(keyFile)
			require.ErrorIs(t, err, os.ErrNotExist)
			u := visitor(t, b)
			u.do("POST", "/session", map[string]any{"user": "admin", "password": "another password"}, http.StatusUnauthorized)
			u.login("admin", adminPassword)
			projects := u.do("GET", "/projects", nil, http.StatusOK)["projects"].([]any)
			require.Len(t, projects, 1)
			assert.Equal(t, "renamed", projects[0].(map[string]any)["name"])
			_, err = b.Authenticate(t.Context(), map[string][]string{"Authorization": {"Bearer " + first}})
			require.NoError(t, err)
			id, err := b.ProjectID(t.Context(), "renamed")
			require.NoError(t, err)
			assert.Len(t, u.do("GET", "/projects/"+id+"/map", nil, http.StatusOK)["edges"], 1)
		})
	}
}

func TestFailedStarts(t *testing.T) {
	dir := t.TempDir()
	short := filepath.Join(dir, "short")
	require.NoError(t, os.WriteFile(short, []byte("secret"), 0o600))
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, taken.Close()) }()
	for want, change := range map[string]func(*Config){
		"admin_password_file: password: must be 12 to 256 bytes": func(c *Config) { c.AdminPasswordFile = short },
		"admin_password_file: look at the credential file":       func(c *Config) { c.AdminPasswordFile = short + "x" },
		"store::dsn_file": func(c *Config) { c.Store = StoreConfig{Driver: store.PostgreSQL, DSNFile: short + "x"} },
		"open the store": func(c *Config) {
			c.Store = StoreConfig{Driver: store.PostgreSQL, DSNFile: short}
		},
		"listen on endpoint":   func(c *Config) { c.NetAddr.Endpoint = taken.Addr().String() },
		"bootstrap_key_file":   func(c *Config) { c.BootstrapKeyFile = filepath.Join(short, "key") },
		"one_time_login_file:": func(c *Config) { c.OneTimeLoginFile = filepath.Join(short, "login") },
	} {
		cfg := createDefaultConfig().(*Config)
		cfg.NetAddr.Endpoint, cfg.Store.Path = "127.0.0.1:0", store.InMemory
		change(cfg)
		e, err := NewFactory().Create(t.Context(), extensiontest.NewNopSettings(metadata.Type), cfg)
		require.NoError(t, err)
		err = e.Start(t.Context(), componenttest.NewNopHost())
		require.ErrorContains(t, err, want)
		assert.NotContains(t, err.Error(), "secret")
		require.NoError(t, e.Shutdown(t.Context()))
		_, err = e.(*backend).Keep(t.Context(), store.Sender{}, []*fact.Report{sampleReport(1)})
		require.ErrorIs(t, err, errNotStarted)
	}
}

// TestTLS: beyond loopback with TLS, cookies go back over TLS alone.
func TestTLS(t *testing.T) {
	cert, key := certificate(t)
	b := started(t, func(c *Config) {
		require.NoError(t, confmap.NewFromStringMap(map[string]any{
			"endpoint": "0.0.0.0:0", "tls": map[string]any{"cert_file": cert, "key_file": key},
		}).Unmarshal(c))
	})
	pool := x509.NewCertPool()
	text, err := os.ReadFile(cert)
	require.NoError(t, err)
	require.True(t, pool.AppendCertsFromPEM(text))
	_, port, err := net.SplitHostPort(*b.address.Load())
	require.NoError(t, err)
	u := visitor(t, b)
	u.base = "https://127.0.0.1:" + port
	u.client.Transport = &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: pool}}
	code, header, _ := u.raw("POST", "/api/v1/session", map[string]any{"user": "admin", "password": adminPassword})
	assert.Equal(t, http.StatusNoContent, code)
	assert.Contains(t, header.Get("Set-Cookie"), "; Secure")
	u.header = http.Header{"Host": {"weir.example.com"}} // any name: who reaches it is let to the login
	u.do("GET", "/openapi.yaml", nil, http.StatusOK)
	login, err := b.OneTimeLogin()
	require.NoError(t, err)
	assert.True(t, strings.HasPrefix(login, "https://localhost:"+port+"/#token="), login)
}

func certificate(t *testing.T) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	require.NoError(t, err)
	raw, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	cert, key = filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	require.NoError(t, os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	require.NoError(t, os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw}), 0o600))
	return cert, key
}

// TestUpkeep expires what nobody reports while the backend runs.
func TestUpkeep(t *testing.T) {
	b, id := filled(t, nil)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	b.trim(ctx, b.store.Load()) // an upkeep that is told to end is no failure
	b.cfg.Retention = time.Nanosecond
	time.Sleep(1100 * time.Millisecond) // the store counts seconds
	b.trim(t.Context(), b.store.Load())
	v, err := b.store.Load().Verify(t.Context(), id)
	require.NoError(t, err)
	assert.Equal(t, store.Verdict{OK: true}, v)
	flows, err := b.store.Load().Flows(t.Context(), id)
	require.NoError(t, err)
	assert.Len(t, flows, 1)
}
