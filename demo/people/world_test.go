package people

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weir-telemetry/weir/internal/datatype"
)

func TestSameSeedSameWorld(t *testing.T) {
	assert.Equal(t, New(7, 20), New(7, 20))
	assert.NotEqual(t, New(7, 20).People, New(8, 20).People)
}

func TestNumbersAreValid(t *testing.T) {
	assert.Equal(t, 1, luhnDigit("411111111111111"), "the well-known test card")
	assert.Equal(t, "GB82WEST12345698765432", ibanOf("GB", "WEST12345698765432"), "ISO's example")
	for _, p := range New(3, 200).People {
		n := len(p.Card)
		require.Equal(t, int(p.Card[n-1]-'0'), luhnDigit(p.Card[:n-1]))
		require.Equal(t, 1, mod97(p.IBAN[4:]+p.IBAN[:4]))
		require.Len(t, onlyDigits(p.SSN), 9)
		require.Len(t, strings.Split(p.Token, "."), 3)
	}
}

func TestNeedlesCoverTheTaxonomy(t *testing.T) {
	types := map[string]int{}
	seen := map[string]bool{}
	for _, n := range New(1, 30).Needles() {
		require.False(t, seen[n.Value], "listed twice")
		require.GreaterOrEqual(t, len(n.Value), 5)
		seen[n.Value] = true
		types[n.Type]++
	}
	for _, want := range datatype.All() {
		assert.Positive(t, types[want.Name], want.Name)
	}
}
