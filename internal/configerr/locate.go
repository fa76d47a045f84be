package configerr

import (
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// locate follows path below n and returns the node of the last key found (or
// the element, in a list) and how many parts of the path were found.
func locate(n *yaml.Node, path []string, nesting int) (*yaml.Node, int) {
	if n.Kind == yaml.AliasNode && n.Alias != nil {
		n = n.Alias
	}
	if len(path) == 0 || nesting > maxNesting {
		return n, 0
	}
	switch n.Kind {
	case yaml.MappingNode:
		return inMap(n, path, nesting)
	case yaml.SequenceNode:
		i, err := strconv.Atoi(path[0])
		if err != nil || i < 0 || i >= len(n.Content) {
			return n, 0
		}
		at, depth := locate(n.Content[i], path[1:], nesting+1)
		if depth == 0 {
			at = n.Content[i]
		}
		return at, depth + 1
	}
	return n, 0
}

func inMap(n *yaml.Node, path []string, nesting int) (*yaml.Node, int) {
	best, most := n, 0
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.Tag == "!!merge" {
			if at, depth := inMerged(value, path, nesting); depth > most {
				best, most = at, depth
			}
			continue
		}
		parts := strings.Split(key.Value, "::") // keys may be written joined
		if len(parts) > len(path) || !slices.Equal(parts, path[:len(parts)]) {
			continue
		}
		at, depth := locate(value, path[len(parts):], nesting+1)
		if depth == 0 {
			at = key
		}
		if depth += len(parts); depth >= most {
			best, most = at, depth
		}
	}
	return best, most
}

// inMerged looks into what "<<" brings in: a map, or a list of them.
func inMerged(n *yaml.Node, path []string, nesting int) (*yaml.Node, int) {
	if n.Kind == yaml.AliasNode && n.Alias != nil {
		n = n.Alias
	}
	if n.Kind != yaml.SequenceNode {
		return locate(n, path, nesting+1)
	}
	for _, c := range n.Content {
		if at, depth := locate(c, path, nesting+1); depth > 0 {
			return at, depth
		}
	}
	return n, 0
}
