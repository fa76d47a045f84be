package detect

import (
	"bytes"

	"github.com/weir-telemetry/weir/internal/datatype"
)

// scanner is one pass over one view of the input: the input itself, or a value
// decoded into scratch. It lives on the stack of the caller.
type scanner struct {
	e *Engine
	r *Result
	b []byte

	off   []uint32 // source offset of each byte of b, one more at the end; nil: base+i
	base  int
	first int // findings before this index belong to an earlier input

	in    Context
	trunc bool // the end of b is the end of a truncated input

	key      keyClass // context of the value being scanned
	keyUntil int      // the pair's context ends here
	pairKey  keyClass

	chain    int // start of the words before the current position that may form a key
	chainEnd int
	tokenEnd int    // no token or JWT begins before this offset
	colonEnd int    // no IPv6 address begins before this offset
	atEnd    int    // no domain begins before this offset
	listEnd  int    // no array or object of a key begins before this offset
	openEnd  int    // no JSON that is balanced begins before this offset
	pemAt    int    // the end of a private key found last
	pemTo    int    // none between that and here
	heard    [4]int // ends of the last words that give context, see hearing
	level    int    // of decoding: JSON in a JSON string in ...
}

// raw maps a half-open span of the view to the input.
func (s *scanner) raw(start, end int) (int, int) {
	if s.off == nil {
		return s.base + start, s.base + end
	}
	// A finding may not end inside an escape that stands for several bytes.
	for end < len(s.b) && end > 0 && s.off[end] == s.off[end-1] {
		end++
	}
	return int(s.off[start]), int(s.off[end])
}

// touches reports whether end is where a truncated input was cut.
func (s *scanner) touches(end int) bool { return s.trunc && end == len(s.b) }

// emit adds a candidate, or drops it in favour of one that it overlaps.
func (s *scanner) emit(t datatype.ID, start, end int, conf uint8) bool {
	if end <= start || !s.e.on[t] || conf < s.e.min {
		return false
	}
	f := Finding{Type: t, Confidence: conf, In: s.in}
	f.Start, f.End = s.raw(start, end)
	if f.End <= f.Start {
		return false
	}
	f.path = s.r.commitPath(s.b[start:end])
	return s.r.insert(f, s.first)
}

// commitPath keeps the current path; equal neighbours share one copy. A name on
// it that is or holds the value of the finding is folded.
func (r *Result) commitPath(value []byte) span {
	if len(r.path)-r.root >= len(value) && len(value) > 1 && bytes.Contains(r.path[r.root:], value) {
		at := uint32(len(r.arena))
		r.arena = append(append(r.arena, r.path[:r.root]...), ".{*}"...)
		return span{at, uint32(len(r.arena))}
	}
	if r.last.end > r.last.start && bytes.Equal(r.arena[r.last.start:r.last.end], r.path) {
		return r.last
	}
	at := uint32(len(r.arena))
	r.arena = append(r.arena, r.path...)
	r.last = span{at, uint32(len(r.arena))}
	return r.last
}

// insert keeps Findings[first:] sorted and free of overlaps: the longer wins,
// then the more confident, then the earlier seen.
func (r *Result) insert(f Finding, first int) bool {
	fs := r.Findings
	i := len(fs)
	for i > first && fs[i-1].End > f.Start {
		i--
	}
	j := i
	for j < len(fs) && fs[j].Start < f.End {
		was, now := fs[j].End-fs[j].Start, f.End-f.Start
		if was > now || was == now && fs[j].Confidence >= f.Confidence {
			return false
		}
		j++
	}
	if i == j {
		fs = append(fs, Finding{})
		copy(fs[i+1:], fs[i:])
		fs[i] = f
	} else {
		fs[i] = f
		fs = append(fs[:i+1], fs[j:]...)
	}
	r.Findings = fs
	return true
}
