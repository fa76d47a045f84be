package http1

import "bytes"

// Guess is what the first bytes of a stream look like.
type Guess uint8

// The guesses.
const (
	No    Guess = iota
	Maybe       // too few bytes to tell
	RequestStart
	ResponseStart
	HTTP2Preface
)

var preface = []byte("PRI * HTTP/2.0")

// Sniff tells what a stream begins with. A request is told by its whole first
// line or, when that is long, by method and target.
func Sniff(b []byte) Guess {
	for len(b) > 0 && (b[0] == '\r' || b[0] == '\n') {
		b = b[1:]
	}
	n := min(len(b), 7)
	if string(b[:n]) == "HTTP/1."[:n] {
		if n < 7 {
			return Maybe
		}
		return ResponseStart
	}
	if n := min(len(b), len(preface)); bytes.Equal(b[:n], preface[:n]) && n > 3 {
		if n == len(preface) {
			return HTTP2Preface
		}
		return Maybe
	}
	i := 0
	for i < len(b) && i < 24 && tokenByte[b[i]] {
		i++
	}
	if i == len(b) && i < 24 {
		return Maybe
	}
	if i == 0 || i == 24 || b[i] != ' ' {
		return No
	}
	rest := b[i+1:]
	e := bytes.IndexByte(rest, '\n')
	if e < 0 {
		if bytes.IndexByte(rest, 0) >= 0 {
			return No
		}
		if len(rest) < 8192 {
			return Maybe
		}
		return No
	}
	ln := trimCR(rest[:e])
	k := bytes.LastIndexByte(ln, ' ')
	if k > 0 && len(ln)-k == 9 && bytes.HasPrefix(ln[k+1:], []byte("HTTP/1.")) {
		return RequestStart
	}
	return No
}

var tokenByte = func() (t [256]bool) {
	for c := '0'; c <= 'z'; c++ {
		t[c] = c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a'
	}
	for _, c := range "!#$%&'*+-.^_`|~" {
		t[c] = true
	}
	return t
}()

func trimCR(b []byte) []byte {
	if n := len(b); n > 0 && b[n-1] == '\r' {
		return b[:n-1]
	}
	return b
}

func (m *Message) parseHead(maxHeaders int) error {
	e := bytes.IndexByte(m.head, '\n')
	if e < 0 || !m.startLine(trimCR(m.head[:e])) {
		return ErrMalformed
	}
	for pos := e + 1; pos < len(m.head); {
		n := bytes.IndexByte(m.head[pos:], '\n')
		if n < 0 {
			break
		}
		ln := trimCR(m.head[pos : pos+n])
		pos += n + 1
		if len(ln) == 0 {
			break
		}
		if ln[0] == ' ' || ln[0] == '\t' { // obs-fold: unfolded in place
			if !m.fold(ln) {
				return ErrMalformed
			}
			continue
		}
		c := bytes.IndexByte(ln, ':')
		if c <= 0 {
			return ErrMalformed
		}
		name, value := bytes.TrimRight(ln[:c], " \t"), bytes.Trim(ln[c+1:], " \t")
		if err := m.framing(name, value); err != nil {
			return err
		}
		if len(m.Headers) < maxHeaders {
			m.Headers = append(m.Headers, Header{name, value})
		}
	}
	m.Ambiguous = m.hasTE && m.clen >= 0
	return nil
}

// fold joins a continuation line to the header before it: the line break
// between them becomes blanks.
func (m *Message) fold(ln []byte) bool {
	if len(m.Headers) == 0 {
		return false
	}
	h := &m.Headers[len(m.Headers)-1]
	if is(h.Name, "content-length") || is(h.Name, "transfer-encoding") {
		return false
	}
	// From the name's end: an empty value has no place of its own.
	off := cap(m.head) - cap(h.Name) + len(h.Name)
	end := cap(m.head) - cap(ln) + len(ln)
	v := m.head[off:end]
	v = v[bytes.IndexByte(v, ':')+1:]
	for i, c := range v {
		if c == '\r' || c == '\n' {
			v[i] = ' '
		}
	}
	h.Value = bytes.Trim(v, " \t")
	return true
}

func (m *Message) startLine(ln []byte) bool {
	if !m.Request {
		if len(ln) < 12 || string(ln[:7]) != "HTTP/1." || ln[8] != ' ' || (len(ln) > 12 && ln[12] != ' ') {
			return false
		}
		for _, c := range ln[9:12] {
			if c < '0' || c > '9' {
				return false
			}
			m.Status = m.Status*10 + int(c-'0')
		}
		m.Minor = int(ln[7] - '0')
		return m.Status >= 100 && m.Minor >= 0 && m.Minor <= 9
	}
	i, k := bytes.IndexByte(ln, ' '), bytes.LastIndexByte(ln, ' ')
	if i <= 0 || k <= i+1 || len(ln)-k != 9 || string(ln[k+1:k+8]) != "HTTP/1." {
		return false
	}
	for _, c := range ln[:i] {
		if !tokenByte[c] {
			return false
		}
	}
	m.Method, m.Target, m.Minor = ln[:i], ln[i+1:k], int(ln[k+8]-'0')
	return m.Minor >= 0 && m.Minor <= 9
}

// is compares without regard to case; lower must be lower case.
func is(b []byte, lower string) bool {
	if len(b) != len(lower) {
		return false
	}
	for i := range b {
		c := b[i]
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

func (m *Message) value(name string) []byte {
	for i := range m.Headers {
		if is(m.Headers[i].Name, name) {
			return m.Headers[i].Value
		}
	}
	return nil
}

func (m *Message) framing(name, value []byte) error {
	switch {
	case is(name, "content-length"):
		n, ok := contentLength(value)
		if !ok || (m.clen >= 0 && m.clen != n) {
			return ErrMalformed
		}
		m.clen = n
	case is(name, "transfer-encoding"):
		m.hasTE = true
		last := value[bytes.LastIndexByte(value, ',')+1:]
		m.chunked = is(bytes.Trim(last, " \t"), "chunked")
		if m.chunked && !is(value, "chunked") { // gzip, chunked: body stays coded
			m.coding = codingOther
		}
	case is(name, "content-encoding"):
		switch {
		case m.coding != codingNone: // twice: nested
			m.coding = codingOther
		case is(value, "gzip"), is(value, "x-gzip"):
			m.coding = codingGzip
		case is(value, "deflate"):
			m.coding = codingDeflate
		case is(value, "zstd"):
			m.coding = codingZstd
		case len(value) == 0, is(value, "identity"):
		default:
			m.coding = codingOther
		}
	}
	return nil
}

// contentLength accepts a list of equal numbers, as RFC 9110 allows.
func contentLength(v []byte) (n int64, ok bool) {
	for first := true; ; first = false {
		part, rest, more := bytes.Cut(v, []byte{','})
		part = bytes.Trim(part, " \t")
		var x int64
		if len(part) == 0 || len(part) > 18 {
			return 0, false
		}
		for _, c := range part {
			if c < '0' || c > '9' {
				return 0, false
			}
			x = x*10 + int64(c-'0')
		}
		if !first && x != n {
			return 0, false
		}
		if n = x; !more {
			return n, true
		}
		v = rest
	}
}
