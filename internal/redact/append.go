package redact

import (
	"strconv"

	"github.com/weir-telemetry/weir/internal/datatype"
	"github.com/weir-telemetry/weir/internal/detect"
)

const maskText = "****"

// Append appends src to dst with every finding of r replaced, and returns the
// extended buffer. src and dst must not overlap; r must be the result of
// scanning src. What is appended holds no byte of a finding unless its action
// is Keep. Redacting what was redacted changes nothing.
//
// In a JSON string or member name and in percent-encoded text the replacement
// is safe as it stands. A JSON number becomes 0, true or false becomes false;
// under Hash a number becomes a negative integer (see AppendNumber). A second
// member name that loses its value in one document gets a number, so that two
// members never become one.
func (p *Policy) Append(dst, src []byte, r *detect.Result) []byte {
	var c Counts
	dst, _ = p.AppendCount(dst, src, r, &c)
	return dst
}

// AppendCount is Append, adding what was done to c. lossy reports whether two
// different inputs may now be the same (see Action.Lossy).
func (p *Policy) AppendCount(dst, src []byte, r *detect.Result, c *Counts) (out []byte, lossy bool) {
	at, keys := 0, 0
	for i := range r.Findings {
		f := r.Findings[i]
		f.Start, f.End = max(f.Start, at), min(f.End, len(src))
		if f.Start >= f.End {
			continue
		}
		ours, from := isOurs(src, f)
		if ours {
			continue
		}
		f.Start = from
		dst = append(dst, src[at:f.Start]...)
		at = f.End
		value := src[f.Start:f.End]
		a := p.Action(f.Type)
		lossy = lossy || a.Lossy()
		if int(f.Type) < datatype.Count {
			c[f.Type][a]++
		}
		dst = p.appendFinding(dst, value, f, a)
		if f.In == detect.InJSONKey && a.Lossy() {
			if keys++; keys > 1 {
				dst = append(dst, '_')
				dst = strconv.AppendInt(dst, int64(keys), 10)
			}
		}
	}
	return append(dst, src[at:]...), lossy
}

func (p *Policy) appendFinding(dst, value []byte, f detect.Finding, a Action) []byte {
	if int(f.Type) >= datatype.Count {
		a = Mask
	}
	if f.In == detect.InJSONScalar && a != Keep {
		return p.appendScalar(dst, value, f.Type, a)
	}
	m := &p.marks[min(int(f.Type), datatype.Count-1)]
	form := f.In == detect.InForm
	switch a {
	case Keep:
		return append(dst, value...)
	case Remove:
		return dst
	case Replace:
		if form {
			return append(dst, m.form...)
		}
		return append(dst, m.plain...)
	case Hash:
		sum := p.sum(value, f)
		if form {
			return append(AppendHex(append(dst, m.hashForm...), sum), "%5D"...)
		}
		return append(AppendHex(append(dst, m.hash...), sum), ']')
	default:
		return append(dst, maskText...)
	}
}

// sum hashes the value as it reads, so that one value has one pseudonym
// whatever it was encoded in.
func (p *Policy) sum(value []byte, f detect.Finding) uint64 {
	name := f.Type.String()
	switch f.In {
	case detect.InForm:
		var room [256]byte
		return p.hasher.Sum64(name, appendUnescapedForm(room[:0], value))
	case detect.InJSONString, detect.InJSONKey:
		var room [256]byte
		return p.hasher.Sum64(name, appendUnescapedJSON(room[:0], value))
	default:
		return p.hasher.Sum64(name, value)
	}
}

func (p *Policy) appendScalar(dst, value []byte, id datatype.ID, a Action) []byte {
	switch value[0] {
	case 't', 'f':
		return append(dst, "false"...)
	case 'n':
		return append(dst, "null"...)
	}
	return strconv.AppendInt(dst, p.Number(value, id, a), 10)
}

// Pseudonyms of numbers are the integers from -(numberBase + 2^42 - 1) to
// -numberBase: sixteen digits that begin with 9, exact in a float64, and of no
// card issuer, so that they can be told from data.
const (
	numberBase = 9_000_000_000_000_000
	numberBits = 42
)

// Number returns what stands for a number that is a finding and whose decimal
// form is text: 0, or under Hash a pseudonym of 42 bits, -9000000000000000 and
// below, exact also as a float64. The type of a number so stays a number. With
// Keep it must not be called.
func (p *Policy) Number(text []byte, id datatype.ID, a Action) int64 {
	if a != Hash || p.hasher == nil {
		return 0
	}
	return -(numberBase + int64(p.hasher.Sum64(id.String(), text)&(1<<numberBits-1))) // #nosec G115 -- 42 bits
}

// IsNumber reports whether v is a replacement made by Number: 0 or a pseudonym.
func IsNumber(v int64) bool {
	return v == 0 || v <= -numberBase && v > -(numberBase+1<<numberBits)
}
