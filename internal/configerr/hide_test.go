package configerr

import "testing"

func TestHide(t *testing.T) {
	h := newHider(map[string]any{
		"exporters": map[string]any{"otlp": map[string]any{
			"endpoint": "https://user:hunter2@host:port", "compression": "gzp", "headers": map[string]any{"x-key": "s3cr\"et"},
			"pin": 123456, "level": "debug", "name": "otlp",
		}},
		"service": map[string]any{"pipelines": map[string]any{"logs": map[string]any{"exporters": []any{"otlp/9"}}}},
	}, []string{"debug"})
	for in, want := range map[string]string{
		`parse "https://user:hunter2@host:port": invalid port ":port" after host`: `parse "…": invalid port "…" after host`,
		`compression 'gzp' is unknown, use "gzip" or "zstd"`:                      `compression '…' is unknown, use "gzip" or "zstd"`,
		`header "s3cr\"et" is bad`:                                                `header "…" is bad`,
		`pin 123456 is too short; not 1234567`:                                    `pin … is too short; not 1234567`,
		`key "endpoint" of "otlp" needs "otlp/9" at debug`:                        `key "endpoint" of "otlp" needs "otlp/9" at debug`,
		`dial https://user:hunter2@host:port: refused`:                            `dial …: refused`,
		`nothing 'unbalanced`:                                                     `nothing 'unbalanced`,
		``:                                                                        ``,
	} {
		if got := h.text(in); got != want {
			t.Errorf("%s\n got %s\nwant %s", in, got, want)
		}
	}
}
