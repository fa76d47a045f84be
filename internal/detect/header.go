package detect

import "github.com/weir-telemetry/weir/internal/datatype"

// header scans the view as the value of the header name.
func (s *scanner) header(name string) {
	var buf [maxKey]byte
	n := copy(buf[:], name)
	for i := range buf[:n] {
		buf[i] = lower(buf[i])
	}
	key := buf[:n]
	if n > 0 {
		s.r.path = append(append(s.r.path, '.'), key...)
	}
	start, end := trim(s.b, 0, len(s.b))
	k := classify(key)
	switch string(key) {
	case "authorization", "proxy-authorization":
		s.credentials(start, end)
		return
	case "cookie", "set-cookie", "cookie2", "set-cookie2", "apikey", "x-goog-api-key", "x-amz-security-token", "ocp-apim-subscription-key":
		k = kSecret
	}
	if hasSuffix(key, "-token") || hasSuffix(key, "-key") || k == kToken {
		if string(key) != "sec-websocket-key" && string(key) != "idempotency-key" {
			k = kSecret
		}
	}
	switch k {
	case kSecret:
		if e := s.jwt(s.b, start); e == end && end > start {
			return
		}
		s.emit(datatype.APIKey, start, end, 95)
	case kPassword:
		s.emit(datatype.Password, start, end, 95)
	default:
		s.leaf(k, true)
	}
}

func hasSuffix(b []byte, suffix string) bool {
	return len(b) >= len(suffix) && string(b[len(b)-len(suffix):]) == suffix
}

// credentials names the whole value of an Authorization header.
func (s *scanner) credentials(start, end int) {
	v := s.b[start:end]
	t := datatype.APIKey
	if foldPrefix(v, "basic ") || foldPrefix(v, "digest ") {
		t = datatype.Password
	} else if foldPrefix(v, "bearer ") && isJWT(v[7:]) || isJWT(v) {
		t = datatype.JWT
	}
	if s.e.on[t] {
		s.emit(t, start, end, 95)
		return
	}
	s.emit(datatype.APIKey, start, end, 95)
}
