// Package inspect scans what internal/walk visits: it knows which entry point
// of the detection engine fits which place, and which findings are identity
// and not data. Classification and redaction both look through it, so that the
// one annotates exactly what the other takes out.
package inspect

import (
	"bytes"
	"strconv"
	"unsafe"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/weir-telemetry/weir/internal/detect"
	"github.com/weir-telemetry/weir/internal/walk"
)

// Inspector scans values. It is not safe for concurrent use; the engine is.
//
// Paths of findings begin where the place ends: "" for a plain value, ".mail"
// or "[*].card" for what lies within one. Who needs the place itself puts its
// name before, and only when there is a finding.
type Inspector struct {
	engine *detect.Engine
	known  Known // nil when there is no directory

	num     []byte
	key     []byte // joined key names
	name    []byte // "." and the name of the header that was scanned last
	decoded []byte
	origin  []int
	second  detect.Result // of another look at the same value
	extra   []detect.Finding
	merged  []detect.Finding
}

// New makes an inspector; known may be nil.
func New(engine *detect.Engine, known Known) *Inspector {
	return &Inspector{engine: engine, known: known}
}

// Bytes returns the bytes of s without copying; they must not be written to.
func Bytes(s string) []byte {
	return unsafe.Slice(unsafe.StringData(s), len(s)) // #nosec G103 -- read only
}

// text returns b as a string without copying, for calls that don't keep it.
func text(b []byte) string {
	return unsafe.String(unsafe.SliceData(b), len(b)) // #nosec G103 -- see above
}

// Scan resets r and fills it with the findings of s, which stands at at.
func (i *Inspector) Scan(r *detect.Result, at *walk.Place, s []byte) {
	r.Reset()
	if len(s) == 0 {
		return
	}
	i.name = i.name[:0]
	key, secret := i.context(at)
	in := detect.Input{Key: key}
	if secret {
		i.engine.Value(r, s, in)
		return
	}
	switch shape, name := shapeOf(at); shape {
	case header:
		i.header(r, name, s)
	case query:
		i.engine.Form(r, s, in)
	case address:
		i.url(r, s)
	case body:
		i.body(r, at, s)
	case sql:
		i.statement(r, s, in)
	default:
		i.engine.Value(r, s, in)
		if isEncoded(s) {
			i.escaped(r, s)
		}
	}
	i.filter(r, at, s)
}

// Path returns the path of f, a finding of the last scan, from the place that
// was scanned on; valid until the next. The name of a header is part of the
// place.
func (i *Inspector) Path(r *detect.Result, f detect.Finding) []byte {
	p := r.Path(f)
	if len(i.name) > 0 {
		return bytes.TrimPrefix(p, i.name)
	}
	return p
}

// Key resets r and fills it with the findings of a map key.
func (i *Inspector) Key(r *detect.Result, at *walk.Place, key string) {
	r.Reset()
	if PlainKey(key) {
		return
	}
	b := Bytes(key)
	i.name = i.name[:0]
	i.engine.Text(r, b, detect.Input{})
	i.filter(r, at, b)
}

// Number resets r, fills it with the findings of the decimal form of v, an
// integer or a double, and returns that form, valid until the next call.
func (i *Inspector) Number(r *detect.Result, at *walk.Place, v pcommon.Value) []byte {
	if v.Type() == pcommon.ValueTypeInt {
		i.num = strconv.AppendInt(i.num[:0], v.Int(), 10)
	} else {
		i.num = strconv.AppendFloat(i.num[:0], v.Double(), 'f', -1, 64)
	}
	r.Reset()
	i.name = i.name[:0]
	key, _ := i.context(at)
	i.engine.Text(r, i.num, detect.Input{Key: key})
	i.filter(r, at, i.num)
	return i.num
}

// PlainKey reports whether a key is a short name of lower-case letters, dots,
// underscores and hyphens, as attribute keys are: no data type looks so, and
// it needs no scan.
func PlainKey(k string) bool {
	if len(k) > 48 {
		return false
	}
	for j := range len(k) {
		c := k[j]
		if (c < 'a' || c > 'z') && c != '.' && c != '_' && c != '-' {
			return false
		}
	}
	return true
}
