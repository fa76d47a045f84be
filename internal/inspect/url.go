package inspect

import (
	"bytes"

	"github.com/weir-telemetry/weir/internal/detect"
)

// url scans a URL or a path as it reads after percent-decoding, its query as a
// form, and its fragment as one when it has pairs. The findings are those of
// the encoded bytes, to be replaced percent-safe.
func (i *Inspector) url(r *detect.Result, s []byte) {
	head, rest, ok := s, []byte(nil), false
	if n := bytes.IndexAny(s, "?#"); n >= 0 {
		head, rest, ok = s[:n], s[n:], true
	}
	i.encoded(r, head, 0)
	if !ok {
		return
	}
	at := len(head) + 1
	if rest[0] == '?' {
		end := bytes.IndexByte(rest, '#')
		if end < 0 {
			end = len(rest)
		}
		i.form(r, rest[1:end], at)
		if end == len(rest) {
			return
		}
		at, rest = at+end, rest[end:]
	}
	if bytes.IndexByte(rest, '=') >= 0 {
		i.form(r, rest[1:], at)
		return
	}
	i.encoded(r, rest[1:], at)
}

func (i *Inspector) form(r *detect.Result, s []byte, at int) {
	first := len(r.Findings)
	i.engine.Form(r, s, detect.Input{})
	shift(r, first, at)
}

// shift moves the findings from first on, which are those of a part that
// begins at at.
func shift(r *detect.Result, first, at int) {
	for n := first; n < len(r.Findings); n++ {
		r.Findings[n].Start += at
		r.Findings[n].End += at
	}
}

// encoded scans percent-encoded text that begins at at.
func (i *Inspector) encoded(r *detect.Result, s []byte, at int) {
	first := len(r.Findings)
	if !isEncoded(s) {
		i.engine.Text(r, s, detect.Input{})
		for n := first; n < len(r.Findings); n++ {
			r.Findings[n].In = detect.InForm
		}
		shift(r, first, at)
		return
	}
	i.unescape(s)
	i.engine.Text(r, i.decoded, detect.Input{})
	for n := first; n < len(r.Findings); n++ {
		f := &r.Findings[n]
		f.Start, f.End, f.In = i.origin[f.Start], i.origin[f.End], detect.InForm
	}
	shift(r, first, at)
	clear(i.decoded)
}
