package exchange

import (
	"encoding/binary"
	"encoding/hex"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// TraceContext places an exchange in a trace.
type TraceContext struct {
	TraceID pcommon.TraceID
	SpanID  pcommon.SpanID // of the exchange's own span, always new
	Parent  pcommon.SpanID // zero for a root
	State   string         // W3C tracestate
	Flags   uint32         // W3C trace flags
}

// RandomSource gives random numbers for ids; *rand/v2.ChaCha8 is one.
type RandomSource interface{ Uint64() uint64 }

// maxState is how many bytes of tracestate are kept; longer ones are left out,
// as a cut one would be invalid.
const maxState = 4096

// Context finds the trace context of e: W3C traceparent wins, then the single
// B3 header, then the multiple ones; what is invalid counts as absent. Without
// any, the trace is a new one.
func (e *Exchange) Context(random RandomSource) TraceContext {
	tc, ok := w3c(e.Request.Headers)
	if !ok {
		tc, ok = b3(e.Request.Headers)
	}
	if !ok {
		tc = TraceContext{Flags: 1}
		for tc.TraceID.IsEmpty() {
			binary.BigEndian.PutUint64(tc.TraceID[:8], random.Uint64())
			binary.BigEndian.PutUint64(tc.TraceID[8:], random.Uint64())
		}
	}
	for tc.SpanID.IsEmpty() {
		binary.BigEndian.PutUint64(tc.SpanID[:], random.Uint64())
	}
	return tc
}

// w3c reads traceparent and tracestate. Two traceparents contradict each other
// and count as none.
func w3c(headers []Header) (tc TraceContext, ok bool) {
	seen := 0
	for _, h := range headers {
		switch {
		case isName(h.Name, "traceparent"):
			seen++
			tc.TraceID, tc.Parent, tc.Flags, ok = parseTraceparent(h.Value)
		case isName(h.Name, "tracestate") && len(tc.State)+len(h.Value) < maxState && isASCII(h.Value):
			if tc.State != "" && len(h.Value) > 0 {
				tc.State += ","
			}
			tc.State += string(h.Value)
		}
	}
	if !ok || seen != 1 {
		return TraceContext{}, false
	}
	return tc, true
}

// parseTraceparent reads version-traceid-parentid-flags. A later version may
// append fields after another dash.
func parseTraceparent(b []byte) (t pcommon.TraceID, p pcommon.SpanID, flags uint32, ok bool) {
	if len(b) < 55 || b[2] != '-' || b[35] != '-' || b[52] != '-' {
		return t, p, 0, false
	}
	var version, fl [1]byte
	if !lowerHex(version[:], b[:2]) || version[0] == 0xff || !lowerHex(fl[:], b[53:55]) {
		return t, p, 0, false
	}
	if len(b) > 55 && (version[0] == 0 || b[55] != '-') {
		return t, p, 0, false
	}
	ok = lowerHex(t[:], b[3:35]) && lowerHex(p[:], b[36:52]) && !t.IsEmpty() && !p.IsEmpty()
	return t, p, uint32(fl[0]), ok
}

// b3 reads the headers of Zipkin: one `b3: trace-span[-sampled[-parent]]`, or
// x-b3-traceid and x-b3-spanid. The span that they name is the caller's.
func b3(headers []Header) (tc TraceContext, ok bool) {
	var trace, span, sampled []byte
	for _, h := range headers {
		switch {
		case isName(h.Name, "b3"):
			if single, found := parseB3(h.Value); found {
				return single, true
			}
		case isName(h.Name, "x-b3-traceid"):
			trace = h.Value
		case isName(h.Name, "x-b3-spanid"):
			span = h.Value
		case isName(h.Name, "x-b3-sampled"):
			sampled = h.Value
		}
	}
	return b3Context(trace, span, sampled)
}

func parseB3(v []byte) (TraceContext, bool) {
	var parts [4]string
	n := 0
	for part := range strings.SplitSeq(string(v[:min(len(v), 128)]), "-") {
		if n == len(parts) {
			return TraceContext{}, false
		}
		parts[n] = part
		n++
	}
	if n < 2 {
		return TraceContext{}, false
	}
	return b3Context([]byte(parts[0]), []byte(parts[1]), []byte(parts[2]))
}

func b3Context(trace, span, sampled []byte) (tc TraceContext, ok bool) {
	switch len(trace) {
	case 32:
		ok = lowerHex(tc.TraceID[:], trace)
	case 16: // the short form fills the right half
		ok = lowerHex(tc.TraceID[8:], trace)
	}
	if !ok || !lowerHex(tc.Parent[:], span) || tc.TraceID.IsEmpty() || tc.Parent.IsEmpty() {
		return TraceContext{}, false
	}
	switch string(sampled) {
	case "0", "false":
	default:
		tc.Flags = 1
	}
	return tc, true
}

// lowerHex decodes src, which must fill dst exactly and hold no upper case.
func lowerHex(dst, src []byte) bool {
	if len(src) != 2*len(dst) {
		return false
	}
	for _, c := range src {
		if 'A' <= c && c <= 'F' {
			return false
		}
	}
	_, err := hex.Decode(dst, src)
	return err == nil
}

// isName compares a field name as sent with a lower-case one.
func isName(name []byte, lower string) bool {
	if len(name) != len(lower) {
		return false
	}
	for i, c := range name {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c < 0x20 || c > 0x7e {
			return false
		}
	}
	return true
}
