package detect

import (
	"bytes"
	"reflect"
	"testing"
)

// check runs scan twice over b and checks what must hold of any result.
func check(t *testing.T, b []byte, scan func(*Engine, *Result, []byte)) {
	e, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	var r, again Result
	scan(e, &r, b)
	scan(e, &again, b)
	if !reflect.DeepEqual(r.Findings, again.Findings) {
		t.Fatalf("two runs differ: %v and %v", r.Findings, again.Findings)
	}
	end, root := 0, r.root
	for _, f := range r.Findings {
		if f.Start < end || f.End <= f.Start || f.End > len(b) {
			t.Fatalf("finding [%d,%d) after %d in %d bytes", f.Start, f.End, end, len(b))
		}
		end = f.End
		if p, v := r.Path(f), b[f.Start:f.End]; len(v) > 1 && bytes.Contains(p[min(root, len(p)):], v) {
			t.Fatalf("path %q holds the value %q", p, v)
		}
	}
	// A result that was used before, and a buffer with no room behind, change nothing.
	again.Reset()
	scan(e, &again, bytes.Clone(b)[:len(b):len(b)])
	if len(r.Findings) != len(again.Findings) {
		t.Fatalf("%d findings, %d with a result used before", len(r.Findings), len(again.Findings))
	}
	if r.work > 200*len(b)+2000 {
		t.Fatalf("looked at %d bytes for %d", r.work, len(b))
	}
}

func fuzz(f *testing.F, scan func(*Engine, *Result, []byte)) {
	for _, s := range []string{"a@example.com 4111 1111 1111 1111", `{"a":["b\u0040c.de",{"password":"{\"x\":1}"}]}`,
		"a=b%40c.de&d=+1+212+555+0147", "::1 2001:db8::1%x", "-----BEGIN PRIVATE KEY-----", `{"a":{"b":[`,
		`{"name":"Ann","phone":"1"}{"name":"Bob","address":{}}`, `{"hunter2":{"password":"hunter2"}}`, "Cookie: a=b\nAuthorization: Token abc",
		"password: [\"a\",'b']", "name=Ann&email=a%40b.de", "10.0.0.0/8 10.1.2.3-10.1.2.9", "bot123456789:AAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) { check(t, b, scan) })
}

func FuzzText(f *testing.F) {
	fuzz(f, func(e *Engine, r *Result, b []byte) { e.Text(r, b, Input{Truncated: len(b)%2 == 1}) })
}

func FuzzJSON(f *testing.F) {
	fuzz(f, func(e *Engine, r *Result, b []byte) { e.JSON(r, b, Input{Root: "$", Truncated: len(b)%2 == 1}) })
}

func FuzzForm(f *testing.F) {
	fuzz(f, func(e *Engine, r *Result, b []byte) { e.Form(r, b, Input{Root: "q", Truncated: len(b)%2 == 1}) })
}

func FuzzValue(f *testing.F) {
	fuzz(f, func(e *Engine, r *Result, b []byte) { e.Value(r, b, Input{Root: "v", Truncated: len(b)%2 == 1}) })
}
