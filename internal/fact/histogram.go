package fact

import (
	"math"
	"slices"
	"time"
)

// The log-histogram of durations: Buckets of it, the first from 10 us, each
// reaching 5 % further than the one before; the last ends at 60 s.
const (
	HistogramBuckets = 320
	histogramFirst   = 10e-6 // seconds
	histogramGrowth  = 1.05
)

// Histogram counts durations. Bucket i reaches from 10 us * 1.05^i up to 10 us
// * 1.05^(i+1); the first holds what is shorter, the last what is longer. The
// zero value is empty and ready. It is not safe for concurrent use.
type Histogram struct {
	Buckets map[uint16]uint64
}

// bounds[i] is the lower bound of bucket i in seconds.
var bounds = func() (b [HistogramBuckets + 1]float64) {
	for i := range b {
		b[i] = histogramFirst * math.Pow(histogramGrowth, float64(i))
	}
	return b
}()

// BucketOf returns the index of the bucket that holds a duration in seconds.
// What is no number counts as the shortest.
func BucketOf(seconds float64) uint16 {
	i, _ := slices.BinarySearch(bounds[:], seconds)
	if i < len(bounds) && bounds[i] == seconds {
		i++
	}
	return uint16(min(max(i-1, 0), HistogramBuckets-1))
}

// BucketBounds returns the lower and upper bound of bucket i in seconds.
func BucketBounds(i uint16) (lower, upper float64) {
	i = min(i, HistogramBuckets-1)
	return bounds[i], bounds[i+1]
}

// Add counts one duration.
func (h *Histogram) Add(d time.Duration) { h.AddSeconds(d.Seconds(), 1) }

// AddSeconds counts n durations of so many seconds.
func (h *Histogram) AddSeconds(seconds float64, n uint64) {
	if n > 0 {
		h.add(BucketOf(seconds), n)
	}
}

func (h *Histogram) add(i uint16, n uint64) {
	if h.Buckets == nil {
		h.Buckets = make(map[uint16]uint64)
	}
	h.Buckets[i] += n
}

// AddRange counts n durations of which is known only that they lie between two
// bounds in seconds: they are spread evenly over the buckets between, as
// durations are over orders of magnitude. An infinite or missing upper bound
// counts them at the lower one.
func (h *Histogram) AddRange(lower, upper float64, n uint64) {
	if n == 0 {
		return
	}
	if !(upper > lower) || math.IsInf(upper, 1) {
		h.AddSeconds(lower, n)
		return
	}
	first := int(BucketOf(lower))
	last := int(BucketOf(math.Nextafter(upper, 0)))
	width := uint64(last - first + 1)
	for k := range width {
		// The difference of running sums, so that the parts add up to n.
		if part := share(n, k+1, width) - share(n, k, width); part > 0 {
			h.add(uint16(first+int(k)), part)
		}
	}
}

// share is n*k/width without overflow for k <= width.
func share(n, k, width uint64) uint64 {
	return n/width*k + n%width*k/width
}

// Merge adds what other holds.
func (h *Histogram) Merge(other Histogram) {
	for i, n := range other.Buckets {
		if n > 0 {
			h.add(min(i, HistogramBuckets-1), n)
		}
	}
}

// Count is the number of durations.
func (h Histogram) Count() uint64 {
	var sum uint64
	for _, n := range h.Buckets {
		sum += n
	}
	return sum
}

// Quantile returns the duration in seconds below which the share q of all
// lies, within 2.5 %; false when the histogram is empty.
func (h Histogram) Quantile(q float64) (seconds float64, ok bool) {
	i, ok := h.dense().quantile(q)
	if !ok {
		return 0, false
	}
	lower, upper := BucketBounds(i)
	return math.Sqrt(lower * upper), true
}

func (h Histogram) indexes() []uint16 {
	ix := make([]uint16, 0, len(h.Buckets))
	for i, n := range h.Buckets {
		if n > 0 {
			ix = append(ix, i)
		}
	}
	slices.Sort(ix)
	return ix
}

// dense is a histogram as a list.
type dense struct {
	counts [HistogramBuckets]uint64
	count  uint64
}

func (h Histogram) dense() *dense {
	var d dense
	for i, n := range h.Buckets {
		d.counts[min(i, HistogramBuckets-1)] += n
		d.count += n
	}
	return &d
}

func (d *dense) quantile(q float64) (uint16, bool) {
	if d.count == 0 {
		return 0, false
	}
	rank := uint64(math.Ceil(min(max(q, 0), 1) * float64(d.count)))
	rank = min(max(rank, 1), d.count)
	var sum uint64
	for i, n := range d.counts {
		if sum += n; sum >= rank {
			return uint16(i), true
		}
	}
	return 0, false
}

// Share is a bucket of a quantised histogram.
type Share struct {
	Bucket      uint16
	BasisPoints uint32 // of all durations
}

// wireQuantiles are those that Quantise keeps exact.
var wireQuantiles = [...]float64{0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1}

// Quantise reduces the histogram to at most eight buckets, whose shares add up
// to 10,000 basis points. The 10th, 25th, 50th, 75th, 90th, 95th and 99th
// percentile and the maximum fall into the same buckets as before.
func (h Histogram) Quantise() []Share {
	d := h.dense()
	var out []Share
	before := uint32(0)
	for _, q := range wireQuantiles {
		i, ok := d.quantile(q)
		if !ok {
			return nil
		}
		upTo := uint32(math.Round(q * 10000))
		if n := len(out); n > 0 && out[n-1].Bucket == i {
			out[n-1].BasisPoints += upTo - before
		} else {
			out = append(out, Share{i, upTo - before})
		}
		before = upTo
	}
	return out
}

// FromShares makes a histogram of count durations out of shares.
func FromShares(shares []Share, count uint64) Histogram {
	var h Histogram
	var upTo uint64
	for _, s := range shares {
		lower := upTo
		upTo += uint64(s.BasisPoints)
		if n := share(count, upTo, 10000) - share(count, lower, 10000); n > 0 {
			h.add(min(s.Bucket, HistogramBuckets-1), n)
		}
	}
	return h
}
