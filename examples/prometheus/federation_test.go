// Package prometheus runs the examples of this folder against a real
// Prometheus.
package prometheus

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/storage/filestorage"
	"github.com/open-telemetry/opentelemetry-collector-contrib/receiver/prometheusreceiver"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/provider/envprovider"
	"go.opentelemetry.io/collector/confmap/provider/fileprovider"
	"go.opentelemetry.io/collector/confmap/provider/yamlprovider"
	"go.opentelemetry.io/collector/connector"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/extension"
	"go.opentelemetry.io/collector/otelcol"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/processor/memorylimiterprocessor"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/service/telemetry/otelconftelemetry"

	"github.com/weir-telemetry/weir/confmap/payloadguardconverter"
	"github.com/weir-telemetry/weir/connectors/factsconnector"
	"github.com/weir-telemetry/weir/exporters/uplinkexporter"
	"github.com/weir-telemetry/weir/exporters/victoriametricsexporter"
	"github.com/weir-telemetry/weir/processors/symptomdetectionprocessor"
	"github.com/weir-telemetry/weir/test/servers"
)

const (
	user, password = "weir", "made up"
	pod            = "cart-6c9f7d5b8-x2x9k"
)

// cluster is what kube-state-metrics and cAdvisor would tell of a small cluster.
type cluster struct{ scrapes atomic.Int64 }

func (c *cluster) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	n := c.scrapes.Add(1)
	_, _ = fmt.Fprintf(w, `# TYPE kube_node_status_condition gauge
kube_node_status_condition{node="worker-3",condition="Ready",status="true"} 0
kube_node_status_condition{node="worker-4",condition="Ready",status="true"} 1
# TYPE kube_pod_container_status_waiting_reason gauge
kube_pod_container_status_waiting_reason{namespace="shop",pod="%[1]s",container="cart",reason="CrashLoopBackOff"} 1
# TYPE kube_pod_container_status_restarts_total counter
kube_pod_container_status_restarts_total{namespace="shop",pod="%[1]s",container="cart"} %[2]d
# TYPE container_memory_working_set_bytes gauge
container_memory_working_set_bytes{namespace="shop",pod="%[1]s",container="cart"} 9.7e+07
# TYPE container_spec_memory_limit_bytes gauge
container_spec_memory_limit_bytes{namespace="shop",pod="%[1]s",container="cart"} 1e+08
# TYPE http_server_request_duration_seconds histogram
http_server_request_duration_seconds_bucket{job="cart",namespace="shop",http_response_status_code="200",le="+Inf"} %[3]d
http_server_request_duration_seconds_sum{job="cart",namespace="shop",http_response_status_code="200"} %[3]d
http_server_request_duration_seconds_count{job="cart",namespace="shop",http_response_status_code="200"} %[3]d
http_server_request_duration_seconds_bucket{job="cart",namespace="shop",http_response_status_code="503",le="+Inf"} %[3]d
http_server_request_duration_seconds_sum{job="cart",namespace="shop",http_response_status_code="503"} %[3]d
http_server_request_duration_seconds_count{job="cart",namespace="shop",http_response_status_code="503"} %[3]d
# TYPE shop_orders_total counter
shop_orders_total{customer="somebody"} %[2]d
`, pod, n, 100*n)
}

// prometheusOf starts a Prometheus that scrapes the target every second.
func prometheusOf(t *testing.T, target string) *servers.Server {
	s := servers.Prometheus(t, servers.Options{Args: []string{"--web.enable-lifecycle"}})
	require.NoError(t, os.WriteFile(filepath.Join(s.DataDir(), "prometheus.yml"), []byte(fmt.Sprintf(`
global: {scrape_interval: 1s, external_labels: {cluster: east}}
scrape_configs:
  - {job_name: kube-state-metrics, honor_labels: true, static_configs: [{targets: [%q]}]}
`, strings.TrimPrefix(target, "http://"))), 0o600))
	resp, err := http.Post(s.URL()+"/-/reload", "", nil)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	require.Equal(t, http.StatusOK, resp.StatusCode)
	return s
}

