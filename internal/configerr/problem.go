package configerr

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Position is where something stands. Line and Column count from 1; Line 0
// means that only the source is known.
type Position struct {
	File         string // as given on the command line, or a scheme such as "yaml:"
	Line, Column int

	order int // of the source on the command line
}

// Problem is one thing wrong with a configuration.
type Problem struct {
	Pos  Position
	Path []string // of keys, from the top
	Text string   // what is wrong and what is accepted
	More string   // further lines: an excerpt; may be empty
}

// String is the problem in one line, the excerpt below it.
func (p Problem) String() string {
	var b strings.Builder
	if p.Pos.File != "" {
		b.WriteString(p.Pos.File)
		if p.Pos.Line > 0 {
			fmt.Fprintf(&b, ":%d:%d", p.Pos.Line, p.Pos.Column)
		}
		b.WriteString(": ")
	}
	if len(p.Path) > 0 {
		b.WriteString(strings.Join(p.Path, "::"))
		b.WriteString(": ")
	}
	b.WriteString(p.Text)
	if p.More != "" {
		b.WriteString("\n" + p.More)
	}
	return b.String()
}

// tidy sorts by place and drops what was found twice.
func tidy(all []Problem) []Problem {
	slices.SortStableFunc(all, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Pos.order, b.Pos.order), cmp.Compare(a.Pos.Line, b.Pos.Line),
			cmp.Compare(a.Pos.Column, b.Pos.Column), slices.Compare(a.Path, b.Path), cmp.Compare(a.Text, b.Text))
	})
	return slices.CompactFunc(all, func(a, b Problem) bool { return a.String() == b.String() })
}
