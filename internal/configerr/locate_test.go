package configerr

import (
	"strings"
	"testing"
)

func TestFind(t *testing.T) {
	s := source{name: "w.yaml", file: true}
	root, problems := parse(s, []byte(`base: &base
  tls: {insecure: true}
  loop: &loop [1, *loop]
exporters:
  otlp:
    <<: *base
    list:
      - a
      - {b: 1}
  otlp/2::endpoint: x
  "k8s.pod": {a::b: {c: 1}, a: {d: 2}}
`))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	s.root = root
	for path, want := range map[string][2]int{
		"exporters": {4, 1}, "exporters::otlp": {5, 3}, "exporters::otlp::tls": {2, 3}, "exporters::otlp::tls::insecure": {2, 9},
		"exporters::otlp::list::0": {8, 9}, "exporters::otlp::list::1::b": {9, 10}, "exporters::otlp::list::7": {7, 5},
		"exporters::otlp/2::endpoint": {10, 3}, "exporters::k8s.pod::a::b::c": {11, 22}, "exporters::k8s.pod::a::d": {11, 33},
		"exporters::none": {4, 1}, "none": {0, 0}, "exporters::otlp::loop::1::1::1::1": {3, 19},
	} {
		if got := (sources{s}).find(strings.Split(path, "::")); [2]int{got.Line, got.Column} != want {
			t.Errorf("%s: %d:%d, want %v", path, got.Line, got.Column, want)
		}
	}
}

func TestNamed(t *testing.T) {
	conf := map[string]any{"a.b": map[string]any{"c": []any{map[string]any{"d": 1}}, "e.f": 2}, "logs/x": map[string]any{"receivers": []any{"otlp"}}}
	for name, want := range map[string]string{
		"a.b.c[0].d": "a.b|c|0|d", "a.b::e.f": "a.b|e.f", "a.b.none.x": "a.b -", "[logs/x].receivers[0]": "logs/x|receivers|0",
		"": "", "pkg.Config": " -", "[": " -",
	} {
		path, whole := named(conf, name)
		got := strings.Join(path, "|")
		if !whole {
			got += " -"
		}
		if got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("a: {b: [1, 2]}\nb: &x [*x]\na: 2\n")
	f.Add("receivers:\n  otlp:\n\tx: y")
	f.Add("<<: {a: b}\n? [x]\n: y")
	f.Fuzz(func(t *testing.T, text string) {
		s := source{name: "w.yaml", file: true}
		root, problems := parse(s, []byte(text))
		for _, p := range problems {
			_ = p.String()
		}
		if root != nil {
			s.root = root
			(sources{s}).find([]string{"a", "b", "0", "c"})
		}
	})
}
