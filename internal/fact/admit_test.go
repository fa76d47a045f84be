package fact

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weir-telemetry/weir/internal/detect"
	"github.com/weir-telemetry/weir/internal/route"
)

func TestAdmitted(t *testing.T) {
	for kind, values := range map[NameKind]map[string]string{
		kindWorkload: {"checkout": "", "users-7d9f8b6c5d-x2x7k": "", "coredns-5d78c9869d-abcde": "", "kafka-0": "",
			"backup-28934567": "", "nginx": "", "grpc-gw": "", "aws.node.v2": ""},
		kindNamespace: {"shop": "", "kube-system": "", "team-a-prod2": ""},
		kindService:   {"checkout": "", "shop/users_v2": "", "My.Service": "", "unknown_service:java": "", "PaymentGateway": ""},
		kindNode: {"n1": "", "ip-10-0-12-34.eu-west-1.compute.internal": "", "gke-prod-pool-1-8f2a3b4c-x7kd": "",
			"aks-nodepool1-12345678-vmss000001": ""},
		kindCluster: {"prod-eu": ""},
		kindZone:    {"eu-west-1a": "", "europe-north1-b": ""},
		kindImage: {"nginx": "", "postgres:16": "", "ghcr.io/org/app:v1.2.3": "", "localhost:5000/a/b:dev": "",
			"redis@sha256:" + strings.Repeat("ab", 32):     "redis",
			"ghcr.io/o/a:" + strings.Repeat("3f9a1c2b", 5): "ghcr.io/o/a"},
		kindVersion: {"1.25.3": "", "v1.2.3-rc.1+build5": "", "2026.11.21-3f9a1c2b": ""},
		kindDNS: {"api.stripe.com": "stripe.com", "Rosa.Customers.Example.co.uk.": "example.co.uk", "other": "",
			"bucket.s3.amazonaws.com": "bucket.s3.amazonaws.com"},
		kindRoute: {"/": "", "*": "", "{*}": "", "/users/{id}/cards": "", "/v1/users/me": "", "/assets/{*}.js": "",
			"//double": "", "/shop.v1.Users/GetUser": "", "/health-check/readyz.v2": ""},
		kindDatabase: {"postgresql": "", "microsoft.sql_server": ""},
		kindSchemaPath: {"body.cards[*].number": "", "headers.authorization": "", "url.query.token": "", "$.{*}.password": "",
			"body.address_line2": "", "body[3].x": "body[*].x", "body['first name'].x": "body.{*}.x",
			"body.k1234567.x": "body.{*}.x", "body.rosa@mail.example": "body.{*}.example", "body": "", "$": ""},
		kindPseudonym: {"0123456789abcdef": ""},
		kindCode:      {"checkout.slow": ""},
	} {
		for value, want := range values {
			if want == "" {
				want = value
			}
			got, ok := Admit(kind, value)
			assert.True(t, ok, "%v %q", kind, value)
			assert.Equal(t, want, got, "%v %q", kind, value)
		}
	}
}

func TestNotAdmitted(t *testing.T) {
	long := strings.Repeat("a", 600)
	for kind, values := range map[NameKind][]string{
		kindWorkload: {"", "Checkout", "john.doe@acme.com", "-x", "a..b", "a b", "cust-4111111111111111", "10.0.0.5", long,
			"job-6ba7b810-9dad-11d1-80b4-00c04fd430c8", "0123456789abcdef", "de89370400440532013000", "user-4155550132-svc\n",
			strings.Repeat("a", 64), "eyjhbgcioijiuzi1nij9eyjzdwiioiixmjm0nty3odkwin0"},
		kindNamespace: {"a.b", "node-555-12-3456"},
		kindService:   {"john.doe@acme.com", "rosa%40mail.example", "visa_4111111111111111_prod", "a b", "café", "sk_live_51H8aBcDeFgHiJkLmNoPqRs", long},
		kindNode:      {"10.0.0.5"},
		kindImage: {"https://reg.example/a", "user:pw@reg.example/a:1", "reg.example/a?token=x", "reg.example:port/a",
			"nginx@md5:abc", "Nginx", "nginx:"},
		kindVersion:    {"1.2.3.4/..", "3f9a1c2bd03f9a1c2bd03f9a1c2bd03f9a1c2bd0", "1.25.3.1"},
		kindDNS:        {"localhost", "10.0.0.1", "com", "rosa@mail.example", "a_b.example.com"},
		kindRoute:      {"users", "/users/123", "/u/rosa@mail.example", "/a?b=c", "/users/6ba7b810-9dad-11d1-80b4-00c04fd430c8", "/{name}", "/a b", "/{id}x", "/u/%41"},
		kindDatabase:   {"1sql", "Postgres", "a b"},
		kindSchemaPath: {"body[x]", "body['a", "body]"},
		kindPseudonym:  {"0123456789ABCDEF", "0123"},
		kindCode:       {"a b", "Checkout", ".x"},
		0:              {"a"},
		99:             {"a"},
	} {
		for _, value := range values {
			got, ok := Admit(kind, value)
			assert.False(t, ok, "%v %q", kind, value)
			assert.Empty(t, got)
		}
	}
}

// What internal/route makes is admitted, whatever it was made of.
func TestRoutesAreAdmitted(t *testing.T) {
	e, err := detect.New(detect.Options{})
	require.NoError(t, err)
	words := []string{"users", "Orders", "v2", "api", "8271", "3f9a1c2bd0", "rosa@mail.example", "app.3f9a1c2b9.js", "getUserById",
		"dGhpc0lzQVRva2Vu", "oauth2", "shop.v1.Users", "health-check", "x_y", ""}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		tm := route.New(e, route.Options{})
		path := ""
		for range 1 + rng.IntN(8) {
			path += "/" + words[rng.IntN(len(words))]
		}
		template := tm.Template(route.Scope{}, []byte(path), true)
		got, ok := Admit(kindRoute, template)
		require.True(t, ok, "%q of %q", template, path)
		require.Equal(t, template, got)
	}
}

func FuzzAdmit(f *testing.F) {
	for _, s := range []string{"checkout", "a@sha256:x", "body['x'].y[3]", "a.b.example.co.uk.", "/a/{id}.js", "unknown_service:x"} {
		for k := range rules {
			f.Add(int32(k), s)
		}
	}
	f.Fuzz(func(t *testing.T, kind int32, value string) {
		got, ok := Admit(NameKind(kind), value)
		if !ok {
			require.Empty(t, got)
			return
		}
		again, ok := Admit(NameKind(kind), got)
		require.True(t, ok, "%q", got)
		require.Equal(t, got, again)
		require.NotContains(t, got, "@")
		for i := range len(got) {
			require.True(t, got[i] > ' ' && got[i] < 127, "byte %#x", got[i])
		}
	})
}