// locked is a Prometheus as it stands behind TLS, a user and a tenant.
func locked(t *testing.T, s *servers.Server, secrets string) (address string) {
	to, err := url.Parse(s.URL())
	require.NoError(t, err)
	proxy := httputil.NewSingleHostReverseProxy(to)
	front := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		u, p, _ := r.BasicAuth()
		if u != user || p != password || r.Header.Get("X-Scope-OrgID") != "shop" {
			http.Error(w, "who are you", http.StatusUnauthorized)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	write := func(name string, content []byte) {
		require.NoError(t, os.WriteFile(filepath.Join(secrets, name), content, 0o600))
	}
	write("prometheus-user", []byte(user))
	write("prometheus-password", []byte(password))
	write("prometheus-ca.crt", certificate(front.Certificate()))
	return front.Listener.Addr().String()
}

func certificate(c *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
}

// faster returns a copy of the example with texts replaced that it must have.
func faster(t *testing.T, replace ...string) string {
	text, err := os.ReadFile("federation.yaml")
	require.NoError(t, err)
	for i := 0; i < len(replace); i += 2 {
		require.Contains(t, string(text), replace[i])
		text = []byte(strings.ReplaceAll(string(text), replace[i], replace[i+1]))
	}
	path := filepath.Join(t.TempDir(), "federation.yaml")
	require.NoError(t, os.WriteFile(path, text, 0o600))
	return path
}

// sink is an exporter that hands on what it gets.
func sink(facts chan<- plog.Logs) exporter.Factory {
	return exporter.NewFactory(component.MustNewType("sink"), func() component.Config { return &struct{}{} },
		exporter.WithLogs(func(ctx context.Context, set exporter.Settings, cfg component.Config) (exporter.Logs, error) {
			return exporterhelper.NewLogs(ctx, set, cfg, func(_ context.Context, ld plog.Logs) error {
				copied := plog.NewLogs()
				ld.CopyTo(copied)
				facts <- copied
				return nil
			})
		}, component.StabilityLevelDevelopment))
}

func factories(facts chan<- plog.Logs) (f otelcol.Factories, err error) {
	if f.Receivers, err = otelcol.MakeFactoryMap[receiver.Factory](prometheusreceiver.NewFactory()); err != nil {
		return f, err
	}
	if f.Processors, err = otelcol.MakeFactoryMap[processor.Factory](memorylimiterprocessor.NewFactory(), symptomdetectionprocessor.NewFactory()); err != nil {
		return f, err
	}
	if f.Exporters, err = otelcol.MakeFactoryMap[exporter.Factory](victoriametricsexporter.NewFactory(), uplinkexporter.NewFactory(), sink(facts)); err != nil {
		return f, err
	}
	if f.Connectors, err = otelcol.MakeFactoryMap[connector.Factory](factsconnector.NewFactory()); err != nil {
		return f, err
	}
	f.Extensions, err = otelcol.MakeFactoryMap[extension.Factory](filestorage.NewFactory())
	f.Telemetry = otelconftelemetry.NewFactory()
	return f, err
}

func collector(t *testing.T, facts chan<- plog.Logs, uris ...string) *otelcol.Collector {
	c, err := otelcol.NewCollector(otelcol.CollectorSettings{
		BuildInfo: component.NewDefaultBuildInfo(), DisableGracefulShutdown: true,
		Factories: func() (otelcol.Factories, error) { return factories(facts) },
		ConfigProviderSettings: otelcol.ConfigProviderSettings{ResolverSettings: confmap.ResolverSettings{
			URIs:               uris,
			ProviderFactories:  []confmap.ProviderFactory{fileprovider.NewFactory(), envprovider.NewFactory(), yamlprovider.NewFactory()},
			ConverterFactories: []confmap.ConverterFactory{payloadguardconverter.NewFactory()},
		}},
	})
	require.NoError(t, err)
	return c
}

// run runs a Collector until the end of the test.
func run(t *testing.T, c *otelcol.Collector) {
	ended := make(chan error, 1)
	ctx, cancel := context.WithCancel(context.Background())
	go func() { ended <- c.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-ended)
	})
	require.Eventually(t, func() bool {
		select {
		case err := <-ended:
			ended <- err
			t.Errorf("the collector ended: %v", err)
			return true
		default:
			return c.GetState() == otelcol.StateRunning
		}
	}, 30*time.Second, 50*time.Millisecond)
}

// ask returns the value of a query to a store of series, and its labels.
func ask(t *testing.T, s *servers.Server, query string) (value float64, labels map[string]string, ok bool) {
	t.Helper()
	resp, err := http.Get(s.URL() + "/api/v1/query?query=" + url.QueryEscape(query))
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	var answer struct {
		Data struct {
			Result []struct {
				Metric map[string]string
				Value  [2]any
			}
		}
	}
	require.NoError(t, json.Unmarshal(body, &answer), "%s", body)
	if len(answer.Data.Result) == 0 {
		return 0, nil, false
	}
	r := answer.Data.Result[0]
	value, err = strconv.ParseFloat(r.Value[1].(string), 64)
	require.NoError(t, err)
	return value, r.Metric, true
}

