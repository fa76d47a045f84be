package clickhouseexporter

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/weir-telemetry/weir/internal/httpclient"
)

const (
	exceptionHeader = "X-Clickhouse-Exception-Code"
	// maxAnswer bounds what is read of an answer.
	maxAnswer = 1 << 20
)

// client speaks ClickHouse's HTTP interface. It is safe for concurrent use.
type client struct {
	http     *http.Client
	endpoint string
	creds    *login
}

// insert sends one block; compressed tells that it is in ClickHouse's frames.
func (c *client) insert(ctx context.Context, t *table, body *httpclient.Body, compressed bool, token string) error {
	q := url.Values{
		"query": {t.insert},
		// An insert that spans many days must not be refused for ever.
		"throw_on_max_partitions_per_insert_block": {"0"},
	}
	if compressed {
		q.Set("decompress", "1")
	}
	if token != "" {
		q.Set("insert_deduplicate", "1")
		q.Set("insert_deduplication_token", token)
	}
	_, err := c.do(ctx, q, body)
	return err
}

// exec runs a statement and returns its (small) answer.
func (c *client) exec(ctx context.Context, statement string) ([]byte, error) {
	return c.do(ctx, url.Values{}, httpclient.NewBody([]byte(statement)))
}

// columns reads the columns of a table, name to type; none: no such table.
// The names have passed Config.Validate, so they need no escape.
func (c *client) columns(ctx context.Context, t *table) (map[string]string, error) {
	answer, err := c.exec(ctx, fmt.Sprintf(
		"SELECT name, type FROM system.columns WHERE database = '%s' AND table = '%s' FORMAT TabSeparatedRaw", t.database, t.name))
	if err != nil {
		return nil, err
	}
	have := map[string]string{}
	for sc := bufio.NewScanner(bytes.NewReader(answer)); sc.Scan(); {
		if name, typ, ok := strings.Cut(sc.Text(), "\t"); ok {
			have[name] = typ
		}
	}
	return have, nil
}

func (c *client) do(ctx context.Context, q url.Values, body *httpclient.Body) ([]byte, error) {
	target := c.endpoint
	if len(q) > 0 {
		target += "?" + q.Encode()
	}
	req, err := body.Post(ctx, target)
	if err != nil {
		return nil, fmt.Errorf("make request: %w", err)
	}
	req.Header.Set("Content-Type", "application/octet-stream")
	if err := c.creds.apply(req.Header); err != nil {
		return nil, err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("reach clickhouse: %w", reachError(err))
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("read clickhouse's answer: %w", reachError(err))
	}
	// A failure after the status line was sent shows in the header alone.
	code, _ := strconv.Atoi(resp.Header.Get(exceptionHeader))
	if resp.StatusCode != http.StatusOK || code != 0 {
		return nil, &serverError{status: resp.StatusCode, code: code}
	}
	return answer, nil
}

// reachError takes the URL, a long one with the statement in it, off an error.
func reachError(err error) error {
	if ue, ok := err.(*url.Error); ok {
		return ue.Err
	}
	return err
}
