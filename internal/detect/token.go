package detect

import (
	"bytes"
	"encoding/base64"

	"github.com/weir-telemetry/weir/internal/datatype"
)

type tokenForm struct {
	prefix string
	min    int  // bytes after the prefix
	url    bool // the prefix is the public part of an address, the rest its secret
}

// tokenForms by first byte: tokens whose issuer gave them a prefix.
var tokenForms = func() (t [256][]tokenForm) {
	for _, f := range []tokenForm{
		{"AKIA", 16, false}, {"ASIA", 16, false}, {"ghp_", 30, false}, {"gho_", 30, false}, {"ghu_", 30, false}, {"ghs_", 30, false},
		{"ghr_", 30, false}, {"github_pat_", 22, false}, {"glpat-", 20, false}, {"gldt-", 20, false}, {"glrt-", 20, false},
		{"xoxb-", 10, false}, {"xoxp-", 10, false}, {"xoxa-", 10, false}, {"xoxs-", 10, false}, {"xoxr-", 10, false},
		{"xoxe-", 10, false}, {"xoxe.", 10, false}, {"xapp-", 10, false}, {"sk_live_", 10, false}, {"sk_test_", 10, false}, {"rk_live_", 10, false},
		{"rk_test_", 10, false}, {"rzp_live_", 10, false}, {"whsec_", 20, false}, {"AIza", 35, false}, {"ya29.", 20, false},
		{"GOCSPX-", 20, false}, {"SG.", 40, false}, {"npm_", 36, false}, {"pypi-", 40, false}, {"sk-ant-", 20, false}, {"sk-", 32, false},
		{"dop_v1_", 40, false}, {"hf_", 30, false}, {"gsk_", 40, false}, {"shpat_", 32, false}, {"shpss_", 32, false}, {"key-", 32, false},
		{"SK", 32, false}, {"glsa_", 32, false}, {"glc_", 32, false}, {"lin_api_", 30, false}, {"sq0csp-", 40, false}, {"PMAK-", 40, false},
		{"dckr_pat_", 20, false}, {"hvs.", 24, false}, {"hvb.", 24, false}, {"dapi", 32, false}, {"ATATT3", 30, false}, {"figd_", 30, false},
		{"rubygems_", 40, false}, {"NRAK-", 27, false}, {"pscale_tkn_", 30, false}, {"xkeysib-", 40, false}, {"pul-", 40, false},
		{"sntrys_", 40, false}, {"ntn_", 40, false}, {"EAAC", 30, false},
		{"hooks.slack.com/services/", 20, true}, {"hooks.slack.com/workflows/", 20, true}, {"discord.com/api/webhooks/", 40, true},
		{"discordapp.com/api/webhooks/", 40, true}, {"webhook.office.com/webhookb2/", 40, true},
	} {
		t[f.prefix[0]] = append(t[f.prefix[0]], f)
	}
	return t
}()

// tokenStarts has for each first byte of a token a bit for the low five bits of
// the second.
var tokenStarts = func() (t [256]uint32) {
	for c, forms := range tokenForms {
		for _, f := range forms {
			t[c] |= 1 << (f.prefix[1] & 31)
		}
	}
	t['e'] |= 1 << ('y' & 31)                                       // JWT
	t['B'] |= 1<<('e'&31) | 1<<('E'&31) | 1<<('a'&31) | 1<<('A'&31) // Bearer, Basic
	t['b'] |= 1<<('e'&31) | 1<<('a'&31) | 1<<('o'&31)               // bot123:...
	for _, c := range "MNO" {                                       // Discord
		t[c] = 1<<32 - 1
	}
	return t
}()

// token handles the word b[i:end]: JWT, known prefixes, "Bearer x", "Basic x", IBAN.
func (s *scanner) token(b []byte, i, end int, flags uint8) int {
	if i < s.tokenEnd {
		return i
	}
	switch b[i] {
	case 'e':
		if hasPrefix(b[i:], "eyJ") {
			return s.jwt(b, i)
		}
	case 'B', 'b':
		if n := end - i; n == 6 && foldPrefix(b[i:], "bearer") || n == 5 && foldPrefix(b[i:], "basic") {
			return s.scheme(b, i, end)
		}
		if hasPrefix(b[i:], "bot") && isDigit(at(b, i+3)) && at(b, end) == ':' {
			return s.telegram(b, i+3, end+1)
		}
	case 'M', 'N', 'O':
		if end-i >= 20 && at(b, end) == '.' || end-i >= 8 && at(b, end) == '-' {
			if e := s.discord(b, i); e > i {
				return e
			}
		}
	}
	if class[b[i]]&class[at(b, i+1)]&(cUpper|cLower) != 0 && isDigit(at(b, i+2)) {
		if e := s.iban(b, i); e > i {
			return e
		}
	}
	for _, f := range tokenForms[b[i]] {
		if !hasPrefix(b[i:], f.prefix) {
			continue
		}
		j := i + len(f.prefix)
		for j < len(b) && (isBase64URL(b[j]) || b[j] == '.' && (f.prefix == "SG." || f.prefix == "sk-") || f.url && (b[j] == '/' || b[j] == '@')) {
			j++
		}
		s.r.work += j - i
		s.tokenEnd = j
		rest := b[i+len(f.prefix) : j]
		if len(rest) < f.min && !(s.touches(j) && len(rest) > 3) {
			return i
		}
		if (f.prefix == "AKIA" || f.prefix == "ASIA") && len(rest) != 16 && !s.touches(j) || f.prefix == "SK" && !allHex(rest) {
			return i
		}
		// One AWS key in thirty has no digit, and no word begins like it.
		if !looksRandom(rest) && !s.touches(j) && (f.prefix != "AKIA" || !allUpper(rest)) {
			return i
		}
		from := i
		if f.url {
			from += len(f.prefix)
		}
		if s.emit(datatype.APIKey, from, j, 90) {
			return j
		}
		return i
	}
	return i
}

