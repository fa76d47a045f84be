// Package http1 parses HTTP/1.0 and HTTP/1.1 from bytes as they come: bytes in,
// messages out. It does no I/O, reads no clock and starts no goroutine. The
// result does not depend on how the input was split.
package http1

// Config bounds what a Parser keeps. The zero value of each number means its
// default.
type Config struct {
	// MaxHeadBytes is the limit of a message's head, start line and headers
	// (default 64 KiB). A longer head is an error.
	MaxHeadBytes int
	// MaxHeaders is the number of headers kept (default 256); more are skipped
	// (framing headers are still obeyed).
	MaxHeaders int
	// MaxBodyBytes is the limit of a kept body in bytes, as on the wire and
	// again after content decoding (default 64 KiB). Negative: no body is kept.
	MaxBodyBytes int
	// KeepBody says whether a body of this Content-Type is kept. Nil keeps all.
	// It is called once a message, with the raw value (empty when absent).
	KeepBody func(contentType []byte) bool
}

func (c *Config) defaults() {
	if c.MaxHeadBytes <= 0 {
		c.MaxHeadBytes = 64 << 10
	}
	if c.MaxHeaders <= 0 {
		c.MaxHeaders = 256
	}
	if c.MaxBodyBytes == 0 {
		c.MaxBodyBytes = 64 << 10
	}
}
