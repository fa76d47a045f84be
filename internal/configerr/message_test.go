package configerr

import (
	"strings"
	"testing"
)

func TestKeyOfAMessage(t *testing.T) {
	raw := map[string]any{
		"endpoint": "host:port", "tls": map[string]any{"cert_file": "c.pem", "min_version": "9.9"},
		"scrapers": map[string]any{"moo": nil}, "a": []any{"twice", "twice", "alone"},
	}
	p := part{raw: raw, config: &outer{}}
	for msg, want := range map[string]string{
		"endpoint: bad":             "endpoint|bad",
		"tls::cert_file: bad":       "tls cert_file|bad",
		"tls.cert_file: bad":        "tls cert_file|bad",
		"a[1]: bad":                 "a 1|bad",
		"`endpoint` is bad":         "endpoint|`endpoint` is bad",
		"common: must be set":       "common|must be set",
		"must specify tls":          "tls|must specify tls",
		"invalid scraper key: moo":  "scrapers moo|invalid scraper key: moo",
		"unknown version 9.9":       "|unknown version 9.9",
		"don't like alone":          "a 2|don't like alone",
		"don't like twice":          "|don't like twice",
		"nothing of it is here":     "|nothing of it is here",
		"set tls.none: not allowed": "|set tls.none: not allowed",
	} {
		path, text := p.keyed(nil, msg)
		if len(path) == 0 {
			path = holder(raw, msg)
		}
		if got := strings.Join(path, " ") + "|" + text; got != want {
			t.Errorf("%q: %q, want %q", msg, got, want)
		}
	}
}
