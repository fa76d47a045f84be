package route

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weir-telemetry/weir/internal/detect"
)

func newTemplater(t testing.TB, o Options) *Templater {
	e, err := detect.New(detect.Options{})
	require.NoError(t, err)
	return New(e, o)
}

func TestTemplate(t *testing.T) {
	for path, want := range map[string]string{
		"":             "/",
		"/":            "/",
		"*":            "*",
		"example:443":  "{*}",
		"/users/123":   "/users/{id}",
		"/users/123/":  "/users/{id}/",
		"/users/-5":    "/users/{id}",
		"/v1/users/me": "/v1/users/me",
		"/users/6ba7b810-9dad-11d1-80b4-00c04fd430c8":     "/users/{id}",
		"/users/%7B6ba7b810-9dad-11d1-80b4-00c04fd430c8}": "/users/{id}",
		"/commits/3f9a1c2bd0":                             "/commits/{id}",
		"/a/2026-11-21/b":                                 "/a/{id}/b",
		"/u/ada%40example.org/orders":                     "/u/{*}/orders",
		"/u/Jane%20Doe":                                   "/u/{*}",
		"/u/J%C3%BCrgen":                                  "/u/{*}",
		"/u/\xff\xfe":                                     "/u/{*}",
		"/u/a%2Fb":                                        "/u/{*}",
		"/u/%2525":                                        "/u/{*}",
		"/us%65rs/7":                                      "/users/{id}",
		"/assets/app.3f9a1c2b9.js":                        "/assets/{*}.js",
		"/users/42.json":                                  "/users/{id}.json",
		"/assets/main.css":                                "/assets/main.css",
		"/order/ORD-00017":                                "/order/{*}",
		"/t/dGhpc0lzQVRva2VuWGZRcg":                       "/t/{*}",
		"/cart;jsessionid=8F3A/items":                     "/cart/items",
		"http://shop.example/users/9?x=1":                 "/users/{id}",
		"http://shop.example":                             "/",
		"/users/7?name=ada":                               "/users/{id}",
		"/" + strings.Repeat("x", 41):                     "/{*}",
		"/health-check/readyz.v2":                         "/health-check/readyz.v2",
		"/a" + strings.Repeat("/a", 100):                  strings.Repeat("/a", 15) + "/{*}",
		"/a" + strings.Repeat("/a", 15):                   strings.Repeat("/a", 16),
		"//double":                                        "//double",
	} {
		assert.Equal(t, want, newTemplater(t, Options{}).Template(Scope{}, []byte(path), true), "%q", path)
	}
}

func TestTooManyWordsFold(t *testing.T) {
	tm := newTemplater(t, Options{MaxWords: 3})
	for _, w := range []string{"ada", "bob", "cyd"} {
		assert.Equal(t, "/u/"+w, tm.Template(Scope{}, []byte("/u/"+w), true))
	}
	assert.Equal(t, "/u/{*}", tm.Template(Scope{}, []byte("/u/dan"), true))
	assert.Equal(t, "/u/{*}", tm.Template(Scope{}, []byte("/u/ada"), true), "words seen before fold too")
	assert.Equal(t, "/u/{id}", tm.Template(Scope{}, []byte("/u/1"), true))
	assert.Equal(t, "/u/ada", tm.Template(Scope{Name: "other"}, []byte("/u/ada"), true), "another server is another tree")
}

func TestNotFoundTeachesNothing(t *testing.T) {
	tm := newTemplater(t, Options{})
	assert.Equal(t, "/{*}", tm.Template(Scope{}, []byte("/wp-admin"), false))
	assert.Equal(t, "/orders", tm.Template(Scope{}, []byte("/orders"), true))
	assert.Equal(t, "/orders", tm.Template(Scope{}, []byte("/orders"), false))
}

func TestNodesAreBounded(t *testing.T) {
	tm := newTemplater(t, Options{MaxNodes: 50, MaxWords: 10})
	seen := map[string]bool{}
	for i := range 5000 {
		s := Scope{Server: netip.AddrPortFrom(netip.IPv4Unspecified(), uint16(i%100))}
		seen[tm.Template(s, fmt.Appendf(nil, "/%c%c/%c%c", 'a'+i%26, 'a'+i%7, 'a'+i%11, 'a'+i%13), true)] = true
	}
	assert.LessOrEqual(t, tm.nodes, 50)
	assert.LessOrEqual(t, len(seen), 200)
}

func TestNoAllocationOnKnownPaths(t *testing.T) {
	tm := newTemplater(t, Options{})
	path := []byte("/v1/users/8271/orders/6ba7b810-9dad-11d1-80b4-00c04fd430c8")
	tm.Template(Scope{Name: "users"}, path, true)
	assert.Zero(t, testing.AllocsPerRun(100, func() { tm.Template(Scope{Name: "users"}, path, true) }))
}

func FuzzTemplate(f *testing.F) {
	for _, s := range []string{"/users/1", "http://h/%7B", "/a;b=c/%ff", "*", "/%2f%2e", "////"} {
		f.Add([]byte(s))
	}
	tm := newTemplater(f, Options{MaxNodes: 1000})
	f.Fuzz(func(t *testing.T, path []byte) {
		first := tm.Template(Scope{}, path, true)
		if first == "" || len(first) > 16*(maxWord+8) {
			t.Fatalf("template of %d bytes", len(first))
		}
		for _, c := range []byte(first) {
			if c < 0x21 || c > 0x7e || c == '?' || c == ';' || c == '@' {
				t.Fatalf("byte %#x in template", c)
			}
		}
		if tm.nodes > 1000 {
			t.Fatal("too many nodes")
		}
	})
}

func BenchmarkTemplate(b *testing.B) {
	tm := newTemplater(b, Options{})
	path := []byte("/v1/users/8271/orders/6ba7b810-9dad-11d1-80b4-00c04fd430c8")
	b.ReportAllocs()
	for b.Loop() {
		tm.Template(Scope{Name: "users"}, path, true)
	}
}
