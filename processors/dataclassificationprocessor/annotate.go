package dataclassificationprocessor

import (
	"sort"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/weir-telemetry/weir/internal/datatype"
	"github.com/weir-telemetry/weir/internal/detect"
	"github.com/weir-telemetry/weir/internal/inspect"
	"github.com/weir-telemetry/weir/internal/walk"
)

const (
	typesKey    = "weir.data_types"
	findingsKey = "weir.findings"
	// maxFindings bounds the annotation of one unit; the rest is counted.
	maxFindings = 64
)

// found is one entry of an annotation.
type found struct {
	id              datatype.ID
	path, direction string
}

// annotator is the visitor that classifies. One goroutine uses it at a time.
type annotator struct {
	inspector *inspect.Inspector
	walker    *walk.Walker
	result    detect.Result
	path      []byte
	found     []found
	metrics   metrics
	counts    [datatype.Count]int64
	failed    int64
	overflow  int64
}

func newAnnotator(p *classifier) *annotator {
	a := &annotator{inspector: inspect.New(p.engine, p.known)}
	a.walker = walk.New(a)
	return a
}

func (a *annotator) reset() {
	a.counts, a.failed, a.overflow = [datatype.Count]int64{}, 0, 0
	a.metrics = metrics{}
	a.keep(0)
}

// keep forgets all but the first n findings.
func (a *annotator) keep(n int) {
	clear(a.found[n:])
	a.found = a.found[:n]
}

// Enter takes away an annotation that came from outside: it may be forged.
func (a *annotator) Enter(at *walk.Place) {
	if a.metrics.on {
		a.enterMetrics(at)
		return
	}
	a.keep(0)
	strip(at.Record.Attributes)
}

// Leave annotates a resource, scope, log record, span, event or link.
func (a *annotator) Leave(at *walk.Place) {
	if a.metrics.on {
		a.leaveMetrics(at)
		return
	}
	annotate(at.Record.Attributes, a.found)
}

// Failed passes the unit on: redaction, which comes next, drops what can't be
// processed.
func (a *annotator) Failed(*walk.Place, any) bool {
	a.failed++
	a.keep(a.metrics.scope) // 0 but in metrics
	return false
}

// Value looks at a value and leaves it.
func (a *annotator) Value(at *walk.Place, v pcommon.Value) walk.Verdict {
	switch v.Type() {
	case pcommon.ValueTypeStr:
		a.inspector.Scan(&a.result, at, inspect.Bytes(v.Str()))
	case pcommon.ValueTypeBytes:
		a.inspector.Scan(&a.result, at, v.Bytes().AsRaw())
	case pcommon.ValueTypeInt, pcommon.ValueTypeDouble:
		a.inspector.Number(&a.result, at, v)
	default: // nested too deep to be followed
		a.failed++
		return walk.Stay
	}
	a.collect(at)
	return walk.Stay
}

// Text looks at a field and leaves it.
func (a *annotator) Text(at *walk.Place, s string) string {
	a.inspector.Scan(&a.result, at, inspect.Bytes(s))
	a.collect(at)
	return s
}

// Key looks at a key, leaves it, and folds it in paths when it is no name.
func (a *annotator) Key(at *walk.Place, key string) string {
	a.inspector.Key(&a.result, at, key)
	steps := at.Steps()
	if len(a.result.Findings) > 0 || !isName(key) {
		steps[len(steps)-1].Fold = true
	}
	a.collect(at)
	return key
}

// collect notes the findings of the last scan, each type and path once.
func (a *annotator) collect(at *walk.Place) {
	if len(a.result.Findings) == 0 {
		return
	}
	a.path = appendRoot(a.path[:0], at)
	root, from := len(a.path), direction(at)
	for _, f := range a.result.Findings {
		a.counts[f.Type]++
		a.path = a.path[:root]
		if at.Part != walk.TraceState { // its members look like a form, and are none
			a.path = appendWithin(a.path, a.inspector.Path(&a.result, f))
		}
		a.note(f.Type, from)
	}
}

func (a *annotator) note(id datatype.ID, from string) {
	for i := range a.found {
		f := &a.found[i]
		if f.id == id && f.direction == from && f.path == string(a.path) {
			return
		}
	}
	if len(a.found) == maxFindings {
		a.overflow++
		return
	}
	a.found = append(a.found, found{id, string(a.path), from})
}

func strip(m pcommon.Map) {
	m.Remove(typesKey)
	m.Remove(findingsKey)
}

// annotate writes the annotation. A unit without findings gets none.
func annotate(m pcommon.Map, fs []found) {
	if len(fs) == 0 {
		return
	}
	var seen [datatype.Count]bool
	var names []string
	for _, f := range fs {
		if !seen[f.id] {
			seen[f.id] = true
			names = append(names, f.id.String())
		}
	}
	sort.Strings(names)
	list := m.PutEmptySlice(typesKey)
	list.EnsureCapacity(len(names))
	for _, n := range names {
		list.AppendEmpty().SetStr(n)
	}
	entries := m.PutEmptySlice(findingsKey)
	entries.EnsureCapacity(len(fs))
	for _, f := range fs {
		e := entries.AppendEmpty().SetEmptyMap()
		e.EnsureCapacity(4)
		e.PutStr("type", f.id.String())
		e.PutStr("sensitivity", datatype.Get(f.id).Sensitivity.String())
		e.PutStr("path", f.path)
		if f.direction != "" {
			e.PutStr("direction", f.direction)
		}
	}
}
