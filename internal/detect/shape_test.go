package detect

import "testing"

func TestNamesBesideWhatAPersonHas(t *testing.T) {
	for in, want := range map[string]string{
		`{"name":"Ann Lee","email":"ann@example.com"}`:             "PERSON_NAME:Ann Lee@$.name | EMAIL:ann@example.com@$.email",
		`{"phone":"212-555-0147","name":"Ann"}`:                    "PHONE:212-555-0147@$.phone | PERSON_NAME:Ann@$.name",
		`{"name":"Ann Lee","address":{"street":"12 Main St"}}`:     "PERSON_NAME:Ann Lee@$.name",
		`{"name":"Ann Lee","address":"12 Main St"}`:                "PERSON_NAME:Ann Lee@$.name",
		`[{"name":"Ann","age":42},{"name":"Cart","age":"5d"}]`:     "PERSON_NAME:Ann@$[*].name",
		`{"name":"Ann","x":{"email":"a@example.com"},"dob":null}`:  "EMAIL:a@example.com@$.x.email",
		`{"name":"cart-service","email":"ops@example.com"}`:        "EMAIL:ops@example.com@$.email",
		`{"name":"Eth0","address":"10.0.0.1"}`:                     "IP_ADDRESS:10.0.0.1@$.address",
		`{"name":"Red Chair","price":99.5}`:                        "",
		`{"filename":"Ann","hostname":"Bob","email":"c@d.io"}`:     "EMAIL:c@d.io@$.email",
		`{"customerName":"Acme Lee","contact_name":"Bob Ray"}`:     "PERSON_NAME:Acme Lee@$.customerName | PERSON_NAME:Bob Ray@$.contact_name",
		`{"name":"Ann Lee","nationality":"FR","id":1}`:             "PERSON_NAME:Ann Lee@$.name",
		`{"a":{"name":"Ann Lee"},"email":"c@d.io","name":"Bo Ek"}`: "EMAIL:c@d.io@$.email | PERSON_NAME:Bo Ek@$.name",
	} {
		got := found(t, in, func(e *Engine, r *Result, b []byte) { e.JSON(r, b, Input{Root: "$"}) })
		if got != want {
			t.Errorf("%s\n got %s\nwant %s", in, got, want)
		}
	}
	form := func(e *Engine, r *Result, b []byte) { e.Form(r, b, Input{Root: "q"}) }
	if got, want := found(t, "name=Ann+Lee&email=a%40b.io", form), "PERSON_NAME:Ann+Lee@q.name | EMAIL:a%40b.io@q.email"; got != want {
		t.Errorf("form: got %s, want %s", got, want)
	}
}

func TestEncodedNames(t *testing.T) {
	for in, want := range map[string]string{
		`{"p\u0061ssword":"x1"}`:        "PASSWORD:x1@$.password",
		`{"first\u005fname":"Ann"}`:     "PERSON_NAME:Ann@$.first_name",
		`{"ann\u0040example.com":"x1"}`: `EMAIL:ann\u0040example.com@$`,
	} {
		got := found(t, in, func(e *Engine, r *Result, b []byte) { e.JSON(r, b, Input{Root: "$"}) })
		if got != want {
			t.Errorf("%s\n got %s\nwant %s", in, got, want)
		}
	}
	for in, want := range map[string]string{
		"user%5Bpassword%5D=x1": "PASSWORD:x1@q['user[password]']",
		"first%5Fname=Ann":      "PERSON_NAME:Ann@q.first_name",
		"user.pass%77ord=x1":    "PASSWORD:x1@q['user.password']",
		"phone=+12125550147":    "PHONE:+12125550147@q.phone",
	} {
		got := found(t, in, func(e *Engine, r *Result, b []byte) { e.Form(r, b, Input{Root: "q"}) })
		if got != want {
			t.Errorf("%s\n got %s\nwant %s", in, got, want)
		}
	}
}

// TestBrokenJSON: what follows an error keeps its keys' context, and documents
// on later lines their paths.
func TestBrokenJSON(t *testing.T) {
	for in, want := range map[string]string{
		`{"a":1,"b":oops,"password":"x1","first_name":"Ann"}`: "PASSWORD:x1@$ | PERSON_NAME:Ann@$",
		`{"a":"b","password":"hunter2`:                        "PASSWORD:hunter2@$",
		`{"password":["p1","p2`:                               "PASSWORD:p1@$.password[*]",
		`{"a":[1,2,"password":"x1"]}`:                         "PASSWORD:x1@$",
		"{\"a\":\n{\"b\"}\n{\"password\":\"x1\"}":             "PASSWORD:x1@$.password",
		"{oops}\n{\"email\":\"a@b.io\"}\n":                    "EMAIL:a@b.io@$.email",
		`{"password": {"a":"p1"}, oops`:                       "PASSWORD:p1@$.password.a",
	} {
		got := found(t, in, func(e *Engine, r *Result, b []byte) { e.JSON(r, b, Input{Root: "$"}) })
		if got != want {
			t.Errorf("%s\n got %s\nwant %s", in, got, want)
		}
	}
}
