package route

import (
	"bytes"
	"net/netip"
)

// node is a position in a template. Its template is ready made, so that a walk
// along known words allocates nothing.
type node struct {
	template string
	words    map[string]*node // words accepted below
	folds    map[string]*node // placeholders below: {id}, {*}, {*}.js…
	folded   bool             // too many words: all become {*}
}

func (t *Templater) root(scope Scope) *node {
	if scope.Name != "" {
		scope.Server = netip.AddrPort{}
	}
	if n := t.roots[scope]; n != nil {
		return n
	}
	if t.nodes >= t.opts.MaxNodes {
		return nil
	}
	n := &node{}
	t.nodes++
	t.roots[scope] = n
	return n
}

// step goes from n along one segment. It fails when there is no room.
func (t *Templater) step(n *node, seg []byte, learn bool) (*node, bool) {
	if next := n.words[string(seg)]; next != nil {
		return next, true
	}
	if i := bytes.IndexByte(seg, ';'); i >= 0 {
		return t.step(n, seg[:i], learn)
	}
	fold := t.fold(seg)
	if fold == "" && (n.folded || !learn && len(seg) > 0) {
		fold = Any
	}
	if fold != "" {
		return t.child(n, fold)
	}
	if len(n.words) >= t.opts.MaxWords {
		t.forget(n)
		return t.child(n, Any)
	}
	if t.nodes >= t.opts.MaxNodes {
		return t.child(n, Any)
	}
	if n.words == nil {
		n.words = map[string]*node{}
	}
	word := string(t.plain)
	next := n.words[word]
	if next == nil {
		next = &node{template: n.template + "/" + word}
		n.words[word] = next
		t.nodes++
	}
	return next, true
}

// child returns the placeholder below n. Placeholders are few by their nature,
// yet they too need room.
func (t *Templater) child(n *node, fold string) (*node, bool) {
	if next := n.folds[fold]; next != nil {
		return next, true
	}
	if t.nodes >= t.opts.MaxNodes {
		return nil, false
	}
	if n.folds == nil {
		n.folds = map[string]*node{}
	}
	next := &node{template: n.template + "/" + fold}
	n.folds[fold] = next
	t.nodes++
	return next, true
}

// forget gives up the words below n for good.
func (t *Templater) forget(n *node) {
	for _, w := range n.words {
		t.nodes -= w.size()
	}
	n.words, n.folded = nil, true
}

// size counts n and everything below; its depth is bounded by MaxSegments.
func (n *node) size() int {
	s := 1
	for _, w := range n.words {
		s += w.size()
	}
	for _, f := range n.folds {
		s += f.size()
	}
	return s
}
