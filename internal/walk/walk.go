// Package walk is the one walk over every string of any signal: attributes of
// every kind with their keys, names, messages, bodies, trace state, events,
// links, exemplars, resource and scope, and the numbers a value may hide in.
// Classification reads with it, redaction rewrites with it, the egress guard
// checks with it.
//
// Not visited: ids and timestamps, booleans, enumerations, and the measured
// values of metrics (sums, buckets, quantiles), none of which is text.
package walk

import (
	"go.opentelemetry.io/collector/pdata/pcommon"
)

// Part says in which field a value stands.
type Part uint8

// The parts.
const (
	Attributes  Part = iota // of a resource, scope, record, point; see Place.Unit
	Body                    // body of a log record
	Name                    // of a scope, span, span event or metric
	Version                 // of a scope
	SchemaURL               // of a resource or scope
	Severity                // severity text of a log record
	EventName               // of a log record
	Status                  // status message of a span
	TraceState              // of a span or a link
	Unit                    // unit of a metric
	Description             // description of a metric
	Metadata                // metadata of a metric, a map like Attributes
)

// Kind says what a Scope is.
type Kind uint8

// The kinds of units: everything that has attributes of its own.
const (
	Resource Kind = iota
	ScopeUnit
	LogRecord
	Span
	SpanEvent
	SpanLink
	Metric
	DataPoint
	Exemplar
)

// MaxDepth of nested maps and slices that is followed. What lies deeper is
// handed to the visitor as it is, a map or a slice.
const MaxDepth = 64

// Record is the unit being walked. It is valid until Leave returns.
type Record struct {
	Kind       Kind
	Attributes pcommon.Map   // of a Metric: its metadata
	EventName  string        // of a LogRecord, as received
	Body       pcommon.Value // of a LogRecord
}

// Place says where a value stands. It is reused: copy what outlives the call.
type Place struct {
	Record Record
	Part   Part
	steps  []Step
}

// Step is one level of nesting.
type Step struct {
	Key    string // of a map entry
	InList bool   // element of a slice; Key is empty
	Fold   bool   // set by the visitor: the key is a value, don't show it
	Note   uint8  // the visitor's own; zero at first
}

// Steps returns the keys from the attribute map or the body down to the value.
// A visitor may set Fold on the last step when the step's key is visited, and
// Note on any: they stay set for all that lies under that key.
func (p *Place) Steps() []Step { return p.steps }

// Key returns the innermost map key, which names the value; elements of a
// slice have the key of the slice. Empty when there is none.
func (p *Place) Key() string {
	for i := len(p.steps) - 1; i >= 0; i-- {
		if !p.steps[i].InList {
			return p.steps[i].Key
		}
	}
	return ""
}

// Verdict says what becomes of a value after a visit.
type Verdict bool

// The verdicts.
const (
	Stay Verdict = false
	Drop Verdict = true // take the entry out of its map or slice
)

// Visitor is called for every value. Visitors that only read return what they
// were given. A visitor is used by one goroutine at a time.
type Visitor interface {
	// Enter is called before the first and Leave after the last value of a
	// unit. A scope and a resource are left before their records are entered.
	// Leave may change the attributes.
	Enter(at *Place)
	Leave(at *Place)
	// Value visits a string, bytes, integer or double and may set it anew, and
	// a map or slice at MaxDepth. Drop takes the entry out; the body of a log
	// record can't be dropped, it becomes empty.
	Value(at *Place, v pcommon.Value) Verdict
	// Text visits a field that is a plain string and returns what it shall be.
	Text(at *Place, s string) string
	// Key visits a map key, which is the last step of at, and returns what it
	// shall be. Two keys that become one are kept apart by a suffix.
	Key(at *Place, key string) string
	// Failed is told of a panic while a resource, scope, record, span or metric
	// was walked; recovered may hold data and must not be logged. It returns
	// whether the unit is dropped with all under it.
	Failed(at *Place, recovered any) (drop bool)
}

// Walker walks for one visitor. It is not safe for concurrent use; reuse it,
// it keeps its memory.
type Walker struct {
	v     Visitor
	place Place
	keys  []string // new keys of the maps being walked, a stack
}

// New makes a walker for v.
func New(v Visitor) *Walker {
	return &Walker{v: v, place: Place{steps: make([]Step, 0, 16)}}
}

func (w *Walker) enter(k Kind, attrs pcommon.Map) {
	w.place.Record = Record{Kind: k, Attributes: attrs}
	w.place.Part = Attributes
	w.place.steps = w.place.steps[:0]
	w.v.Enter(&w.place)
}

func (w *Walker) leave() {
	w.place.Part = Attributes
	w.v.Leave(&w.place)
	w.place.Record = Record{}
	w.keys = w.keys[:0]
}

func (w *Walker) text(p Part, s string) (string, bool) {
	if s == "" {
		return s, false
	}
	w.place.Part = p
	n := w.v.Text(&w.place, s)
	return n, n != s
}

func (w *Walker) attributes(p Part, m pcommon.Map) {
	w.place.Part = p
	w.entries(m, 0)
}

// body walks a log body, which has no entry to be dropped from.
func (w *Walker) body(v pcommon.Value) {
	w.place.Part = Body
	if w.value(v, 0) == Drop {
		pcommon.NewValueEmpty().MoveTo(v)
	}
}

func (w *Walker) value(v pcommon.Value, depth int) Verdict {
	switch v.Type() {
	case pcommon.ValueTypeEmpty, pcommon.ValueTypeBool:
		return Stay
	case pcommon.ValueTypeMap:
		if depth >= MaxDepth {
			return w.v.Value(&w.place, v)
		}
		w.entries(v.Map(), depth+1)
		return Stay
	case pcommon.ValueTypeSlice:
		if depth >= MaxDepth {
			return w.v.Value(&w.place, v)
		}
		w.elements(v.Slice(), depth+1)
		return Stay
	default:
		return w.v.Value(&w.place, v)
	}
}

// entries walks a map. Only values may change while it is being walked; new
// keys and drops are noted and done afterwards.
func (w *Walker) entries(m pcommon.Map, depth int) {
	base, at := len(w.keys), len(w.place.steps)
	changed := false
	for k, v := range m.All() {
		w.place.steps = append(w.place.steps[:at], Step{Key: k})
		n := k
		if k != "" {
			n = w.v.Key(&w.place, k)
		}
		if w.value(v, depth) == Drop {
			n = dropped
		}
		changed = changed || n != k
		w.keys = append(w.keys, n)
	}
	w.place.steps = w.place.steps[:at]
	if changed {
		rename(m, w.keys[base:])
	}
	clear(w.keys[base:])
	w.keys = w.keys[:base]
}

func (w *Walker) elements(s pcommon.Slice, depth int) {
	at := len(w.place.steps)
	w.place.steps = append(w.place.steps, Step{InList: true})
	for i := range s.Len() {
		w.place.steps = w.place.steps[:at+1]
		if w.value(s.At(i), depth) == Drop {
			pcommon.NewValueEmpty().MoveTo(s.At(i)) // keeps positions: others point by index
		}
	}
	w.place.steps = w.place.steps[:at]
}

// guarded runs f and reports whether the unit must go.
func (w *Walker) guarded(f func()) (drop bool) {
	defer func() {
		if r := recover(); r != nil {
			drop = w.v.Failed(&w.place, r)
			w.place.Record, w.place.steps, w.keys = Record{}, w.place.steps[:0], w.keys[:0]
		}
	}()
	f()
	return false
}
