// Package credentials holds user names and passwords that come from the
// configuration or from files which may change while the Collector runs.
package credentials

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"
)

// maxFileSize bounds what is read from a credential file.
const maxFileSize = 64 << 10

// Value is one secret: fixed, or the content of a file that is read again when
// it changes. It is safe for concurrent use.
type Value struct {
	fixed string
	path  string

	mu      sync.Mutex
	modTime time.Time
	size    int64
	current string
}

// New returns the value of a setting that may be given directly or by the path
// of a file; the file wins.
func New(fixed, path string) *Value { return &Value{fixed: fixed, path: path} }

// Empty reports whether neither a value nor a file was configured.
func (v *Value) Empty() bool { return v.fixed == "" && v.path == "" }

// Get returns the value without a trailing line break. A file is looked at
// each time (one stat) and read only when its time or size changed; Kubernetes'
// way of swapping a symbolic link counts as a change. When a file that was read
// before can't be read any more the last good value is returned together with
// an error, so that the caller can go on and tell.
func (v *Value) Get() (string, error) {
	if v.path == "" {
		return v.fixed, nil
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	info, err := os.Stat(v.path)
	if err != nil {
		return v.current, fmt.Errorf("look at the credential file: %w", err)
	}
	if info.ModTime().Equal(v.modTime) && info.Size() == v.size {
		return v.current, nil
	}
	if info.Size() > maxFileSize {
		return v.current, fmt.Errorf("the credential file is larger than %d bytes", maxFileSize)
	}
	content, err := os.ReadFile(v.path)
	if err != nil {
		return v.current, fmt.Errorf("read the credential file: %w", err)
	}
	text := strings.TrimRight(string(content), "\r\n")
	if text == "" {
		return v.current, errors.New("the credential file is empty") // half written: the next look reads it again
	}
	v.current, v.modTime, v.size = text, info.ModTime(), info.Size()
	return v.current, nil
}

// BasicAuth returns a round tripper that sends user and password with each
// request as basic authentication. An unreadable file falls back to its last
// good value; failed is told each time (it may be nil).
func BasicAuth(next http.RoundTripper, user, password *Value, failed func(error)) http.RoundTripper {
	return &basicAuth{next: next, user: user, password: password, failed: failed}
}

type basicAuth struct {
	next           http.RoundTripper
	user, password *Value
	failed         func(error)
}

// RoundTrip implements http.RoundTripper.
func (b *basicAuth) RoundTrip(req *http.Request) (*http.Response, error) {
	user, uerr := b.user.Get()
	password, perr := b.password.Get()
	if err := errors.Join(uerr, perr); err != nil && b.failed != nil {
		b.failed(err)
	}
	req = req.Clone(req.Context()) // a round tripper must not change its request
	req.SetBasicAuth(user, password)
	resp, err := b.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	return resp, nil
}
