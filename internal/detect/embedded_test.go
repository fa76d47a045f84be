package detect

import "testing"

// TestEmbeddedJSON: an object in the middle of a line is read as JSON, so that
// its keys and escapes count and its findings have paths.
func TestEmbeddedJSON(t *testing.T) {
	for in, want := range map[string]string{
		`INFO body {"user":{"name":"Ann Lee"},"to":"ann\u0040example.org"} done`: `PERSON_NAME:Ann Lee@$.user.name | EMAIL:ann\u0040example.org@$.to`,
		`x user={"name":"Ann Lee"} y`:                                            "PERSON_NAME:Ann Lee@$.name",
		`got [{"email":"a@b.io"},{"card":4111111111111111}]`:                     "EMAIL:a@b.io@$[*].email | PAYMENT_CARD:4111111111111111@$[*].card",
		`{"service":{"name":"checkout"}} and bob@corp.io`:                        "EMAIL:bob@corp.io@$",
		`cut off {"user":{"first_name":"Ann","email":"a@b.io"`:                   "PERSON_NAME:Ann@$ | EMAIL:a@b.io@$",
		`interface{"a"} map[string]int{"b":1} {{"c"}} {"not":json} a@b.io`:       "EMAIL:a@b.io@$",
		`{"msg":"sent {\"user\":{\"name\":\"Ann Lee\"}} ok"}`:                    "PERSON_NAME:Ann Lee@$.msg.user.name",
	} {
		got := found(t, in, func(e *Engine, r *Result, b []byte) { e.Text(r, b, Input{Root: "$"}) })
		if got != want {
			t.Errorf("%s\n got %s\nwant %s", in, got, want)
		}
	}
}
