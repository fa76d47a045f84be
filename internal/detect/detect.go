// Package detect finds personal data and secrets in bytes. It makes one pass,
// uses no regular expression, allocates nothing once its Result has grown, and
// knows nothing of the Collector.
//
// The entry points differ in what is known of the input: Text for prose and
// log lines, JSON, Form and Header for structured input, Value when the shape
// must be guessed. All append to a Result that the caller owns and reuses.
package detect

import (
	"fmt"

	"github.com/weir-telemetry/weir/internal/datatype"
)

// Context says in what kind of token a finding stands, for those who replace it.
type Context uint8

// The contexts.
const (
	InText       Context = iota // plain text: any bytes may stand there
	InJSONString                // inside a JSON string: the replacement must be JSON-escaped
	InJSONKey                   // inside a member name
	InJSONScalar                // a JSON number, true, false or null, whole token
	InForm                      // inside a percent-encoded name or value
)

// Finding is a span of bytes that is a data type.
type Finding struct {
	Start, End int // byte offsets in the scanned input, half open
	Type       datatype.ID
	Confidence uint8 // percent
	In         Context

	path span // into the Result's arena
}

type span struct{ start, end uint32 }

// Result collects findings. The zero value is ready. It is not safe for
// concurrent use; keep one per goroutine or in a sync.Pool.
type Result struct {
	// Findings are sorted by Start and don't overlap: of two candidates over
	// the same bytes the longer wins, then the more confident.
	Findings []Finding

	arena   []byte   // field paths, shared by neighbours
	scratch []byte   // decoded values, used as a stack
	offsets []uint32 // source offset of each scratch byte
	path    []byte   // path of the value being scanned
	frames  []frame  // open JSON containers
	last    span     // path committed most recently
	root    int      // length of Input.Root on the path
	work    int      // bytes looked at, for the test of linearity
}

// Reset empties r and keeps its memory.
func (r *Result) Reset() {
	r.Findings = r.Findings[:0]
	r.arena = r.arena[:0]
	r.scratch, r.offsets = r.scratch[:0], r.offsets[:0]
	r.path, r.frames = r.path[:0], r.frames[:0]
	r.last, r.work = span{}, 0
}

// Path returns the field path of f, which must be of r: an RFC 9535 style path
// such as `$.items[*].card`, with Input.Root in place of `$`. Array indices are
// folded into [*], and member names that look like identifiers or that are
// themselves findings are folded into {*}: a path never holds a value. Empty
// where the input has no structure and no root. The bytes are valid until Reset.
func (r *Result) Path(f Finding) []byte { return r.arena[f.path.start:f.path.end] }

// Input says what is known of the bytes.
type Input struct {
	// Root begins every path: "$" for a file, "body", "headers", "url.query".
	Root string
	// Key is the name under which the value stands (attribute key, member,
	// header or column name). It gives context to weak types: PASSWORD,
	// PERSON_NAME, BIRTH_DATE, national PHONE numbers.
	Key string
	// Truncated: the input is a prefix of something longer. A candidate that
	// touches the end then counts as a finding.
	Truncated bool
}

// Options of an Engine. The zero value detects every type.
type Options struct {
	// Types to detect; empty means all.
	Types []datatype.ID
	// MinConfidence in percent; findings below are left out. 0 means 50.
	MinConfidence uint8
	// MaxDepth of JSON nesting that is followed; deeper input is scanned as
	// text. 0 means 64.
	MaxDepth int
}

// Engine is immutable after New and safe for concurrent use.
type Engine struct {
	on       [datatype.Count]bool
	min      uint8
	maxDepth int
}

// New builds an engine; it errs on an unknown type or an impossible option.
func New(opts Options) (*Engine, error) {
	e := &Engine{min: opts.MinConfidence, maxDepth: opts.MaxDepth}
	if e.min == 0 {
		e.min = 50
	}
	if e.min > 100 {
		return nil, fmt.Errorf("minimum confidence %d: want 0 to 100", e.min)
	}
	if e.maxDepth == 0 {
		e.maxDepth = 64
	}
	if e.maxDepth < 0 {
		return nil, fmt.Errorf("maximum depth %d: want 0 or more", e.maxDepth)
	}
	for i := range e.on {
		e.on[i] = len(opts.Types) == 0 && i > 0
	}
	for _, t := range opts.Types {
		if t == datatype.None || int(t) >= datatype.Count {
			return nil, fmt.Errorf("unknown data type %d", t)
		}
		e.on[t] = true
	}
	return e, nil
}

// Text scans prose or a log line: also "key=value" and "key: value" pairs in it.
func (e *Engine) Text(r *Result, b []byte, in Input) {
	s := e.begin(r, b, in)
	s.leaf(classify([]byte(in.Key)), false)
}

// JSON scans a document, member names and scalars included. What is not valid
// JSON is scanned as text from the offset of the error on, so that a broken or
// truncated document hides nothing.
func (e *Engine) JSON(r *Result, b []byte, in Input) {
	s := e.begin(r, b, in)
	s.document(classify([]byte(in.Key)))
}

// Form scans application/x-www-form-urlencoded data or a URL query; offsets are
// those of the encoded bytes.
func (e *Engine) Form(r *Result, b []byte, in Input) {
	s := e.begin(r, b, in)
	s.form(0, len(b), true)
}

// Header scans one field value; name decides about the values that are
// findings whatever they look like (Authorization, Cookie, API-key headers).
func (e *Engine) Header(r *Result, name string, value []byte, in Input) {
	s := e.begin(r, value, in)
	s.header(name)
}

// Value guesses the shape of b (JSON text, form or URL, else text) and scans it.
func (e *Engine) Value(r *Result, b []byte, in Input) {
	s := e.begin(r, b, in)
	s.leaf(classify([]byte(in.Key)), true)
}

func (e *Engine) begin(r *Result, b []byte, in Input) scanner {
	r.path = append(r.path[:0], in.Root...)
	r.root = len(in.Root)
	r.frames = r.frames[:0]
	r.scratch, r.offsets = r.scratch[:0], r.offsets[:0]
	return scanner{e: e, r: r, b: b, trunc: in.Truncated, first: len(r.Findings)}
}
