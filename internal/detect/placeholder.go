package detect

// isPlaceholder tells values that stand where a secret would: null, masks,
// references and what a redaction left behind.
func isPlaceholder(v []byte) bool {
	switch string(v) {
	case "null", "true", "false", "none", "None", "nil", "undefined", "True", "False", "NULL", "{}", "[]", "-", "(null)", "<nil>",
		"?", "%s", "%v", "%d", "%q", "string", "String", "str", ":password", "@password", "[Filtered]", "(hidden)", "(sensitive)":
		return true
	}
	if hasPrefix(v, "${") || hasPrefix(v, "{{") || hasPrefix(v, "$(") || hasPrefix(v, "%{") || hasPrefix(v, "#{") {
		return true
	}
	if len(v) > 1 && v[0] == '$' && isReference(v[1:]) {
		return true
	}
	masked, bracket := true, len(v) > 2 && (v[0] == '[' && v[len(v)-1] == ']' || v[0] == '<' && v[len(v)-1] == '>')
	for i, c := range v {
		if c != '*' && c != '.' && c != 'x' && c != 'X' && c != '#' {
			masked = false
		}
		if bracket && i > 0 && i < len(v)-1 && class[c]&(cUpper|cLower|cUnder) == 0 && c != '-' && c != ' ' {
			bracket = false
		}
		if !masked && !bracket {
			return false
		}
	}
	return true
}

// isReference holds for the name of a shell variable or SQL parameter after '$'.
func isReference(v []byte) bool {
	if len(v) == 1 {
		return isDigit(v[0])
	}
	for _, c := range v {
		if class[c]&(cUpper|cUnder) == 0 {
			return false
		}
	}
	return true
}

// isURL holds for a link, which stands under "reset your password:" and the like.
func isURL(v []byte) bool { return hasPrefix(v, "https://") || hasPrefix(v, "http://") }

// proseWords follow "password:" in messages about passwords.
var proseWords = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range []string{"must", "too", "is", "the", "required", "cannot", "not", "should", "invalid", "incorrect", "expired",
		"wrong", "missing", "empty", "has", "have", "was", "will", "can", "may", "does", "for", "user", "unknown", "failed", "reset",
		"changed", "updated", "no", "yes", "field", "and", "or", "of", "minimum", "at", "please", "a", "an", "this", "that", "unable",
		"error", "could", "can't", "doesn't", "only", "use", "your", "you", "enter", "denied", "authentication", "login", "account",
		"set", "unset", "redacted", "hidden", "optional", "password", "passwords", "bad", "mismatch", "short", "weak", "accepted", "ok"} {
		m[w] = true
	}
	return m
}()

// isProse reports whether the value without quotes is a word of a message.
func isProse(v []byte) bool {
	var buf [16]byte
	for len(v) > 0 && (v[len(v)-1] == ',' || v[len(v)-1] == '.' || v[len(v)-1] == '!') {
		v = v[:len(v)-1]
	}
	if len(v) > len(buf) {
		return false
	}
	for i, c := range v {
		buf[i] = lower(c)
	}
	return proseWords[string(buf[:len(v)])]
}

// isCall holds for a value that is source code: os.Getenv("X").
func isCall(v []byte) bool {
	dot := false
	for i, c := range v {
		switch {
		case c == '.' && i > 0:
			dot = true
		case c == '(':
			return dot || i > 4
		case !isWord(c):
			return false
		}
	}
	return false
}

// isSelector holds for a field in source code: config.Token.
func isSelector(v []byte) bool {
	dot := false
	for i, c := range v {
		switch {
		case c == '.' && i > 0:
			dot = true
		case class[c]&(cLower|cUpper|cUnder) == 0:
			return false
		}
	}
	return dot
}
