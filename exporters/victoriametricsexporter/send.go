package victoriametricsexporter

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/golang/snappy"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/weir-telemetry/weir/internal/httpclient"
)

// retryAfter is a failure after which the server asks for patience.
type retryAfter struct {
	err   error
	delay time.Duration
}

func (r *retryAfter) Error() string { return r.err.Error() }
func (r *retryAfter) Unwrap() error { return r.err }

// statusError is an answer that was no success.
type statusError int

func (s statusError) Error() string {
	return fmt.Sprintf("remote write: the server answered with status %d", int(s))
}

// maxRetryAfter bounds what a server can ask for.
const maxRetryAfter = 10 * time.Minute

// send makes one request. A permanent error means that the same request would
// fail again. Errors hold codes, never the text of the answer: servers repeat
// the rows they refuse.
func (w *remoteWriter) send(ctx context.Context, r request) error {
	buf := w.buffers.Get().(*[]byte)
	*buf = snappy.Encode((*buf)[:cap(*buf)], r.body)
	body := httpclient.NewBody(*buf)
	resp, err := w.post(ctx, body)
	code := "network"
	if err == nil {
		code = strconv.Itoa(resp.StatusCode)
		_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10)) // lets the connection be used again
		_ = resp.Body.Close()
	}
	size := len(*buf)
	if body.Released() {
		w.buffers.Put(buf)
	}
	w.telemetry.ExporterVictoriametricsRequests.Add(ctx, 1, metric.WithAttributes(attribute.String("code", code)))
	if err == nil {
		err = judge(resp)
	}
	if err == nil {
		w.telemetry.ExporterVictoriametricsSamplesSent.Add(ctx, int64(r.samples))
		w.telemetry.ExporterVictoriametricsSentBytes.Add(ctx, int64(size))
	}
	return err
}

func (w *remoteWriter) post(ctx context.Context, body *httpclient.Body) (*http.Response, error) {
	req, err := body.Post(ctx, w.url)
	if err != nil {
		return nil, consumererror.NewPermanent(errors.New("remote write: the endpoint is no valid URL"))
	}
	req.Header.Set("Content-Type", "application/x-protobuf")
	req.Header.Set("Content-Encoding", "snappy")
	req.Header.Set("X-Prometheus-Remote-Write-Version", "0.1.0")
	req.Header.Set("User-Agent", w.userAgent)
	resp, err := w.client.Do(req)
	if err != nil {
		// The URL stays out: its query may hold a token.
		var outer *url.Error
		if errors.As(err, &outer) {
			err = outer.Err
		}
		return nil, fmt.Errorf("remote write: %w", err)
	}
	return resp, nil
}

// judge turns a status into an error: 408, 429 and 5xx may be tried again, and
// so may 401 and 403: a password that is being rotated must cost no data.
func judge(resp *http.Response) error {
	code := resp.StatusCode
	if code >= 200 && code < 300 {
		return nil
	}
	err := statusError(code)
	switch code {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusRequestTimeout, http.StatusTooManyRequests:
	default:
		if code >= 500 {
			break
		}
		return consumererror.NewPermanent(err)
	}
	if delay := parseRetryAfter(resp.Header.Get("Retry-After"), time.Now()); delay > 0 {
		return &retryAfter{err, delay}
	}
	return err
}

// parseRetryAfter reads seconds or an HTTP date; 0 when there is neither.
func parseRetryAfter(text string, now time.Time) time.Duration {
	var delay time.Duration
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		delay = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(text); err == nil {
		delay = at.Sub(now)
	}
	return min(max(delay, 0), maxRetryAfter)
}
