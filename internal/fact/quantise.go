package fact

import (
	"math"
	"strconv"
	"time"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
)

// significant is the number of decimal digits that a measured value keeps.
const significant = 3

// round3 rounds to the significant digits. What is no number is 0.
func round3(v float64) float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return 0
	}
	r, err := strconv.ParseFloat(strconv.FormatFloat(v, 'e', significant-1, 64), 64)
	if err != nil || math.Abs(r) > math.MaxFloat32 {
		return 0
	}
	return r
}

func roundCount(n uint64) uint64 {
	unit := uint64(1)
	for n/unit >= 1000 {
		unit *= 10
	}
	return n / unit * unit
}

func seconds(d time.Duration) uint32 {
	return clamp(uint64(max(d, 0) / time.Second))
}

func clamp(n uint64) uint32 { return uint32(min(n, math.MaxUint32)) }

func unix(t time.Time) uint64 {
	if t.IsZero() || t.Unix() < 0 {
		return 0
	}
	return min(uint64(t.Unix()), maxUnix)
}

func fromUnix(n uint64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(int64(n), 0).UTC()
}

// quantiseRates makes the wire's summary of an edge in a window.
func quantiseRates(e *Edge, window time.Duration) *uplinkv1.Rates {
	w := float64(max(seconds(window), 1))
	rates := &uplinkv1.Rates{
		Requests: atLeastOne(float64(e.Requests)*10/w, e.Requests),
	}
	if e.Requests > 0 {
		rates.Errors = min(atLeastOne(float64(e.Errors)*10000/float64(e.Requests), e.Errors), 10000)
	}
	last := uint32(0)
	for _, s := range e.Durations.Quantise() {
		rates.BucketStep = append(rates.BucketStep, uint32(s.Bucket)-last)
		rates.BucketShare = append(rates.BucketShare, s.BasisPoints)
		last = uint32(s.Bucket)
	}
	return rates
}

// atLeastOne rounds v; what is there at all does not become nothing.
func atLeastOne(v float64, n uint64) uint32 {
	if n == 0 {
		return 0
	}
	return uint32(min(max(math.Round(v), 1), math.MaxUint32))
}

// restoreRates is the reverse, as near as the wire allows.
func restoreRates(e *Edge, rates *uplinkv1.Rates, window time.Duration) {
	w := float64(max(seconds(window), 1))
	e.HasRates = true
	e.Requests = uint64(atLeastOne(float64(rates.Requests)*w/10, uint64(rates.Requests)))
	e.Errors = uint64(math.Round(float64(rates.Errors) * float64(e.Requests) / 10000))
	var shares []Share
	at := uint32(0)
	for i, step := range rates.BucketStep {
		at += step
		shares = append(shares, Share{uint16(at), rates.BucketShare[i]})
	}
	e.Durations = FromShares(shares, e.Requests)
}