// telegram handles the token of a bot: digits that begin at i, then ":" and 35
// bytes from v on.
func (s *scanner) telegram(b []byte, i, v int) int {
	j := v
	for j < len(b) && j < v+36 && isBase64URL(b[j]) {
		j++
	}
	s.r.work += j - v
	if n := v - 1 - i; n < 8 || n > 10 || j-v != 35 && !(s.touches(j) && j-v > 8) || !looksRandom(b[v:j]) {
		return i
	}
	if s.emit(datatype.APIKey, i, j, 90) {
		return j
	}
	return i
}

// discord handles the token of a bot: three parts, joined by dots.
func (s *scanner) discord(b []byte, i int) int {
	var part [3]int
	j := i
	for p := range part {
		from := j
		for j < len(b) && j < from+40 && isBase64URL(b[j]) {
			j++
		}
		part[p] = j - from
		if p < 2 {
			if at(b, j) != '.' {
				return i
			}
			j++
		}
	}
	s.r.work += j - i
	if part[0] < 23 || part[0] > 28 || part[1] != 6 || part[2] < 27 || part[2] > 38 || !looksRandom(b[i:j]) {
		return i
	}
	if s.emit(datatype.APIKey, i, j, 90) {
		return j
	}
	return i
}

func allHex(b []byte) bool {
	for _, c := range b {
		if !isHex(c) {
			return false
		}
	}
	return len(b) == 32
}

// scheme handles "Bearer token" and "Basic dXNlcjpwYXNz".
func (s *scanner) scheme(b []byte, i, end int) int {
	v := end + 1
	if at(b, end) != ' ' {
		return i
	}
	j := v
	for j < len(b) && (isBase64URL(b[j]) || b[j] == '.' || b[j] == '~' || b[j] == '+' || b[j] == '/' || b[j] == '=') {
		j++
	}
	s.r.work += j - v
	if end-i == 5 {
		var out [96]byte
		n, _ := base64.StdEncoding.Decode(out[:], b[v:v+min((j-v)&^3, 128)])
		if j-v >= 4 && bytes.IndexByte(out[:n], ':') > 0 && s.emit(datatype.Password, v, j, 85) {
			return j
		}
		return i
	}
	if isJWT(b[v:j]) || !looksRandom(b[v:j]) && j-v < 24 && !s.touches(j) {
		return i
	}
	if s.emit(datatype.APIKey, v, j, 85) {
		return j
	}
	return i
}

// jwt handles "eyJ" at i and returns the end of the token, or i.
func (s *scanner) jwt(b []byte, i int) int {
	if i >= len(b) || i < s.tokenEnd || !hasPrefix(b[i:], "eyJ") {
		return i
	}
	j, dots := i, 0
	for j < len(b) && (isBase64URL(b[j]) || b[j] == '.' && dots < 4 && (dots == 1 || isBase64URL(at(b, j+1)))) {
		if b[j] == '.' {
			dots++
		}
		j++
	}
	s.r.work += j - i
	s.tokenEnd = j
	if at(b, j) == '.' && dots == 1 { // an empty signature
		j++
	}
	if !(dots >= 1 && isJWT(b[i:j])) && !(s.touches(j) && j-i >= 10) {
		return i
	}
	if s.emit(datatype.JWT, i, j, 95) {
		return j
	}
	return i
}

// isJWT reports whether the header of b decodes to JSON that names an algorithm.
func isJWT(b []byte) bool {
	dot := bytes.IndexByte(b[:min(len(b), 1024)], '.')
	if dot < 8 || !hasPrefix(b, "eyJ") {
		return false
	}
	var out [768]byte
	n, _ := base64.RawURLEncoding.Decode(out[:], b[:dot])
	return bytes.Contains(out[:n], []byte(`"alg"`))
}

func allUpper(b []byte) bool {
	for _, c := range b {
		if class[c]&cUpper == 0 {
			return false
		}
	}
	return true
}
