package symptom

import (
	"fmt"
	"path"
	"regexp"
	"sort"
	"strings"
)

// matcher is one condition on an attribute.
type matcher struct {
	key, text string
	not, none bool
	re        *regexp.Regexp
}

func parseMatchers(where map[string]string) ([]matcher, error) {
	keys := make([]string, 0, len(where))
	for k := range where {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	var ms []matcher
	for _, k := range keys {
		m := matcher{key: k, text: where[k]}
		switch {
		case m.text == "":
			m.none = true
		case m.text[0] == '!':
			m.not, m.text = true, m.text[1:]
		case m.text[0] == '~':
			re, err := regexp.Compile("^(?:" + m.text[1:] + ")$")
			if err != nil {
				return nil, fmt.Errorf("where::%s: not a regular expression", k)
			}
			m.re = re
		}
		ms = append(ms, m)
	}
	return ms, nil
}

func (m *matcher) match(l Labels) bool {
	v, ok := l.Get(m.key)
	switch {
	case m.none:
		return !ok || v == ""
	case m.not:
		return v != m.text
	case m.re != nil:
		return ok && m.re.MatchString(v)
	}
	return ok && v == m.text
}

func matchAll(ms []matcher, l Labels) bool {
	for i := range ms {
		if !ms[i].match(l) {
			return false
		}
	}
	return true
}

// match tells whether the selector is for this entity.
func (s *Selector) match(e Entity, l Labels) bool {
	if !glob(s.Type, e.Type) || !glob(s.Namespace, e.Namespace) || !glob(s.Name, e.Name) {
		return false
	}
	for k, want := range s.Labels {
		if v, ok := l.Get(k); !ok || !glob(want, v) {
			return false
		}
	}
	return true
}

// glob is true for an empty pattern.
func glob(pattern, s string) bool {
	if pattern == "" || pattern == s {
		return true
	}
	// path.Match's star ends at a slash, which no name of ours may depend on.
	ok, err := path.Match(strings.ReplaceAll(pattern, "/", "\x00"), strings.ReplaceAll(s, "/", "\x00"))
	return err == nil && ok
}
