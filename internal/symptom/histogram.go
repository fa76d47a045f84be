package symptom

import "math"

// The scale of latencies: bucket i reaches from 10 us * 1.05^i to the next one;
// 320 of them reach a minute. A quantile is off by 2.5 % at most, 1.2 % in the
// mean.
const (
	logBuckets = 320
	logLowest  = 1e-5
	logGrowth  = 1.05
	// logSpan bounds the buckets that one histogram keeps, a range of 1 to
	// 55,000; below it the lowest collapse, which no high quantile feels.
	logSpan = 224
)

var (
	lnGrowth  = math.Log(logGrowth)
	logBounds = func() (b [logBuckets + 1]float64) {
		for i := range b {
			b[i] = logLowest * math.Pow(logGrowth, float64(i))
		}
		return b
	}()
)

// logIndex is the bucket of a value, before clamping.
func logIndex(v float64) float64 { return math.Log(v/logLowest) / lnGrowth }

func clampIndex(i int) int { return max(0, min(logBuckets-1, i)) }

// span is a window of consecutive buckets on the scale, as wide as needed.
type span[T float32 | uint16] struct {
	low int32 // index of c[0]
	c   []T
}

// at returns the bucket of index i, widening the span; nil is never returned.
func (s *span[T]) at(i int) *T {
	if len(s.c) == 0 {
		s.low = int32(i) // #nosec G115 -- below 320
		s.c = append(s.c, 0)
	}
	switch low := int(s.low); {
	case i < low:
		if len(s.c)+low-i > logSpan {
			i = low + len(s.c) - logSpan
			if i >= low {
				return &s.c[0]
			}
		}
		grown := make([]T, len(s.c)+low-i)
		copy(grown[low-i:], s.c)
		s.c, s.low = grown, int32(i) // #nosec G115 -- below 320
	case i >= low+len(s.c):
		n := i - low + 1
		if n > logSpan { // the lowest collapse into the lowest that stays
			drop := min(n-logSpan, len(s.c))
			var sum T
			for _, v := range s.c[:drop] {
				sum += v
			}
			rest := make([]T, logSpan)
			copy(rest, s.c[drop:])
			rest[0] += sum
			s.c, s.low = rest, int32(i-logSpan+1) // #nosec G115 -- below 320
			return &s.c[logSpan-1]
		}
		grown := make([]T, n)
		copy(grown, s.c)
		s.c = grown
	}
	return &s.c[i-int(s.low)]
}

// quantile of what the span holds; total is the sum of its buckets.
func (s *span[T]) quantile(q, total float64) float64 {
	rank, sum := q*total, 0.0
	for i, v := range s.c {
		if v == 0 {
			continue
		}
		if sum+float64(v) >= rank {
			inside := max(0, min(1, (rank-sum)/float64(v)))
			b := int(s.low) + i
			return logBounds[b] * math.Exp(inside*lnGrowth)
		}
		sum += float64(v)
	}
	if len(s.c) == 0 {
		return 0
	}
	return logBounds[int(s.low)+len(s.c)]
}

func (s *span[T]) total() (sum float64) {
	for _, v := range s.c {
		sum += float64(v)
	}
	return sum
}