// quick is the example for a test: it does not wait for what is worth waiting
// for in a cluster, and facts go to the sink instead of a backend.
const quick = `
processors:
  symptom_detection:
    report_interval: 1s
    catalogue:
      pod.crashloop: {detector: {for: 2s}}
      node.not_ready: {detector: {for: 2s}}
      ctr.mem.near_limit: {detector: {for: 2s}}
      svc.errors.slo_burn_fast: {detector: {window: 30s, short_window: 10s, for: 2s}}
connectors: {facts: {window: 1s}}
exporters: {sink: {}}
service:
  pipelines: {logs/facts: {exporters: [sink]}}
  telemetry: {metrics: {level: none}}
`

// A Prometheus behind TLS, a user and a tenant is read by federation: its
// series are kept, symptoms are found in them and become facts.
func TestFederation(t *testing.T) {
	target := httptest.NewServer(&cluster{})
	t.Cleanup(target.Close)
	prometheus := prometheusOf(t, target.URL)
	store := servers.VictoriaMetrics(t, servers.Options{})
	secrets := t.TempDir()
	t.Setenv("WEIR_PROMETHEUS", locked(t, prometheus, secrets))
	t.Setenv("WEIR_SECRETS_DIR", secrets)
	t.Setenv("WEIR_STATE_DIR", t.TempDir())
	t.Setenv("WEIR_VICTORIAMETRICS_URL", store.URL())
	require.NoError(t, os.WriteFile(filepath.Join(secrets, "salt"), []byte("sixteen bytes or more"), 0o600))
	facts := make(chan plog.Logs, 10_000)
	require.NoError(t, collector(t, facts, "file:federation.yaml").DryRun(t.Context()))
	run(t, collector(t, facts, "file:"+faster(t, "scrape_interval: 30s", "scrape_interval: 1s", "scrape_timeout: 20s", "scrape_timeout: 1s"),
		"yaml:"+quick))

	require.Eventually(t, func() bool {
		n, _, ok := ask(t, store, `kube_pod_container_status_restarts_total`)
		return ok && n >= 3
	}, 30*time.Second, 200*time.Millisecond)
	value, labels, ok := ask(t, store, `container_memory_working_set_bytes`)
	require.True(t, ok)
	require.InDelta(t, 9.7e7, value, 0)
	for label, want := range map[string]string{"namespace": "shop", "pod": pod, "container": "cart", "job": "kube-state-metrics", "cluster": "east"} {
		require.Equal(t, want, labels[label], label)
	}
	_, _, ok = ask(t, store, `shop_orders_total`)
	require.False(t, ok, "a series that nobody asked for")

	// What is wrong in the cluster becomes symptoms, and these facts.
	open := map[string]string{
		"pod.crashloop":            "pod shop/" + pod,
		"node.not_ready":           "node /worker-3",
		"ctr.mem.near_limit":       "container shop/" + pod + ".cart",
		"ctr.restarts":             "container shop/" + pod + ".cart",
		"svc.errors.slo_burn_fast": "service shop/cart",
	}
	told := map[string]string{}
	require.Eventually(t, func() bool {
		select {
		case ld := <-facts:
			symptoms(ld, told)
		default:
		}
		return len(told) >= len(open)
	}, 90*time.Second, 10*time.Millisecond, "told: %v", &told)
	require.Equal(t, open, told)
	for code, entity := range open {
		query := fmt.Sprintf(`last_over_time({__name__="weir_symptom",weir_symptom_code=%q}[1m])`, code)
		require.Eventually(t, func() bool {
			_, labels, ok := ask(t, store, query)
			return ok && labels["weir_entity_type"]+" "+labels["weir_entity_namespace"]+"/"+labels["weir_entity_name"] == entity
		}, 20*time.Second, 200*time.Millisecond, code)
	}

	// A changed password is used without a restart; what is up is told.
	up := func(want float64) {
		t.Helper()
		require.Eventually(t, func() bool {
			got, _, ok := ask(t, store, `last_over_time(up{job="federate"}[1m])`)
			return ok && got == want
		}, 20*time.Second, 200*time.Millisecond)
	}
	up(1)
	file := filepath.Join(secrets, "prometheus-password")
	require.NoError(t, os.WriteFile(file, []byte("changed"), 0o600))
	up(0)
	require.NoError(t, os.WriteFile(file, []byte(password), 0o600))
	up(1)
}

// symptoms adds the entities of symptoms that facts tell of to told, by code.
func symptoms(ld plog.Logs, told map[string]string) {
	for _, rl := range ld.ResourceLogs().All() {
		for _, sl := range rl.ScopeLogs().All() {
			for _, r := range sl.LogRecords().All() {
				if r.EventName() != "weir.fact.symptom" {
					continue
				}
				text := func(key string) string {
					if v, ok := r.Attributes().Get(key); ok {
						return v.AsString()
					}
					return "" // a node has no namespace
				}
				told[text("weir.symptom.code")] = text("weir.entity.type") + " " + text("weir.entity.namespace") + "/" + text("weir.entity.name")
			}
		}
	}
}
