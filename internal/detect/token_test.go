package detect

import (
	"strings"
	"testing"
)

// Tokens are put together here, so that no scanner of repositories takes them
// for real ones.
func TestTokens(t *testing.T) {
	body := strings.Repeat("a1B2c3D4", 8)
	hex := "0123456789abcdef0123456789abcdef"
	for _, c := range []struct{ before, token, after string }{
		{"key ", "AKIA" + "IOSFODNN7EXAMPLE", "."},
		{"key ", "ghp_" + body[:36], ","},
		{"", "github_pat_" + body[:40], ""},
		{"t=", "glpat-" + body[:20], " "},
		{"", "xoxb-" + "123456789012-123456789012-" + body[:24], ""},
		{"", "xapp-" + "1-A012-123-" + body[:32], ""},
		{"(", "sk_live_" + body[:24], ")"},
		{"", "rk_live_" + body[:24], ""},
		{"", "AIza" + body[:35], ""},
		{"", "SG." + body[:22] + "." + body[:43], ""},
		{"", "npm_" + body[:36], ""},
		{"", "pypi-" + body, ""},
		{"", "sk-ant-" + "api03-" + body, ""},
		{"", "sk-" + "proj-" + body, ""},
		{"", "SK" + hex, ""},
		{"", "dop_v1_" + hex + hex, ""},
		{"", "hf_" + body[:34], ""},
		{"", "shpat_" + hex, ""},
		{"", "key-" + hex, ""},
		{"", "ya29." + body[:40], ""},
		{"", "GOCSPX-" + body[:28], ""},
		{"", "dapi" + hex, ""},
		{"", "hvs." + body[:24], ""},
		{"https://hooks.slack.com/services/", "T00000000/B00000000/" + body[:24], " posted"},
		{"https://discord.com/api/webhooks/", "123456789012345678/" + body, "?wait=true"},
		{"https://contoso.webhook.office.com/webhookb2/", hex + "@" + hex + "/IncomingWebhook/" + hex + "/" + hex, ""},
		{"bot ", "123456789:" + "AA" + body[:33], " started"},
		{"https://api.telegram.org/bot", "123456789:" + "AA" + body[:33], "/sendMessage"},
		{"login ", "MTk4NjIyNDgzNDcxOTI1MjQ4" + "." + "Cl2FMQ" + "." + body[:27], ""},
		{"Bearer ", body[:30], ""},
		{"access_token: ", body[:12], ""},
		{"\"refreshToken\": \"", body[:12], "\""},
		{"?sig=", body[:30], "&se=2026"},
	} {
		want := "API_KEY:" + c.token
		if got := found(t, c.before+c.token+c.after, text); got != want {
			t.Errorf("%s%s%s\n got %q", c.before, c.token, c.after, got)
		}
	}
	for _, in := range []string{
		"sk-learn sk_test SKU-1234 skip_live_reload npm_config_registry=https://registry.example",
		"key-value ghp_ AKIA hf_hub glpat- xoxb-", "bot:12345678 123456789:abc 12:34:56",
		"https://discord.com/api/webhooks https://hooks.slack.com/services/",
		"nextPageToken=abcdefgh1234567890 PublicKeyToken=b77a5c561934e089 max_tokens=4096 token: invalid",
		"Bearer token Basic auth bearer of news Basic 1234", "eyJhbGc not.a.jwt eyJ.eyJ.x",
		"sha256:" + hex + hex + " md5=" + hex + " etag " + hex,
		"MAINTAINER OverflowException.Raise NullPointerException.at.Main",
	} {
		if got := found(t, in, text); got != "" {
			t.Errorf("%s\n got %q, want nothing", in, got)
		}
	}
}
