package pcapreceiver

import (
	"bytes"
	"strings"
)

// keepBody returns the filter of the configured media types. application/json
// also stands for every application/…+json, and alike for other types.
func keepBody(patterns []string) func(contentType []byte) bool {
	var kept []mediaType
	for _, p := range patterns {
		major, minor, _ := strings.Cut(strings.ToLower(p), "/")
		if major == "*" {
			return nil // all
		}
		kept = append(kept, mediaType{[]byte(major), []byte(minor)})
	}
	return func(contentType []byte) bool {
		t, _, _ := bytes.Cut(contentType, []byte{';'})
		major, minor, _ := bytes.Cut(bytes.TrimSpace(t), []byte{'/'})
		for _, k := range kept {
			if k.matches(major, minor) {
				return true
			}
		}
		return false
	}
}

type mediaType struct{ major, minor []byte }

func (k mediaType) matches(major, minor []byte) bool {
	if !bytes.EqualFold(major, k.major) {
		return false
	}
	if string(k.minor) == "*" || bytes.EqualFold(minor, k.minor) {
		return true
	}
	i := bytes.LastIndexByte(minor, '+')
	return i >= 0 && bytes.EqualFold(minor[i+1:], k.minor)
}
