package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/weir-telemetry/weir/demo/search"
	"github.com/weir-telemetry/weir/test/servers"
	"github.com/weir-telemetry/weir/test/servers/clickhouse"
)

// stores are the real servers that the data goes to as well.
type stores struct{ vm, ch *servers.Server }

func startStores(ctx context.Context, dir string) (*stores, error) {
	vm, err := servers.StartVictoriaMetrics(ctx, servers.Options{DataDir: filepath.Join(dir, "victoriametrics")})
	if err != nil {
		return nil, err
	}
	ch, err := clickhouse.Start(ctx, clickhouse.Options{DataDir: filepath.Join(dir, "clickhouse")})
	if err != nil {
		return nil, errors.Join(err, vm.Stop())
	}
	return &stores{vm, ch}, nil
}

func (s *stores) env() []string {
	return []string{"WEIR_DEMO_VICTORIAMETRICS=" + s.vm.URL(), "WEIR_DEMO_CLICKHOUSE=" + s.ch.URL()}
}

func (s *stores) stop() error { return errors.Join(s.vm.Stop(), s.ch.Stop()) }

// The queries that show the data. An operator may paste them.
const (
	queryP95 = `histogram_quantile(0.95, sum by (vmrange, http_route) (http_server_request_duration_seconds_bucket))`

	queryEdges = `SELECT LogAttributes['weir.source.name'] AS source, LogAttributes['weir.destination.name'] AS destination,
  count() AS exchanges FROM otel.otel_logs GROUP BY source, destination ORDER BY exchanges DESC`
	queryTypes = `SELECT LogAttributes['http.route'] AS route, any(LogAttributes['weir.data_types']) AS data_types,
  count() AS exchanges FROM otel.otel_logs GROUP BY route ORDER BY exchanges DESC LIMIT 10`
	querySpans = `SELECT ServiceName, SpanName, count() AS spans, round(quantile(0.95)(Duration) / 1e6, 2) AS p95_ms
  FROM otel.otel_traces GROUP BY ServiceName, SpanName ORDER BY spans DESC LIMIT 10`
)

// show prints each query and its answer. An empty answer is an error: the
// stores were fed.
func (s *stores) show(out screen) error {
	var errs []error
	// What came within the last second is not searchable before a flush.
	_, err := s.metrics("/internal/force_flush")
	errs = append(errs, wrap("flush VictoriaMetrics", err))
	out.say("\nVictoriaMetrics, p95 of the request duration by route:\n%s", queryP95)
	answer, err := s.metrics("/api/v1/query?query=" + url.QueryEscape(queryP95))
	out.say("%s", strings.TrimSpace(string(answer)))
	if err == nil && strings.Contains(string(answer), `"result":[]`) {
		err = errors.New("no series")
	}
	errs = append(errs, wrap("query VictoriaMetrics", err))
	for _, q := range []string{queryEdges, queryTypes, querySpans} {
		out.say("\nClickHouse:\n%s", q)
		answer, err := s.rows(q + " FORMAT TSVWithNames")
		out.say("%s", strings.TrimSpace(string(answer)))
		if err == nil && strings.Count(string(answer), "\n") < 2 {
			err = errors.New("no rows")
		}
		errs = append(errs, wrap("query ClickHouse", err))
	}
	return errors.Join(errs...)
}

// search looks through everything that the stores give back.
func (s *stores) search(in *search.Searcher) error {
	series, err := s.metrics("/api/v1/export?match[]=" + url.QueryEscape(`{__name__!=""}`))
	if err != nil {
		return fmt.Errorf("export from VictoriaMetrics: %w", err)
	}
	if len(series) == 0 {
		return errors.New("export from VictoriaMetrics: nothing")
	}
	in.Bytes("VictoriaMetrics export", series)
	for _, table := range []string{"otel_logs", "otel_traces"} {
		rows, err := s.rows("SELECT * FROM otel." + table + " FORMAT JSONEachRow")
		if err != nil {
			return fmt.Errorf("read all of ClickHouse %s: %w", table, err)
		}
		in.Bytes("ClickHouse "+table, rows)
	}
	return nil
}

func (s *stores) metrics(path string) ([]byte, error) {
	return get(context.Background(), s.vm.URL()+path)
}

func (s *stores) rows(query string) ([]byte, error) {
	return get(context.Background(), s.ch.URL()+"/?query="+url.QueryEscape(query))
}

func wrap(what string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}
