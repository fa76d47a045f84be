package detect

import (
	"fmt"
	"strings"
	"testing"
)

// found scans s with f and renders the findings as "TYPE:value@path".
func found(t *testing.T, s string, scan func(*Engine, *Result, []byte)) string {
	t.Helper()
	e, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	var r Result
	scan(e, &r, []byte(s))
	var out []string
	for _, f := range r.Findings {
		v := fmt.Sprintf("%s:%s", f.Type, s[f.Start:f.End])
		if p := r.Path(f); len(p) > 0 {
			v += "@" + string(p)
		}
		out = append(out, v)
	}
	return strings.Join(out, " | ")
}

func text(e *Engine, r *Result, b []byte) { e.Text(r, b, Input{}) }

const testJWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dBjftJeZ4CVPmB92K27uhbUJU1p1r_wW1g"

func TestText(t *testing.T) {
	for in, want := range map[string]string{
		"2221000000000009 3530111333300000":                         "PAYMENT_CARD:2221000000000009 | PAYMENT_CARD:3530111333300000",
		"0049 30 1234567":                                           "PHONE:0049 30 1234567",
		"--password hunter2 --x":                                    "PASSWORD:hunter2",
		"nginx:1.25.3@sha256:abcdef secretName: tls-cert":           "",
		"mail ann.lee+x@mail.example.co.uk.":                        "EMAIL:ann.lee+x@mail.example.co.uk",
		"mailto:bob@example.com?subject=x":                          "EMAIL:bob@example.com",
		"<bob@example.com>, 'al@b.io'":                              "EMAIL:bob@example.com | EMAIL:al@b.io",
		"icon@2x.png @scope/pkg@1.2.3 git@host:22/x":                "",
		"GET /u?email=ann%40example.com&x=1 HTTP/1.1":               "EMAIL:ann%40example.com",
		"card 4111 1111 1111 1111 ok":                               "PAYMENT_CARD:4111 1111 1111 1111",
		"card 4111-1111-1111-1111, ok":                              "PAYMENT_CARD:4111-1111-1111-1111",
		"amex 3782 822463 10005":                                    "PAYMENT_CARD:3782 822463 10005",
		"diners 30569309025904":                                     "PAYMENT_CARD:30569309025904",
		"4111111111111111":                                          "PAYMENT_CARD:4111111111111111",
		"4111 1111-1111 1111":                                       "",
		"4111111111111112":                                          "",
		"94111111111111111":                                         "",
		"4111111111111111.5 0.4111111111111111":                     "",
		"ts 1700000000000 1700000000000000000":                      "",
		"pay DE89370400440532013000 or GB29 NWBK 6016 1331 9268 19": "IBAN:DE89370400440532013000 | IBAN:GB29 NWBK 6016 1331 9268 19",
		"DE89370400440532013001":                                    "",
		"ssn 123-45-6789 000-12-3456 666-12-3456 900-12-3456":       "US_SSN:123-45-6789",
		"123456789":                                                "",
		"ssn=123456789":                                            "US_SSN:123456789",
		"to +49 30 1234567 now":                                    "PHONE:+49 30 1234567",
		"call (212) 555-0147 now":                                  "PHONE:(212) 555-0147",
		"id 212-555-0147":                                          "",
		"phone: 212-555-0147":                                      "PHONE:212-555-0147",
		"Tel. 030 1234567":                                         "PHONE:030 1234567",
		"2024-01-01T10:11:12+02:00 12:34:56":                       "",
		"client 203.0.113.7:443 10.1.2.3":                          "IP_ADDRESS:203.0.113.7 | IP_ADDRESS:10.1.2.3",
		"version 1.2.3.4 0.0.0.0 255.255.255.255 1.2.3.4.5":        "",
		"listens on 127.0.0.1:80 and [::1]:80, 0:0:0:0:0:0:0:1":    "IP_ADDRESS:127.0.0.1 | IP_ADDRESS:::1 | IP_ADDRESS:0:0:0:0:0:0:0:1",
		"to +1-555-123-4567 or +1 155 123 4567":                    "PHONE:+1-555-123-4567",
		"Chrome/120.0.6099.109":                                    "",
		"from 2001:db8::1 and fe80::1%eth0":                        "IP_ADDRESS:2001:db8::1 | IP_ADDRESS:fe80::1%eth0",
		"::ffff:192.0.2.1 ok":                                      "IP_ADDRESS:::ffff:192.0.2.1",
		"std::vector a::b 00:1a:2b:3c:4d:5e a::1 ::10 x = :: ":     "",
		"tok " + testJWT:                                           "JWT:" + testJWT,
		"Authorization: Bearer abcdef1234567890abcdef":             "API_KEY:abcdef1234567890abcdef",
		"AKIAIOSFODNN7EXAMPLE":                                     "API_KEY:AKIAIOSFODNN7EXAMPLE",
		"AKIA" + "IOSFODNNQEXAMPLE ASIAPACIFICSOUTHEAST":           "API_KEY:AKIA" + "IOSFODNNQEXAMPLE",
		"password=hunter2 user=bob":                                "PASSWORD:hunter2",
		"\"password\":\"hun\\\"ter2\"":                             "PASSWORD:hun\\\"ter2",
		"passwordLength: 12 password_reset_url=https://x.example/": "",
		"postgres://app:s3cret@db:5432/x":                          "PASSWORD:s3cret",
		"first_name=Ann last_name=Lee":                             "PERSON_NAME:Ann | PERSON_NAME:Lee",
		"First name: Mary Ann, age 3":                              "PERSON_NAME:Mary Ann",
		"dob=1980-02-29":                                           "BIRTH_DATE:1980-02-29",
		"<password>hunter2</password>":                             "PASSWORD:hunter2",
		"-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----\nx": "PRIVATE_KEY:-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----",
		"3f2504e0-4f89-11d3-9a0c-0305e82c3301 deadbeefcafe0123":                  "",
	} {
		if got := found(t, in, text); got != want {
			t.Errorf("%s\n got %s\nwant %s", in, got, want)
		}
	}
}

