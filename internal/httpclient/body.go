package httpclient

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"sync/atomic"
)

// Body lets a pooled buffer be the body of requests. The transport may still
// read a body after the answer came, when that came early: the buffer may be
// written again only when Released says so, else it is left to the garbage
// collector.
type Body struct {
	buf  []byte
	open atomic.Int32 // readers that are not closed
}

// NewBody makes a body of b.
func NewBody(b []byte) *Body { return &Body{buf: b} }

// Released reports whether no request reads the buffer any more.
func (b *Body) Released() bool { return b.open.Load() == 0 }

// Post makes a POST request with the body.
func (b *Body) Post(ctx context.Context, url string) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, http.NoBody)
	if err != nil {
		return nil, err
	}
	req.ContentLength = int64(len(b.buf))
	req.GetBody = func() (io.ReadCloser, error) { return b.reader(), nil }
	if len(b.buf) > 0 {
		req.Body = b.reader()
	}
	return req, nil
}

func (b *Body) reader() io.ReadCloser {
	b.open.Add(1)
	return &bodyReader{Reader: bytes.NewReader(b.buf), body: b}
}

type bodyReader struct {
	*bytes.Reader
	body   *Body
	closed atomic.Bool
}

// Close implements io.Closer. A transport may close a body more than once.
func (r *bodyReader) Close() error {
	if r.closed.CompareAndSwap(false, true) {
		r.body.open.Add(-1)
	}
	return nil
}
