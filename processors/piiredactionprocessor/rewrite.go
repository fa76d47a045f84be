package piiredactionprocessor

import (
	"strings"
	"unsafe"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/weir-telemetry/weir/internal/detect"
	"github.com/weir-telemetry/weir/internal/inspect"
	"github.com/weir-telemetry/weir/internal/redact"
	"github.com/weir-telemetry/weir/internal/walk"
)

// rewriter is the visitor that redacts. One goroutine uses it at a time.
type rewriter struct {
	p         *redactor
	inspector *inspect.Inspector
	walker    *walk.Walker
	result    detect.Result
	out       []byte
	chunk     []byte // room for the strings of this batch
	counts    redact.Counts
	failed    int64
	series    series
}

func newRewriter(p *redactor) *rewriter {
	r := &rewriter{p: p, inspector: inspect.New(p.engine, p.known)}
	r.walker = walk.New(r)
	return r
}

func (r *rewriter) reset() {
	r.counts, r.failed, r.chunk = redact.Counts{}, 0, nil
	r.series.reset()
}

func (r *rewriter) Enter(at *walk.Place) { r.series.enter(at) }

func (r *rewriter) Leave(at *walk.Place) { r.series.leave(r.p.series, at) }

// Failed drops what could not be processed: it must not pass raw.
func (r *rewriter) Failed(*walk.Place, any) bool {
	r.failed++
	return true
}

func (r *rewriter) Value(at *walk.Place, v pcommon.Value) walk.Verdict {
	switch v.Type() {
	case pcommon.ValueTypeStr:
		s := v.Str()
		r.inspector.Scan(&r.result, at, inspect.Bytes(s))
		if out, ok := r.redacted(at, inspect.Bytes(s)); ok {
			v.SetStr(r.text(out))
		}
	case pcommon.ValueTypeBytes:
		b := v.Bytes().AsRaw()
		r.inspector.Scan(&r.result, at, b)
		if out, ok := r.redacted(at, b); ok {
			v.SetEmptyBytes().FromRaw(out)
		}
	case pcommon.ValueTypeInt, pcommon.ValueTypeDouble:
		r.number(at, v)
	default: // nested too deep to be followed
		r.failed++
		r.series.before(r.p.series, at, true)
		v.SetStr("")
	}
	return walk.Stay
}

// number puts 0 or a keyed pseudonym in the place of a number that is, or
// holds, a finding. The type stays.
func (r *rewriter) number(at *walk.Place, v pcommon.Value) {
	text := r.inspector.Number(&r.result, at, v)
	for _, f := range r.result.Findings {
		a := r.p.policy.Action(f.Type)
		asInt := v.Int()
		if v.Type() == pcommon.ValueTypeDouble {
			asInt = int64(v.Double())
		}
		if redact.IsNumber(asInt) && (asInt != 0 || string(text) == "0") {
			return
		}
		r.counts[f.Type][a]++
		if a == redact.Keep {
			continue
		}
		r.series.before(r.p.series, at, a.Lossy())
		n := r.p.policy.Number(text, f.Type, a)
		if v.Type() == pcommon.ValueTypeInt {
			v.SetInt(n)
		} else {
			v.SetDouble(float64(n))
		}
		return
	}
}

func (r *rewriter) Text(at *walk.Place, s string) string {
	if at.Part == walk.TraceState {
		return r.traceState(at, s)
	}
	r.inspector.Scan(&r.result, at, inspect.Bytes(s))
	if out, ok := r.redacted(at, inspect.Bytes(s)); ok {
		n := r.text(out)
		r.series.text(r.p.series, at, s)
		return n
	}
	return s
}

func (r *rewriter) Key(at *walk.Place, key string) string {
	r.inspector.Key(&r.result, at, key)
	if out, ok := r.redacted(at, inspect.Bytes(key)); ok {
		return r.text(out)
	}
	return key
}

// redacted returns src without its findings, valid until the next call, and
// whether that differs from src.
func (r *rewriter) redacted(at *walk.Place, src []byte) ([]byte, bool) {
	if len(r.result.Findings) == 0 {
		return nil, false
	}
	var lossy bool
	r.out, lossy = r.p.policy.AppendCount(r.out[:0], src, &r.result, &r.counts)
	if string(r.out) == string(src) {
		return nil, false
	}
	r.series.before(r.p.series, at, lossy)
	return r.out, true
}

// Strings of one batch share chunks of this many bytes; longer ones stand alone.
const (
	chunk    = 8 << 10
	longText = 1 << 10
)

// text returns b as a string that outlives the call.
func (r *rewriter) text(b []byte) string {
	if len(b) > longText {
		return string(b)
	}
	if len(b) > cap(r.chunk)-len(r.chunk) {
		r.chunk = make([]byte, 0, chunk)
	}
	from := len(r.chunk)
	r.chunk = append(r.chunk, b...)                                // never beyond its capacity
	return unsafe.String(unsafe.SliceData(r.chunk[from:]), len(b)) // #nosec G103 -- a chunk is written once
}

// traceState redacts member by member, so that the list stays what W3C Trace
// Context says. A member whose key holds a finding, or whose value would become
// empty, goes.
func (r *rewriter) traceState(at *walk.Place, s string) string {
	var members []string
	changed := false
	for m := range strings.SplitSeq(s, ",") {
		key, value, ok := strings.Cut(m, "=")
		r.inspector.Scan(&r.result, at, inspect.Bytes(key))
		_, inKey := r.redacted(at, inspect.Bytes(key))
		r.inspector.Scan(&r.result, at, inspect.Bytes(value))
		out, inValue := r.redacted(at, inspect.Bytes(value))
		if inKey || inValue && (!ok || len(out) == 0) {
			changed = true
			continue
		}
		if inValue {
			m, changed = key+"="+string(out), true
		}
		members = append(members, m)
	}
	if !changed {
		return s
	}
	return strings.Join(members, ",")
}
