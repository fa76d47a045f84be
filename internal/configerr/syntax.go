package configerr

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// parse returns the top node of a text, nil when it is empty.
func parse(s source, text []byte) (*yaml.Node, []Problem) {
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, []Problem{syntax(s, string(text), err)}
	}
	if len(doc.Content) == 0 || doc.Content[0].Tag == "!!null" {
		if !s.file {
			return nil, nil
		}
		return nil, []Problem{{Pos: s.at(nil), Text: "the file is empty; wanted at least: receivers, exporters, service"}}
	}
	root := doc.Content[0]
	if root.Kind != yaml.MappingNode {
		return nil, []Problem{{Pos: s.at(root), Text: "wanted a map of " + strings.Join(topKeys, ", ") + "; got " + nodeKind(root)}}
	}
	return root, duplicates(s, root, nil, nil, 0)
}

func nodeKind(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a map"
	case yaml.SequenceNode:
		return "a list"
	}
	return "a single value"
}

var yamlLine = regexp.MustCompile(`^yaml: (?:.*?)line (\d+): (.*)$`)

var ofParser = regexp.MustCompile(`^did not find expected (',' or|key|'-'|node content|<)`)

// syntax tells of a text that isn't YAML.
func syntax(s source, text string, err error) Problem {
	what := strings.TrimPrefix(err.Error(), "yaml: ")
	p := Problem{Pos: s.at(nil)}
	if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
		what = m[2]
		lines := strings.Split(text, "\n")
		n, _ := strconv.Atoi(m[1])
		if ofParser.MatchString(what) {
			n++ // the library counts these from 0, and from where a structure began
			what += ", in what begins here"
		}
		if s.file && n >= 1 && n <= len(lines) {
			p.Pos.Line, p.Pos.Column = n, 1+indent(lines[n-1])
			p.More = excerpt(lines, n)
		}
	}
	p.Text = "not valid YAML: " + unquote(what)
	return p
}

// unquote hides what a message quotes, other than punctuation.
func unquote(s string) string {
	return quoted.ReplaceAllStringFunc(s, func(q string) string {
		if in := q[1 : len(q)-1]; len(in) <= 2 && !strings.ContainsFunc(in, wordRune) {
			return q
		}
		return `"…"`
	})
}

func indent(line string) int { return len(line) - len(strings.TrimLeft(line, " \t")) }

var keyed = regexp.MustCompile(`^[ \t]*(?:- +)*["']?[A-Za-z0-9_./:-]+["']?[ \t]*:(?:[ \t]|$)`)

// excerpt shows a line and the one before it, keys without their values.
func excerpt(lines []string, n int) string {
	var b strings.Builder
	for i := max(1, n-1); i <= n; i++ {
		line := strings.TrimRight(lines[i-1], " \t\r")
		shown := keyed.FindString(line)
		if rest := line[len(shown):]; shown == "" && line != "" {
			shown = line[:indent(line)] + "…"
		} else if strings.TrimSpace(rest) != "" {
			shown = strings.TrimRight(shown, " \t") + " …"
		}
		if i > max(1, n-1) {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%6d | %s", i, strings.ReplaceAll(shown, "\t", "→   "))
	}
	return b.String()
}

// duplicates finds keys that stand twice in one map, at any depth.
func duplicates(s source, n *yaml.Node, path []string, out []Problem, nesting int) []Problem {
	if nesting > maxNesting {
		return out
	}
	if n.Kind == yaml.SequenceNode {
		for i, c := range n.Content {
			out = duplicates(s, c, below(path, strconv.Itoa(i)), out, nesting+1)
		}
	}
	if n.Kind != yaml.MappingNode {
		return out
	}
	first := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		at := below(path, key.Value)
		if line, twice := first[key.Value]; twice {
			out = append(out, Problem{Pos: s.at(key), Path: at, Text: fmt.Sprintf("the key stands twice; first in line %d", line)})
		} else {
			first[key.Value] = key.Line
		}
		out = duplicates(s, n.Content[i+1], at, out, nesting+1)
	}
	return out
}

// below returns a new path, so that siblings don't share memory.
func below(path []string, more ...string) []string {
	return append(append(make([]string, 0, len(path)+len(more)), path...), more...)
}
