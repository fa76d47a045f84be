package configerr

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// hider takes the values of a configuration out of others' messages. Keys,
// component ids and types stay.
type hider struct {
	values []string // longest first
	keep   map[string]bool
}

func newHider(conf map[string]any, words []string) *hider {
	h := &hider{keep: map[string]bool{}}
	for _, w := range words {
		h.keep[w] = true
	}
	h.collect(conf, 0)
	if service, ok := conf["service"].(map[string]any); ok {
		h.keepIDs(service["extensions"])
		pipelines, _ := service["pipelines"].(map[string]any)
		for _, p := range pipelines {
			parts, _ := p.(map[string]any)
			for _, list := range parts {
				h.keepIDs(list)
			}
		}
	}
	slices.SortFunc(h.values, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b))
	})
	h.values = slices.Compact(h.values)
	return h
}

func (h *hider) keepIDs(v any) {
	list, _ := v.([]any)
	for _, x := range list {
		if s, ok := x.(string); ok {
			h.keep[s] = true
		}
	}
}

func (h *hider) collect(v any, nesting int) {
	if nesting > maxNesting {
		return
	}
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			h.keep[k] = true
			h.collect(x, nesting+1)
		}
	case []any:
		for _, x := range v {
			h.collect(x, nesting+1)
		}
	case nil, bool:
	default:
		if s := scalar(v); s != "" {
			h.values = append(h.values, s)
		}
	}
}

var quoted = regexp.MustCompile("\"(?:[^\"\\\\]|\\\\.)*\"|'[^']*'|`[^`]*`")

// text returns s with an ellipsis in place of each value of the configuration,
// and of each quoted part of one.
func (h *hider) text(s string) string {
	var b strings.Builder
	for {
		at := quoted.FindStringIndex(s)
		if at == nil {
			b.WriteString(h.bare(s))
			return b.String()
		}
		b.WriteString(h.bare(s[:at[0]]))
		in, q := s[at[0]+1:at[1]-1], s[at[0]:at[0]+1]
		if h.isValue(in) {
			in = "…"
		}
		b.WriteString(q + in + q)
		s = s[at[1]:]
	}
}

func (h *hider) isValue(s string) bool {
	if s == "" || h.keep[s] {
		return false
	}
	plain := strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(s)
	for _, v := range h.values {
		if strings.Contains(v, plain) || len(v) >= 3 && strings.Contains(plain, v) {
			return true
		}
	}
	return false
}

// bare hides values that stand between other words, unless they are so short
// that they could be anything.
func (h *hider) bare(s string) string {
	for _, v := range h.values {
		if len(v) < 4 || h.keep[v] {
			continue
		}
		for from := 0; ; {
			i := strings.Index(s[from:], v)
			if i < 0 {
				break
			}
			i += from
			if end := i + len(v); !edge(s[:i], v) || !edgeAfter(v, s[end:]) {
				from = end
				continue
			}
			s = s[:i] + "…" + s[i+len(v):]
			from = i + len("…")
		}
	}
	return s
}

func edge(before, v string) bool {
	a, _ := utf8.DecodeLastRuneInString(before)
	b, _ := utf8.DecodeRuneInString(v)
	return before == "" || !wordRune(a) || !wordRune(b)
}

func edgeAfter(v, after string) bool {
	a, _ := utf8.DecodeLastRuneInString(v)
	b, _ := utf8.DecodeRuneInString(after)
	return after == "" || !wordRune(a) || !wordRune(b)
}

func wordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' }
