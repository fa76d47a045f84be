package detect

import (
	"bytes"

	"github.com/weir-telemetry/weir/internal/datatype"
)

// maxPEM bounds how far the end of a private key is looked for: an RSA key of
// 16384 bits takes 13 KiB.
const maxPEM = 16 << 10

// pem handles "-----BEGIN " at i.
func (s *scanner) pem(b []byte, i int) int {
	line := b[i:min(len(b), i+80)]
	n := bytes.Index(line, []byte("PRIVATE KEY"))
	if n < 0 {
		if !s.trunc || i+80 <= len(b) || bytes.IndexByte(line, '\n') >= 0 {
			return i
		}
		n = len(line)
	}
	end := s.footer(b, i)
	if end < 0 {
		end = keyText(b, min(len(b), i+n+11))
		s.r.work += end - i
		if !s.touches(end) && end < i+n+48 { // a header that is only mentioned
			return i
		}
	}
	if s.emit(datatype.PrivateKey, i, end, 95) {
		return end
	}
	return i
}

// footer returns the end of the "-----END ...-----" after i, or -1. What was
// searched is not searched again.
func (s *scanner) footer(b []byte, i int) int {
	if s.pemAt <= i {
		from := max(i, s.pemTo-9)
		to := min(len(b), i+maxPEM)
		if from >= to {
			return -1
		}
		s.r.work += to - from
		s.pemTo = to
		n := bytes.Index(b[from:to], []byte("-----END "))
		if n < 0 {
			return -1
		}
		s.pemAt = from + n
	}
	end := s.pemAt + 9
	if m := bytes.Index(b[end:min(len(b), end+60)], []byte("-----")); m >= 0 {
		return end + m + 5
	}
	if s.trunc && len(b) < end+60 {
		return len(b)
	}
	return end
}

// keyText returns the end of the base64 text and PEM headers that begin at i.
func keyText(b []byte, i int) int {
	to := min(len(b), i+maxPEM)
	for i < to {
		c := b[i]
		if !isBase64URL(c) && c != '+' && c != '/' && c != '=' && c != '\\' && c != '\n' && c != '\r' && c != ':' && c != ',' &&
			(c != ' ' || b[i-1] != ':' && b[i-1] != '-') {
			break
		}
		i++
	}
	return i
}
