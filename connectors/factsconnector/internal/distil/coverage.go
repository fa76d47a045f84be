package distil

import (
	"hash/maphash"
	"math"

	"github.com/weir-telemetry/weir/internal/fact"
)

// maxLeftOut bounds how many different facts that were left out are told
// apart; beyond, the count stands still.
const maxLeftOut = 1 << 16

// leftOut tells apart the facts that a bound keeps out, by their hashes.
type leftOut struct {
	seed   maphash.Seed
	hashes map[uint64]struct{}
}

func newLeftOut() leftOut {
	return leftOut{seed: maphash.MakeSeed(), hashes: map[uint64]struct{}{}}
}

// omit counts a fact. One that is kept out many times between two reports
// counts once.
func omit[K comparable](l *leftOut, key K) {
	if len(l.hashes) < maxLeftOut {
		l.hashes[maphash.Comparable(l.seed, key)] = struct{}{}
	}
}

func (l *leftOut) take() uint32 {
	n := uint32(len(l.hashes)) // #nosec G115 -- bounded
	clear(l.hashes)
	return n
}

// coverage says how much of the truth the facts since the last report hold.
type coverage struct {
	requests  uint64 // by metrics
	exchanges uint64 // by log records
	spans     uint64
	bytes     uint64
	facts     leftOut
	flows     leftOut // apart, as they depend on the data
}

func newCoverage() coverage { return coverage{facts: newLeftOut(), flows: newLeftOut()} }

func (c *coverage) empty() bool {
	return c.requests == 0 && c.exchanges == 0 && c.spans == 0 && len(c.facts.hashes) == 0
}

// take returns what was seen and begins anew. The same exchange may come as all
// three signals: metrics count every one, spans are a sample, log records are
// those whose content was looked into.
func (c *coverage) take() fact.Coverage {
	seen := max(c.requests, c.exchanges, c.spans)
	out := fact.Coverage{ExchangesSeen: seen, BytesParsed: c.bytes, FactsLeftOut: c.facts.take(), FlowsLeftOut: c.flows.take()}
	if seen > 0 {
		out.SamplingBasisPoints = uint32(math.Round(10_000 * float64(c.exchanges) / float64(seen)))
	}
	c.requests, c.exchanges, c.spans, c.bytes = 0, 0, 0, 0
	return out
}
