package search

import (
	"fmt"
	"sort"
	"strings"
)

// Limits of a search. Memory stays within about twice MaxOutput for each level
// of depth, beside the input itself.
const (
	MaxDepth  = 5         // encodings inside one another
	MaxOutput = 256 << 20 // bytes that one encoding may unfold to
	MaxTotal  = 8 << 30   // bytes looked at in one search, decoded ones included
	maxHits   = 200       // kept for the report; the count goes on
	maxHitsOf = 20        // kept of one source
)

// Searcher looks for a fixed set of needles and collects what it finds. It is
// not safe for concurrent use.
type Searcher struct {
	m      *matcher
	maxOut int // MaxOutput, less in tests
	total  int64
	report Report
	found  map[int]bool
	hitsOf map[string]int // by source
}

// Hit says where a value was found, never which.
type Hit struct {
	Source string   // file or store
	Offset int      // in the source as kept; inside it for the innermost encoding
	Via    []string // encodings that were undone, outermost first
	Type   string   // data type
	Needle int      // index into the needles, for who holds them
}

// String is a line for people.
func (h Hit) String() string {
	via := "open"
	if len(h.Via) > 0 {
		via = strings.Join(h.Via, ">")
	}
	return fmt.Sprintf("%s offset %d (%s): %s, needle %d", h.Source, h.Offset, via, h.Type, h.Needle)
}

// Report is the outcome of a search.
type Report struct {
	Sources    int            // inputs that were searched
	Bytes      int64          // of those, as kept
	Found      int            // distinct needles found
	ByType     map[string]int // the same by data type
	Hits       []Hit          // the first places, 20 of a source, 200 in all
	Incomplete []string       // limits that were met; empty in a complete search
}

// New makes a searcher. Needles of fewer than five bytes are left out: they
// are in everything.
func New(needles []Needle) *Searcher {
	return &Searcher{m: newMatcher(needles), maxOut: MaxOutput, found: map[int]bool{}, hitsOf: map[string]int{}}
}

// Needles returns how many needles are looked for.
func (s *Searcher) Needles() int { return len(s.m.needles) }

// Bytes searches one input. The name stands in the report; b is only read.
func (s *Searcher) Bytes(name string, b []byte) {
	s.report.Sources++
	s.report.Bytes += int64(len(b))
	s.look(name, b, -1, nil)
}

// Report returns what was found so far.
func (s *Searcher) Report() Report {
	r := s.report
	r.Found = len(s.found)
	r.ByType = map[string]int{}
	for n := range s.found {
		r.ByType[s.m.needles[n].Type]++
	}
	sort.Strings(r.Incomplete)
	return r
}

// look searches b and everything encoded in it. base is the offset of the
// outermost encoding in the source, or -1 at the source itself.
func (s *Searcher) look(name string, b []byte, base int, via []string) {
	if s.total += int64(len(b)); s.total > MaxTotal {
		s.incomplete("total of %d bytes reached at %s", int64(MaxTotal), name)
		return
	}
	s.m.each(b, func(needle, offset int) { s.hit(name, needle, offset, base, via) })
	descend := func(d decoding) bool {
		at := base
		if at < 0 {
			at = d.offset
		}
		s.look(name, d.data, at, append(via[:len(via):len(via)], d.name))
		return s.total <= MaxTotal
	}
	cut := func(codec string) {
		s.incomplete("%s: %s unfolds to more than %d bytes", name, codec, s.maxOut)
	}
	if len(via) >= MaxDepth {
		return
	}
	if compressed(b, s.maxOut, cut, descend) && worthReading(b, via) {
		textual(b, descend)
	}
}

// worthReading keeps the number of guesses finite: what came out of a guess at
// an alignment and is not text is looked at once, not guessed at again.
func worthReading(b []byte, via []string) bool {
	if len(via) == 0 {
		return true
	}
	if last := via[len(via)-1]; last != "base64" && last != "hex" {
		return true
	}
	printable := 0
	for _, c := range b {
		if c >= ' ' && c < 0x7f || c == '\n' || c == '\t' || c == '\r' {
			printable++
		}
	}
	return printable*10 >= len(b)*9
}

func (s *Searcher) hit(name string, needle, offset, base int, via []string) {
	s.found[needle] = true
	if len(s.report.Hits) >= maxHits || s.hitsOf[name] >= maxHitsOf {
		return
	}
	s.hitsOf[name]++
	if base >= 0 {
		offset = base
	}
	s.report.Hits = append(s.report.Hits, Hit{
		Source: name, Offset: offset, Via: via, Type: s.m.needles[needle].Type, Needle: needle,
	})
}

func (s *Searcher) incomplete(format string, args ...any) {
	if len(s.report.Incomplete) < 20 {
		s.report.Incomplete = append(s.report.Incomplete, fmt.Sprintf(format, args...))
	}
}
