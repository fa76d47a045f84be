package backendextension

import (
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/weir-telemetry/weir/internal/store"
)

const (
	oneTimeLife = 15 * time.Minute
	maxOneTime  = 16 // tokens that are good at once
)

// oneTime holds tokens that log in as administrator once. They don't outlive
// the process.
type oneTime struct {
	mu     sync.Mutex
	tokens map[string]time.Time // → until when
}

func (o *oneTime) make(now time.Time) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.tokens) >= maxOneTime || o.tokens == nil {
		o.tokens = map[string]time.Time{}
	}
	token := store.NewSecret()
	o.tokens[token] = now.Add(oneTimeLife)
	return token
}

// take reports whether a token is good, and makes it useless. Tokens are
// random beyond guessing, so that a look-up may take the time it takes.
func (o *oneTime) take(token string, now time.Time) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	until, ok := o.tokens[token]
	delete(o.tokens, token)
	return ok && now.Before(until)
}

// OneTimeLogin implements store.OneTimeLogin.
func (b *backend) OneTimeLogin() (string, error) {
	addr := b.address.Load()
	if addr == nil {
		return "", errNotStarted
	}
	return b.pageURL(*addr) + "#token=" + b.oneTime.make(time.Now()), nil
}

// pageURL is an address that reaches the page from this machine.
func (b *backend) pageURL(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err == nil {
		if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
			host = "localhost"
		}
		if len(b.cfg.Hosts) > 0 {
			host = b.cfg.Hosts[0]
		}
		addr = net.JoinHostPort(host, port)
	}
	if b.cfg.TLS.HasValue() {
		return "https://" + addr + "/"
	}
	return "http://" + addr + "/"
}

func (b *backend) writeOneTimeLogin() error {
	if b.cfg.OneTimeLoginFile == "" {
		return nil
	}
	address, err := b.OneTimeLogin()
	if err != nil {
		return err
	}
	if err := writePrivate(b.cfg.OneTimeLoginFile, address); err != nil {
		return fmt.Errorf("one_time_login_file: %w", err)
	}
	return nil
}
