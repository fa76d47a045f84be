package search

import "github.com/weir-telemetry/weir/demo/people"

// prefixLen is how many bytes of a needle index it, and so its least length.
const prefixLen = 5

// Needle is a value to look for, with the name of its data type.
type Needle = people.Needle

// matcher finds many needles in one pass: the last five bytes, folded to lower
// case, run through a bit set first and a map only when that says yes.
type matcher struct {
	needles []Needle
	folded  []string
	filter  [1 << 14]uint64 // one bit for each hash of 20 bits
	byStart map[uint64][]int32
}

func newMatcher(needles []Needle) *matcher {
	m := &matcher{byStart: map[uint64][]int32{}}
	for _, n := range needles {
		if len(n.Value) < prefixLen {
			continue
		}
		f := foldString(n.Value)
		key := uint64(0)
		for i := range prefixLen {
			key = key<<8 | uint64(f[i])
		}
		h := hash20(key)
		m.filter[h>>6] |= 1 << (h & 63)
		m.byStart[key] = append(m.byStart[key], int32(len(m.needles)))
		m.needles = append(m.needles, n)
		m.folded = append(m.folded, f)
	}
	return m
}

// each calls found with the index and offset of every needle in b.
func (m *matcher) each(b []byte, found func(needle, offset int)) {
	const mask = 1<<(8*prefixLen) - 1
	key := uint64(0)
	for i, c := range b {
		key = (key<<8 | uint64(fold(c))) & mask
		if i < prefixLen-1 {
			continue
		}
		if h := hash20(key); m.filter[h>>6]&(1<<(h&63)) == 0 {
			continue
		}
		start := i - prefixLen + 1
		for _, n := range m.byStart[key] {
			if m.at(b, start, m.folded[n]) {
				found(int(n), start)
			}
		}
	}
}

func (m *matcher) at(b []byte, start int, needle string) bool {
	end := start + len(needle)
	if end > len(b) {
		return false
	}
	for i := prefixLen; i < len(needle); i++ {
		if fold(b[start+i]) != needle[i] {
			return false
		}
	}
	return !numeric(needle) || standsAlone(b, start, end)
}

// numeric tells short runs of digits, which a timestamp in nanoseconds holds by
// accident, from values that speak for themselves.
func numeric(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return len(s) < 15
}

func standsAlone(b []byte, start, end int) bool {
	digit := func(i int) bool { return i >= 0 && i < len(b) && b[i] >= '0' && b[i] <= '9' }
	return !digit(start-1) && !digit(end)
}

func hash20(key uint64) uint64 { return key * 0x9e3779b97f4a7c15 >> 44 }

func fold(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

func foldString(s string) string {
	b := []byte(s)
	for i := range b {
		b[i] = fold(b[i])
	}
	return string(b)
}