func TestJSON(t *testing.T) {
	for in, want := range map[string]string{
		`{"phone":2125550147}`: "PHONE:2125550147@$.phone",
		`{"ssn":123456789}`:    "US_SSN:123456789@$.ssn",
		`{"password":"p"}`:     "PASSWORD:p@$.password",
		`{"key":"-----BEGIN PRIVATE KEY-----\nMII\n-----END PRIVATE KEY-----\n"}`: `PRIVATE_KEY:-----BEGIN PRIVATE KEY-----\nMII\n-----END PRIVATE KEY-----@$.key`,
		"{\"a\":1}\n{\"email\":\"q@b.io\"}":                                       "EMAIL:q@b.io@$.email",
		`{"a":{"b":[{"c":"x@example.com"}]}}`:                                     "EMAIL:x@example.com@$.a.b[*].c",
		`{"n":4111111111111111}`:                                                  "PAYMENT_CARD:4111111111111111@$.n",
		`{"x":"ann\u0040example.com"}`:                                            `EMAIL:ann\u0040example.com@$.x`,
		`{"body":"{\"mail\":\"a@example.com\"}"}`:                                 `EMAIL:a@example.com@$.body.mail`,
		`{"users":[{"name":"Ann Lee"}],"name":"svc"}`:                             "PERSON_NAME:Ann Lee@$.users[*].name",
		`{"ann@example.com":{"password":"x1"}}`:                                   "EMAIL:ann@example.com@$ | PASSWORD:x1@$.{*}.password",
		`{"12345":{"dob":"1980-01-01"}}`:                                          "BIRTH_DATE:1980-01-01@$.{*}.dob",
		`{"password":["a1",{"k":"b2"}],"passwordLength":12}`:                      "PASSWORD:a1@$.password[*] | PASSWORD:b2@$.password[*].k",
		`{"password":null,"secret":true}`:                                         "",
		`{"a b":"x@example.com"}`:                                                 "EMAIL:x@example.com@$['a b']",
		`{"a":1,"password":"hunter2", oops`:                                       "PASSWORD:hunter2@$.password",
		`{"email":"a@example.com","x":{"y":"c@example.com"},"z":"d@example.com"}`: "EMAIL:a@example.com@$.email | EMAIL:c@example.com@$.x.y | EMAIL:d@example.com@$.z",
	} {
		got := found(t, in, func(e *Engine, r *Result, b []byte) { e.JSON(r, b, Input{Root: "$"}) })
		if got != want {
			t.Errorf("%s\n got %s\nwant %s", in, got, want)
		}
	}
}

