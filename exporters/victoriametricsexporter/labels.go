package victoriametricsexporter

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// label is one label in a labelSet; arena[start:end] is its wire form,
// arena[value:end] its value.
type label struct {
	name, key         string
	start, value, end int
	external          bool
}

// labelSet builds the sorted labels of a data point, without its name and
// without le, quantile or vmrange, which differ from series to series. What
// belongs to resource and scope is encoded once and reused by their points.
type labelSet struct {
	names *nameCache

	arena []byte
	// refs[:base] belong to resource, scope and configuration.
	refs       []label
	base       int
	baseArena  int
	baseOrigin uint64

	hasJob, hasInstance bool
	// extra is the label that the point's series add; an attribute of that name
	// is renamed.
	extra string

	// The result: the labels before and after __name__, in order, and at which
	// byte the extra label is to be put.
	sorted          []label
	enc             []byte
	nameAt, extraAt int
	origin          uint64
	drop            string
}

// beginBase forgets everything: a new resource and scope follow.
func (s *labelSet) beginBase() {
	s.arena, s.refs, s.origin, s.drop = s.arena[:0], s.refs[:0], 0, ""
	s.hasJob, s.hasInstance, s.extra = false, false, ""
}

// endBase makes what was added so far the base of the points to come.
func (s *labelSet) endBase() {
	s.base, s.baseArena, s.baseOrigin = len(s.refs), len(s.arena), s.origin
}

// beginPoint goes back to the base. baseDrop is the reason why nothing of the
// resource can be written, or empty.
func (s *labelSet) beginPoint(extra, baseDrop string) {
	s.refs, s.arena, s.origin = s.refs[:s.base], s.arena[:s.baseArena], s.baseOrigin
	s.extra, s.drop = extra, baseDrop
}

func (s *labelSet) addText(name, key, value string, external bool) {
	if value == "" { // an empty label is an absent one
		return
	}
	if !utf8.ValidString(value) {
		s.drop = reasonInvalidUTF8
		return
	}
	start := len(s.arena)
	s.arena = appendLabel(s.arena, name, value)
	end := len(s.arena)
	s.refs = append(s.refs, label{name, key, start, end - len(value), end, external})
}

// addAttribute adds an attribute under its translated name.
func (s *labelSet) addAttribute(prefix, key string, v pcommon.Value) {
	if prefix != "" {
		key = prefix + key
	}
	e := s.names.label(key)
	if e.drop != "" {
		s.drop = e.drop
		return
	}
	name := e.name
	if name == s.extra || name == "job" && s.hasJob || name == "instance" && s.hasInstance {
		name = "exported_" + name
	}
	s.origin += e.origin
	switch v.Type() {
	case pcommon.ValueTypeStr:
		s.addText(name, key, v.Str(), false)
	case pcommon.ValueTypeInt:
		var number [20]byte
		text := strconv.AppendInt(number[:0], v.Int(), 10)
		start := len(s.arena)
		s.arena = appendLabel(s.arena, name, text)
		end := len(s.arena)
		s.refs = append(s.refs, label{name, key, start, end - len(text), end, false})
	default:
		s.addText(name, key, v.AsString(), false)
	}
}

func (s *labelSet) addAll(attrs pcommon.Map) {
	attrs.Range(func(k string, v pcommon.Value) bool {
		s.addAttribute("", k, v)
		return true
	})
}

// finish sorts the labels and joins those whose names became equal.
func (s *labelSet) finish() {
	s.sorted = append(s.sorted[:0], s.refs...)
	insertionSort(s.sorted)
	for i := 1; i < len(s.sorted); i++ {
		if s.sorted[i].name == s.sorted[i-1].name {
			s.join()
			break
		}
	}
	s.enc, s.nameAt, s.extraAt = s.enc[:0], -1, -1
	for i := range s.sorted {
		l := &s.sorted[i]
		if s.nameAt < 0 && l.name > metricNameLabel {
			s.nameAt = len(s.enc)
		}
		if s.extraAt < 0 && l.name > s.extra {
			s.extraAt = len(s.enc)
		}
		s.enc = append(s.enc, s.arena[l.start:l.end]...)
	}
	if s.nameAt < 0 {
		s.nameAt = len(s.enc)
	}
	// Without an extra label the place is not used; with one it sorts after
	// __name__, since it begins with a small letter.
	if s.extraAt < s.nameAt {
		s.extraAt = len(s.enc)
	}
}

// join makes one label of those with the same name: external labels give way,
// values that differ are joined by ";" in the order of their original keys, as
// the compatibility specification asks.
func (s *labelSet) join() {
	slices.SortStableFunc(s.sorted, func(a, b label) int {
		return cmp.Or(strings.Compare(a.name, b.name), strings.Compare(a.key, b.key))
	})
	out := s.sorted[:0]
	for i := 0; i < len(s.sorted); {
		end := i + 1
		for end < len(s.sorted) && s.sorted[end].name == s.sorted[i].name {
			end++
		}
		out = append(out, s.joinGroup(s.sorted[i:end]))
		i = end
	}
	s.sorted = out
}

func (s *labelSet) joinGroup(group []label) label {
	if len(group) == 1 {
		return group[0]
	}
	var values [][]byte
	first := group[0]
	for _, l := range group {
		if l.external {
			continue
		}
		v := s.arena[l.value:l.end]
		if !slices.ContainsFunc(values, func(o []byte) bool { return bytes.Equal(o, v) }) {
			values = append(values, v)
		}
		first = l
	}
	joined := bytes.Join(values, []byte(";"))
	start := len(s.arena)
	s.arena = appendLabel(s.arena, first.name, joined)
	end := len(s.arena)
	return label{first.name, first.key, start, end - len(joined), end, false}
}

// insertionSort is stable and quick for the few, mostly sorted labels of a
// point.
func insertionSort(l []label) {
	for i := 1; i < len(l); i++ {
		for j := i; j > 0 && l[j].name < l[j-1].name; j-- {
			l[j], l[j-1] = l[j-1], l[j]
		}
	}
}
