package people

import (
	"encoding/base64"
	"encoding/json"
	"hash/crc32"
	"strings"
)

// jwt returns a token with three parts and a signature over nothing. The claims
// hold the e-mail: a reader who decodes the token meets it again.
func (g generator) jwt(p Person) string {
	claims, _ := json.Marshal(map[string]any{ // strings and numbers always marshal
		"sub": p.ID, "email": p.Email, "iss": "storefront",
	})
	enc := base64.RawURLEncoding
	return strings.Join([]string{
		enc.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`)),
		enc.EncodeToString(claims),
		enc.EncodeToString(g.bytes(32)),
	}, ".")
}

// apiKey returns a token in the shape of a well-known code host, its checksum
// right, or of a well-known cloud.
func (g generator) apiKey() string {
	if g.IntN(2) == 0 {
		return g.awsKey()
	}
	body := g.text(30, alnum)
	sum := crc32.ChecksumIEEE([]byte(body))
	tail := make([]byte, 6)
	for i := len(tail) - 1; i >= 0; i-- {
		tail[i] = base62[sum%62]
		sum /= 62
	}
	return "ghp_" + body + string(tail)
}

const base62 = digits + "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

func (g generator) awsKey() string {
	return "AKIA" + g.text(16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
}

// pem returns a block that has the outside of a private key and noise inside.
func (g generator) pem() string {
	text := base64.StdEncoding.EncodeToString(g.bytes(144))
	var b strings.Builder
	b.WriteString("-----BEGIN PRIVATE" + " KEY-----\n")
	for len(text) > 0 {
		n := min(64, len(text))
		b.WriteString(text[:n] + "\n")
		text = text[n:]
	}
	b.WriteString("-----END PRIVATE" + " KEY-----\n")
	return b.String()
}

func (g generator) bytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(g.IntN(256))
	}
	return b
}
