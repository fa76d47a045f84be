package directory

import (
	"context"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const sample = `addresses:
  10.1.2.3: {kind: Deployment, namespace: shop, name: orders}
  10.1.0.0/16: {kind: External, name: wide}
  10.1.2.0/24: {kind: External, name: narrow}
  127.0.0.1:8081: {kind: Process, name: users}
  "[::1]:8081": {kind: Process, name: users6}
`

func TestResolve(t *testing.T) {
	s, err := Parse("f.yaml", []byte(sample))
	require.NoError(t, err)
	assert.Equal(t, 5, s.Len())
	for addr, want := range map[string]string{
		"10.1.2.3:80": "orders", "10.1.2.4:80": "narrow", "10.1.9.9:80": "wide", "10.2.0.0:80": "",
		"127.0.0.1:8081": "users", "127.0.0.1:9": "", "[::1]:8081": "users6",
		"[::ffff:10.1.2.3]:1": "orders", "[fe80::1%eth0]:1": "",
	} {
		w, ok := s.Resolve(netip.MustParseAddrPort(addr), time.Now())
		assert.Equal(t, want, w.Name, addr)
		assert.Equal(t, want != "", ok, addr)
	}
	assert.True(t, s.Known(netip.MustParseAddr("127.0.0.1")))
	assert.True(t, s.Known(netip.MustParseAddr("10.1.77.1")))
	assert.False(t, s.Known(netip.MustParseAddr("127.0.0.2")))
	assert.False(t, (&Snapshot{}).Known(netip.MustParseAddr("127.0.0.2")))
	at := time.Now()
	ap := netip.MustParseAddrPort("10.1.9.9:80")
	assert.Zero(t, testing.AllocsPerRun(100, func() { s.Resolve(ap, at); s.Known(ap.Addr()) }))
}

func TestParseJSON(t *testing.T) {
	s, err := Parse("f.json", []byte(`{"addresses": {"10.0.0.1": {"kind": "Service", "name": "a"}}}`))
	require.NoError(t, err)
	assert.Equal(t, 1, s.Len())
}

func TestParseErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":              "empty",
		"addresses: [":  "not valid YAML",
		"addresss: {}":  "f:1: unknown key at top level; accepted: addresses",
		"addresses: []": "f:1: addresses must be a mapping",
		"- a":           "f:1: the file must be a mapping",
		"{}":            "f:1: key addresses is missing",
		"addresses:\n  1.2.3.4: {kind: A, nam: b}":                                 "f:2: unknown key in a workload",
		"addresses:\n  1.2.3.4: {name: b}":                                         "f:2: key kind is missing",
		"addresses:\n  1.2.3.4: {kind: b}":                                         "f:2: key name is missing",
		"addresses:\n  1.2.3.4: {kind: b, name: [x]}":                              "f:2: name must be a word",
		"addresses:\n  host: {kind: A, name: b}":                                   "f:2: addresses: a key is none of",
		"addresses:\n  10.0.0.1/8: {kind: A, name: b}":                             "f:2: addresses: a prefix has bits set",
		"addresses:\n  1.2.3.4: {kind: A, name: b}\n  1.2.3.4: {kind: A, name: c}": "f:3: addresses has a key twice",
		"addresses:\n  ::1: {kind: A, name: b}\n  '[::1]': {kind: A, name: c}":     "f:3: addresses: an address stands there twice",
	} {
		_, err := Parse("f", []byte(text))
		assert.ErrorContains(t, err, want, "%q", text)
	}
}

func TestFollowKeepsLastGood(t *testing.T) {
	path := filepath.Join(t.TempDir(), "d.yaml")
	write := func(s string) {
		require.NoError(t, os.WriteFile(path+".new", []byte(s), 0o600))
		require.NoError(t, os.Rename(path+".new", path))
	}
	write(sample)
	f, err := Open(path)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	told := make(chan error, 10)
	done := make(chan struct{})
	go func() {
		defer close(done)
		f.Follow(ctx, time.Millisecond, func(_ int, err error) { told <- err })
	}()
	write("broken: 1")
	assert.ErrorContains(t, <-told, "unknown key")
	assert.Equal(t, 5, f.Len())
	write("addresses: {10.0.0.9: {kind: A, name: b}}")
	assert.NoError(t, <-told)
	assert.True(t, f.Known(netip.MustParseAddr("10.0.0.9")))
	assert.False(t, f.Known(netip.MustParseAddr("127.0.0.1")))
	cancel()
	<-done
}

func TestOpenMissing(t *testing.T) {
	_, err := Open(filepath.Join(t.TempDir(), "none"))
	assert.ErrorIs(t, err, os.ErrNotExist)
}
