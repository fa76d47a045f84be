package configerr

import (
	"errors"
	"io/fs"
	"os"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// source is one --config, parsed for the places of its keys.
type source struct {
	name  string // as printed
	file  bool
	order int
	root  *yaml.Node // nil when there is nothing in it
}

type sources []source

var scheme = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9+.-]+):`)

// load reads what the URIs name. A file that can't be read or parsed is a
// problem; of other schemes only those that hold their text are looked into.
func load(uris []string) (sources, []Problem) {
	var all sources
	var out []Problem
	for i, uri := range uris {
		s := source{name: uri, order: i, file: true}
		text := []byte(nil)
		if m := scheme.FindStringSubmatch(uri); m != nil && m[1] != "file" {
			s.name, s.file = m[1]+":", false // the rest may hold values
			switch rest := uri[len(m[0]):]; m[1] {
			case "yaml":
				text = []byte(rest)
			case "env":
				name, _, _ := strings.Cut(rest, ":-")
				text = []byte(os.Getenv(name))
			}
		} else {
			s.name = strings.TrimPrefix(uri, "file:")
			var err error
			if text, err = os.ReadFile(s.name); err != nil {
				out = append(out, Problem{Pos: s.at(nil), Text: unreadable(err)})
				continue
			}
		}
		root, problems := parse(s, text)
		s.root = root
		all, out = append(all, s), append(out, problems...)
	}
	return all, out
}

// unreadable leaves out the name, which stands before the text already.
func unreadable(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	return "can't read the file: " + err.Error()
}

func (s source) at(n *yaml.Node) Position {
	p := Position{File: s.name, order: s.order}
	if n != nil && s.file {
		p.Line, p.Column = n.Line, n.Column
	}
	return p
}

// find returns where a key stands: in the last source that defines it, as that
// one wins, or else where the longest part of its path does.
func (all sources) find(path []string) Position {
	var best Position
	most := -1
	for _, s := range all {
		if s.root == nil {
			continue
		}
		if n, depth := locate(s.root, path, 0); depth >= most {
			best, most = s.at(n), depth
		}
	}
	if most < 0 && len(all) > 0 {
		return all[len(all)-1].at(nil)
	}
	if most == 0 {
		best.Line, best.Column = 0, 0
	}
	return best
}

// maxNesting bounds the walk through aliases.
const maxNesting = 200
