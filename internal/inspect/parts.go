package inspect

import (
	"bytes"

	"github.com/weir-telemetry/weir/internal/detect"
)

// lines scans each line as a value of its own: NDJSON, in which a broken line
// shall not take the structure from the next, and server-sent events.
func (i *Inspector) lines(r *detect.Result, s []byte, in detect.Input) {
	for at := 0; at < len(s); {
		end := len(s)
		if n := bytes.IndexByte(s[at:], '\n'); n >= 0 {
			end = at + n
		}
		if bytes.HasPrefix(s[at:end], []byte("data:")) {
			at += len("data:")
		}
		i.part(r, s, at, end, in)
		at = end + 1
	}
}

// part scans s[at:end] as a value. Only the last part of a truncated input is
// itself cut.
func (i *Inspector) part(r *detect.Result, s []byte, at, end int, in detect.Input) {
	if at >= end {
		return
	}
	first := len(r.Findings)
	in.Truncated = in.Truncated && end == len(s)
	i.engine.Value(r, s[at:end], in)
	shift(r, first, at)
}

// multipart scans the parts of a multipart body (RFC 2046): the name that a
// part's Content-Disposition gives it is the context of its content. What
// stands outside of parts, and the parts' own headers, are scanned as text.
func (i *Inspector) multipart(r *detect.Result, s []byte, boundary string, in detect.Input) {
	delimiter := []byte("--" + boundary)
	var none detect.Input
	at := 0
	for at < len(s) {
		n := bytes.Index(s[at:], delimiter)
		if n < 0 {
			break
		}
		i.part(r, s, at, at+n, none) // preamble; parts are passed below
		at += n + len(delimiter)
		end := len(s)
		if n := bytes.Index(s[at:], delimiter); n >= 0 {
			end = at + n
		}
		content := at
		if n, skip := blankLine(s[at:end]); n >= 0 {
			content = at + n + skip
		}
		i.part(r, s, at, content, none)
		name := dispositionName(s[at:content])
		i.part(r, s, content, end, detect.Input{Root: name.path, Key: name.key, Truncated: in.Truncated})
		at = end
	}
	i.part(r, s, at, len(s), in)
}

// blankLine returns where the headers of a part end and the length of the
// separator; -1 when the part has no content.
func blankLine(s []byte) (at, length int) {
	if n := bytes.Index(s, []byte("\r\n\r\n")); n >= 0 {
		return n, 4
	}
	return bytes.Index(s, []byte("\n\n")), 2
}

type partName struct{ key, path string }

// dispositionName returns the name parameter among the headers of a part.
func dispositionName(headers []byte) partName {
	const param = `name="`
	for at := 0; ; {
		n := bytes.Index(headers[at:], []byte(param))
		if n < 0 {
			return partName{}
		}
		at += n + len(param)
		if before := at - len(param) - 1; before >= 0 && headers[before] != ' ' && headers[before] != ';' {
			continue // filename="
		}
		end := bytes.IndexByte(headers[at:], '"')
		if end < 0 {
			end = len(headers) - at
		}
		key := string(headers[at : at+end])
		if PlainKey(key) && key != "" {
			return partName{key, "." + key}
		}
		return partName{key, ".{*}"}
	}
}
