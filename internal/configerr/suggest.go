package configerr

import (
	"slices"
	"strconv"
	"strings"
)

// hint is the tail of a message: the word that was likely meant, and all that
// are accepted. label introduces the list.
func hint(word, label string, accepted []string) string {
	var b strings.Builder
	if near := nearest(word, accepted); near != "" {
		b.WriteString("; did you mean " + strconv.Quote(near) + "?")
	} else if len(accepted) > 0 {
		b.WriteString(";")
	}
	if len(accepted) > 0 {
		b.WriteString(" " + label + ": " + strings.Join(accepted, ", "))
	}
	return b.String()
}

// nearest returns the accepted word that takes the fewest edits, or "" when all
// are too far to be meant.
func nearest(word string, accepted []string) string {
	best, limit := "", 1+len(word)/4
	for _, a := range slices.Sorted(slices.Values(accepted)) {
		if d := distance(strings.ToLower(word), strings.ToLower(a)); d <= limit {
			best, limit = a, d-1
		}
	}
	return best
}

// distance counts insertions, deletions, replacements and swaps of neighbours.
func distance(a, b string) int {
	if len(a) > 100 || len(b) > 100 {
		return max(len(a), len(b))
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			same := 1
			if a[i-1] == b[j-1] {
				same = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+same)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
