package piiredactionprocessor

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/processor/processortest"

	"github.com/weir-telemetry/weir/internal/directory"
	"github.com/weir-telemetry/weir/processors/piiredactionprocessor/internal/metadata"
)

type host map[component.ID]component.Component

func (h host) GetExtensions() map[component.ID]component.Component { return h }

// directoryOf is an extension that knows the addresses of a directory file.
type directoryOf struct {
	component.StartFunc
	component.ShutdownFunc
	directory.Resolver
}

func knows(t *testing.T, addresses string) directoryOf {
	s, err := directory.Parse("test", []byte(addresses))
	require.NoError(t, err)
	return directoryOf{Resolver: s}
}

func redactorAt(t *testing.T, cfg *Config, h host) (*redactor, error) {
	p, err := newProcessor(processortest.NewNopSettings(metadata.Type), cfg)
	require.NoError(t, err)
	t.Cleanup(func() { _ = p.shutdown(context.Background()) })
	return p, p.start(t.Context(), h)
}

func TestKnownAddressesStay(t *testing.T) {
	p, err := redactorAt(t, &Config{}, host{component.MustNewID("directory"): knows(t, `
addresses:
  10.1.2.3: {kind: Deployment, namespace: shop, name: orders}
  "[2001:db8::7]:8080": {kind: Process, name: users}
`)})
	require.NoError(t, err)
	ld := plog.NewLogs()
	r := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
	r.Attributes().PutStr("server.address", "10.1.2.3")
	r.Attributes().PutStr("client.address", "203.0.113.77")
	r.Attributes().PutStr("peer", "[2001:db8::7]:8080")
	r.Attributes().PutStr("url.query", "from=2001%3Adb8%3A%3A7&to=203.0.113.77")
	r.Body().SetStr("from 10.1.2.3 to 203.0.113.77 by 2001:db8::8")
	_, _ = p.logs(t.Context(), ld)
	require.Equal(t, map[string]any{
		"server.address": "10.1.2.3", "client.address": "****", "peer": "[2001:db8::7]:8080",
		"url.query": "from=2001%3Adb8%3A%3A7&to=****",
	}, r.Attributes().AsRaw())
	require.Equal(t, "from 10.1.2.3 to **** by ****", r.Body().Str())
}

func TestWithoutDirectoryNoAddressIsKnown(t *testing.T) {
	ld := plog.NewLogs()
	r := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
	r.Attributes().PutStr("client.address", "10.1.2.3")
	_, _ = redactorOf(t, "mask").logs(t.Context(), ld)
	require.Equal(t, map[string]any{"client.address": "****"}, r.Attributes().AsRaw())
}

// What names a sender or an end is exempt from the address and name rules, and
// from no other.
func TestIdentityIsExemptFromTwoRulesOnly(t *testing.T) {
	for _, key := range []string{
		"weir.source.name", "weir.destination.namespace", "service.name", "service.instance.id", "k8s.pod.name",
		"k8s.pod.ip", "container.id", "telemetry.sdk.name", "host.name", "host.id",
	} {
		m := plog.NewLogs()
		a := m.ResourceLogs().AppendEmpty().Resource().Attributes()
		for value, want := range map[string]string{
			"203.0.113.77": "203.0.113.77", "node at 2001:db8::8": "node at 2001:db8::8", mail: "****", "4111 1111 1111 1111": "****",
			"token ghp_16C7e42F292c6912E7710c838347Ae178B4a": "token ****",
		} {
			a.PutStr(key, value)
			_, _ = redactorOf(t, "mask").logs(t.Context(), m)
			v, _ := a.Get(key)
			require.Equal(t, want, v.Str(), key)
		}
	}
	m := plog.NewLogs()
	a := m.ResourceLogs().AppendEmpty().Resource().Attributes()
	require.NoError(t, a.FromRaw(map[string]any{
		"service.full_name": "Ada Stone", "full_name": "Ada Stone", "server.address": "203.0.113.77", "net.host.name": "203.0.113.77",
		"my.service.name": "203.0.113.77", "host.ip": []any{"203.0.113.77"},
	}))
	_, _ = redactorOf(t, "mask").logs(t.Context(), m)
	require.Equal(t, map[string]any{
		"service.full_name": "Ada Stone", "full_name": "****", "server.address": "****", "net.host.name": "****",
		"my.service.name": "****", "host.ip": []any{"****"},
	}, a.AsRaw())
}

func TestDirectoryIsNamedWhenThereAreSeveral(t *testing.T) {
	one, two := component.MustNewID("directory"), component.MustNewIDWithName("directory", "b")
	h := host{one: knows(t, "addresses: {10.1.2.3: {kind: Process, name: a}}"), two: knows(t, "addresses: {10.1.2.4: {kind: Process, name: b}}")}
	_, err := redactorAt(t, &Config{}, h)
	require.ErrorContains(t, err, "several directory extensions")
	_, err = redactorAt(t, &Config{Directory: &two}, h)
	require.NoError(t, err)
	none := component.MustNewIDWithName("directory", "none")
	_, err = redactorAt(t, &Config{Directory: &none}, h)
	require.ErrorContains(t, err, `"directory/none"`)
}
