package lastgoodprovider

import (
	"maps"
	"path/filepath"
	"regexp"
	"slices"
)

const (
	maxOutput = 64 << 10 // bytes of the child's output that are looked at
	maxPlaces = 8
)

// head keeps the first bytes written to it and takes the rest for written.
type head struct{ text []byte }

func (t *head) Write(b []byte) (int, error) {
	t.text = append(t.text, b[:min(len(b), maxOutput-len(t.text))]...)
	return len(b), nil
}

// keyPath is the path of a key below a section of the configuration. A value
// can't look like one by chance.
const keyPath = `(?:receivers|processors|exporters|connectors|extensions|service)(?:::[A-Za-z0-9_./-]+)+`

// places finds what is safe to show of a validation's output, which may echo
// values: files of the configuration with line numbers, and key paths.
func places(output []byte, files texts) (out []string) {
	pattern := keyPath
	for _, file := range slices.Sorted(maps.Keys(files)) {
		pattern += "|" + regexp.QuoteMeta(file) + `:[0-9]+`
		if base := filepath.Base(file); base != file {
			pattern += `|\b` + regexp.QuoteMeta(base) + `:[0-9]+`
		}
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil
	}
	for _, m := range re.FindAll(output, -1) {
		if s := string(m); len(out) < maxPlaces && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}