func TestOtherShapes(t *testing.T) {
	h := func(name string) func(*Engine, *Result, []byte) {
		return func(e *Engine, r *Result, b []byte) { e.Header(r, name, b, Input{Root: "headers"}) }
	}
	form := func(e *Engine, r *Result, b []byte) { e.Form(r, b, Input{Root: "q"}) }
	value := func(e *Engine, r *Result, b []byte) { e.Value(r, b, Input{Root: "v"}) }
	for _, c := range []struct {
		in, want string
		scan     func(*Engine, *Result, []byte)
	}{
		{"Basic eDp5", "PASSWORD:Basic eDp5@headers.authorization", h("Authorization")},
		{"Bearer abc", "API_KEY:Bearer abc@headers.authorization", h("Authorization")},
		{"a=b; c=d", "API_KEY:a=b; c=d@headers.cookie", h("Cookie")},
		{"zzz", "API_KEY:zzz@headers.x-api-key", h("X-Api-Key")},
		{"203.0.113.9", "IP_ADDRESS:203.0.113.9@headers.x-forwarded-for", h("X-Forwarded-For")},
		{"e=a%40example.com&password=p+w", "EMAIL:a%40example.com@q.e | PASSWORD:p+w@q.password", form},
		{`{"a":"b@example.com"}`, "EMAIL:b@example.com@v.a", value},
		{"a=1&m=b%40example.com", "EMAIL:b%40example.com@v.m", value},
	} {
		if got := found(t, c.in, c.scan); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.in, got, c.want)
		}
	}
}

func TestNoAllocationAfterWarmUp(t *testing.T) {
	e, _ := New(Options{})
	var r Result
	j := []byte(`{"users":[{"name":"Ann Lee","mail":"ann\u0040example.com","body":"{\"password\":\"x1\"}"}]}`)
	line := []byte("client=203.0.113.7 password=hunter2 call (212) 555-0147 tok " + testJWT)
	form := []byte("e=a%40example.com&password=p+w")
	scans := map[string]func(){
		"Text":   func() { e.Text(&r, line, Input{Root: "body", Key: "msg"}) },
		"JSON":   func() { e.JSON(&r, j, Input{Root: "$"}) },
		"Form":   func() { e.Form(&r, form, Input{Root: "q"}) },
		"Header": func() { e.Header(&r, "X-Api-Key", form, Input{Root: "h"}) },
		"Value":  func() { e.Value(&r, j, Input{Root: "$"}) },
	}
	for name, scan := range scans {
		if n := testing.AllocsPerRun(50, func() { r.Reset(); scan() }); n != 0 {
			t.Errorf("%s allocates %v times a run", name, n)
		}
	}
}

// TestWorkIsLinear compares the bytes looked at for n and 4n bytes of hostile input.
func TestWorkIsLinear(t *testing.T) {
	e, _ := New(Options{})
	for _, unit := range []string{"@", "a.", "1-", "{[", "eyJ", "eyJ-", ":", "1:", "a@", "?a=", "-----BEGIN PRIVATE KEY", "a=", "password=", `password="`, `"a":`, "ghp_-", "%40", "1 ", "+1", `\"`, "://a:", "{oops}\n", "[\"\n", "{\"a\":\"\n", "[1\n", "A\n\n[\nA\n[\"[", "{\"\\\"\n", "-----BEGIN PRIVATE KEY-----\n", "password:[\"a", "phone 1", "{\"a\":{\"", "[{\"", "{\"x\" ", "{\"x\" {\"y\"} }", "x={\"a\":\"{\\\"b"} {
		work := func(n int) int {
			var r Result
			b := []byte(strings.Repeat(unit, n/len(unit)))
			e.Text(&r, b, Input{})
			e.JSON(&r, b, Input{})
			e.Value(&r, b, Input{})
			return r.work
		}
		if a, b := work(4<<10), work(16<<10); b > 5*a+1000 {
			t.Errorf("%q: work grows from %d to %d for four times the input", unit, a, b)
		}
	}
}

func TestTruncated(t *testing.T) {
	for in, want := range map[string]string{
		"mail ann@exam":                   "EMAIL:ann@exam",
		"card 4111111111111":              "PAYMENT_CARD:4111111111111",
		"tok eyJhbGciOiJIUzI1":            "JWT:eyJhbGciOiJIUzI1",
		`{"password":"hun`:                "PASSWORD:hun",
		"-----BEGIN PRIVATE KEY-----\nMI": "PRIVATE_KEY:-----BEGIN PRIVATE KEY-----\nMI",
	} {
		got := found(t, in, func(e *Engine, r *Result, b []byte) { e.Text(r, b, Input{Truncated: true}) })
		if got != want {
			t.Errorf("%s: got %q, want %q", in, got, want)
		}
	}
}
