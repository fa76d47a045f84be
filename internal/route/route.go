// Package route folds raw paths into templates of bounded number, such as
// /users/{id}/orders, so that a route can be a metric's label and a name that
// may be shown to anyone.
//
// A segment becomes
//
//	{id}  when it is an identifier by its form: digits (also with -, . and _
//	      between them, as dates are), a UUID, 8 or more hexadecimal digits
//	{*}   when it holds a finding of the detection engine, looks random, has 3
//	      or more digits, is longer than 40 bytes, holds anything but letters,
//	      digits, '-', '_' and '.' once percent-decoded, or stands where too
//	      many different words were seen before
//
// A known file extension stays: /assets/app.3f9a1c2b.js is /assets/{*}.js.
// Matrix parameters (;jsessionid=…) are cut off. Beyond the deepest segment the
// rest is one {*}. The absolute form loses scheme and authority, "*" stays
// itself, the empty path is "/", anything else that does not begin with a
// slash is "{*}".
//
// What a word means can't be known from its form: /users/jane is taken for a
// word until its position has seen too many of them. Paths that were answered
// with "not found" teach nothing, so scanners can't use up the room.
package route

import (
	"bytes"
	"net/netip"

	"github.com/weir-telemetry/weir/internal/detect"
)

// The placeholders.
const (
	ID  = "{id}"
	Any = "{*}"
)

// Options bound a Templater. The zero value of each field means its default.
type Options struct {
	MaxSegments int // segments of a template; default 16
	MaxWords    int // different words at one position below one parent; default 64
	MaxNodes    int // positions remembered over all scopes; default 50000
}

// Scope separates what is learned of one server from another's. The name is
// used when somebody is known behind the address, else the address.
type Scope struct {
	Namespace, Name string
	Server          netip.AddrPort
}

// Templater makes templates and remembers the words it saw. It is not safe for
// concurrent use.
type Templater struct {
	engine *detect.Engine
	opts   Options
	roots  map[Scope]*node
	nodes  int
	found  detect.Result
	plain  []byte // percent-decoded segment
}

// New returns a Templater that folds what engine finds.
func New(engine *detect.Engine, opts Options) *Templater {
	for _, o := range [...]struct {
		v   *int
		def int
	}{{&opts.MaxSegments, 16}, {&opts.MaxWords, 64}, {&opts.MaxNodes, 50000}} {
		if *o.v <= 0 {
			*o.v = o.def
		}
	}
	return &Templater{engine: engine, opts: opts, roots: map[Scope]*node{}}
}

// Template returns the template of a raw path. learn says whether words that
// were not seen before may be remembered; without it they become {*}. For
// paths whose words are known it does not allocate.
func (t *Templater) Template(scope Scope, path []byte, learn bool) string {
	rest, special := normalize(path)
	if special != "" {
		return special
	}
	n := t.root(scope)
	if n == nil {
		return "/" + Any
	}
	for depth := 0; ; depth++ {
		rest = rest[1:] // the slash
		seg := rest
		end := bytes.IndexByte(rest, '/')
		if end >= 0 {
			seg = rest[:end]
		}
		if depth >= t.opts.MaxSegments-1 && end >= 0 {
			n, _ = t.child(n, Any)
			break
		}
		next, ok := t.step(n, seg, learn)
		if !ok {
			return n.template + "/" + Any // no room to remember more
		}
		n = next
		if end < 0 {
			break
		}
		rest = rest[end:]
	}
	if n == nil {
		return "/" + Any
	}
	return n.template
}

// normalize cuts what is not the path; special is the whole answer when the
// target is not a path at all. Otherwise rest begins with a slash.
func normalize(path []byte) (rest []byte, special string) {
	if i := bytes.IndexAny(path, "?#"); i >= 0 {
		path = path[:i]
	}
	if len(path) == 0 {
		return nil, "/"
	}
	if path[0] == '/' {
		return path, ""
	}
	if len(path) == 1 && path[0] == '*' {
		return nil, "*"
	}
	i := bytes.Index(path, []byte("://"))
	if i <= 0 || i > 10 {
		return nil, Any
	}
	path = path[i+3:]
	slash := bytes.IndexByte(path, '/')
	if slash < 0 {
		return nil, "/"
	}
	return path[slash:], ""
}
