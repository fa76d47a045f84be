package clickhouseexporter

import (
	"fmt"
	"net/http"

	"github.com/weir-telemetry/weir/internal/credentials"
)

// login puts user and password on requests. Files are read again when they
// change; one that can't be read any more falls back to what it last held.
// It is safe for concurrent use.
type login struct {
	user, password *credentials.Value
}

func newLogin(cfg *Config) *login {
	return &login{
		user:     credentials.New(cfg.Username, cfg.UsernameFile),
		password: credentials.New(string(cfg.Password), cfg.PasswordFile),
	}
}

// apply errs, naming the key, only while a file has never been readable.
func (l *login) apply(h http.Header) error {
	user, err := l.user.Get()
	if err != nil && user == "" {
		return fmt.Errorf("username_file: %w", err)
	}
	if user == "" {
		return nil
	}
	password, err := l.password.Get()
	if err != nil && password == "" {
		return fmt.Errorf("password_file: %w", err)
	}
	h.Set("X-ClickHouse-User", user)
	if password != "" {
		h.Set("X-ClickHouse-Key", password)
	}
	return nil
}
