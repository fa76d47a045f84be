package distil

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func at(seconds int) time.Time { return epoch.Add(time.Duration(seconds) * time.Second) }

// Each row is a series of points and what each adds.
func TestSeries(t *testing.T) {
	explicit := func(start, when int, counts ...uint64) point {
		return point{attrs: between("a", "b"), start: at(start), at: at(when), counts: counts, bounds: bounds}
	}
	exponential := func(when int, scale, offset int32, counts ...uint64) point {
		return point{attrs: between("a", "b"), start: at(0), at: at(when), counts: counts, exponential: true, scale: scale, offset: offset}
	}
	delta := func(when int, counts ...uint64) point {
		p := explicit(0, when, counts...)
		p.delta = true
		return p
	}
	unknownStart := func(when int, counts ...uint64) point {
		p := explicit(0, when, counts...)
		p.start = time.Unix(0, 0)
		return p
	}
	for name, c := range map[string]struct {
		points []point
		want   []uint64
	}{
		"cumulative":             {[]point{explicit(0, 1, 1, 2, 0), explicit(0, 2, 1, 2, 4), explicit(0, 3, 1, 2, 4)}, []uint64{3, 4, 0}},
		"older than the memory":  {[]point{explicit(-9, 1, 100, 0, 0), explicit(-9, 2, 100, 7, 0)}, []uint64{0, 7}},
		"unknown start":          {[]point{unknownStart(1, 5, 0, 0), unknownStart(2, 7, 0, 0), unknownStart(3, 1, 0, 0)}, []uint64{0, 2, 1}},
		"same point again":       {[]point{explicit(0, 1, 1, 0, 0), explicit(0, 1, 1, 0, 0), explicit(0, 2, 2, 0, 0)}, []uint64{1, 0, 1}},
		"late point":             {[]point{explicit(0, 3, 3, 0, 0), explicit(0, 1, 1, 0, 0), explicit(0, 4, 4, 0, 0)}, []uint64{3, 0, 1}},
		"reset with new start":   {[]point{explicit(0, 1, 3, 0, 0), explicit(2, 3, 5, 0, 0)}, []uint64{3, 5}},
		"reset with the old one": {[]point{explicit(0, 1, 3, 0, 0), explicit(0, 3, 2, 0, 0)}, []uint64{3, 2}},
		"reset that has grown":   {[]point{explicit(0, 1, 3, 0, 0), explicit(0, 3, 1, 4, 0)}, []uint64{3, 5}},
		"start that moves":       {[]point{explicit(0, 5, 3, 0, 0), explicit(1, 6, 4, 0, 0)}, []uint64{3, 1}},
		"other bounds": {[]point{explicit(0, 1, 3, 0, 0),
			{attrs: between("a", "b"), start: at(0), at: at(2), counts: []uint64{4, 0}, bounds: []float64{1}}}, []uint64{3, 4}},
		"delta":               {[]point{delta(1, 1, 0, 0), delta(2, 2, 0, 0)}, []uint64{1, 2}},
		"delta again":         {[]point{delta(1, 1, 0, 0), delta(1, 1, 0, 0)}, []uint64{1, 0}},
		"exponential":         {[]point{exponential(1, 3, -40, 1, 2), exponential(2, 3, -41, 1, 1, 2)}, []uint64{3, 1}},
		"exponential rescale": {[]point{exponential(1, 4, -81, 1, 2, 3), exponential(2, 3, -41, 1, 5, 2)}, []uint64{6, 2}},
		"exponential reset":   {[]point{exponential(1, 4, -80, 9), exponential(2, 4, -80, 2)}, []uint64{9, 2}},
		"exponential moved":   {[]point{exponential(1, 4, -80, 1), exponential(2, 4, -70, 5)}, []uint64{1, 5}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, nil)
			for i, p := range c.points {
				b.Metrics(p.metrics(t), epoch)
				assert.Equal(t, c.want[i], b.coverage.requests, "point %d", i)
				total := uint64(0)
				for _, e := range b.edges.metrics {
					assert.Equal(t, e.requests, e.durations.Count(), "point %d", i)
					total += e.requests
					e.calls = calls{}
				}
				assert.Equal(t, c.want[i], total)
				b.coverage.requests = 0
			}
		})
	}
}

func TestDurationsKeepTheirPlace(t *testing.T) {
	b := newBench(t, nil)
	b.Metrics(point{attrs: between("a", "b"), start: epoch, at: at(1), delta: true,
		counts: []uint64{90, 9, 1}, bounds: []float64{0.0201, 0.0202}}.metrics(t), epoch)
	r := b.told()
	require.Len(t, r.Edges, 1)
	for q, want := range map[float64]float64{0.2: 0.012, 0.95: 0.0201, 1: 0.0202} {
		got, ok := r.Edges[0].Durations.Quantile(q)
		require.True(t, ok)
		assert.InEpsilon(t, want, got, 0.06, "quantile %v", q)
	}

	// 1.5 s in the finest exponential histogram, and an outlier far below.
	b = newBench(t, nil)
	b.Metrics(point{attrs: between("a", "b"), start: epoch, at: at(1), exponential: true, scale: 10, offset: 598, counts: []uint64{0, 5}}.metrics(t), epoch)
	b.Metrics(point{attrs: between("a", "c"), start: epoch, at: at(1), exponential: true, scale: -10, offset: -1, counts: []uint64{4}}.metrics(t), epoch)
	for _, e := range b.told().Edges {
		got, ok := e.Durations.Quantile(0.5)
		require.True(t, ok)
		if e.Destination.Name == "b" {
			assert.InEpsilon(t, 1.5, got, 0.03)
		}
		assert.NotZero(t, e.Durations.Count())
	}
}

func TestAForgottenSeriesIsNotCountedTwice(t *testing.T) {
	b := newBench(t, nil)
	b.point(between("a", "b"), 1000)
	require.EqualValues(t, 1000, b.told().Coverage.ExchangesSeen)
	b.now = b.now.Add(2 * time.Hour)
	b.close()
	require.Empty(t, b.series.known)
	b.point(between("a", "b"), 1010) // since the same start
	b.point(between("a", "b"), 1013)
	assert.EqualValues(t, 3, b.told().Coverage.ExchangesSeen)
	assert.EqualValues(t, 1, b.ignored(EdgePoint, Baseline))
}

func TestAForgottenSeriesDoesNotAffectOthers(t *testing.T) {
	b := newBench(t, nil)
	b.point(between("a", "b"), 1000)
	b.told()
	b.now = b.now.Add(2 * time.Hour)
	b.close()
	require.Empty(t, b.series.known)
	b.point(between("a", "new"), 7) // since the same start, and never seen
	assert.EqualValues(t, 7, b.told().Coverage.ExchangesSeen)
}

func TestSeriesThatLeaveAreRememberedWithinBounds(t *testing.T) {
	b := newBench(t, func(o *Options) { o.Limits.Series = 1 })
	b.point(between("a", "b"), 1)
	b.point(between("a", "c"), 20)
	b.point(between("a", "d"), 30) // c is not remembered any more
	b.now = b.now.Add(2 * time.Hour)
	b.close()
	b.point(between("a", "c"), 21)
	assert.EqualValues(t, 1, b.ignored(EdgePoint, Baseline), "it may have been counted")
	b.point(between("a", "c"), 23)
	assert.EqualValues(t, 2, b.told().Coverage.ExchangesSeen)
	assert.Len(t, b.series.gone, 1)
}

func TestSeriesBeyondTheBoundAreLeftOut(t *testing.T) {
	b := newBench(t, func(o *Options) { o.Limits.Series = 1 })
	b.point(between("a", "b"), 1)
	b.point(between("a", "c"), 2)
	b.point(between("a", "c"), 3)
	b.point(between("a", "d"), 4)
	r := b.told()
	assert.Len(t, r.Edges, 1)
	assert.EqualValues(t, 2, r.Coverage.FactsLeftOut, "each once")
	assert.EqualValues(t, 3, b.ignored(EdgePoint, Limited))
	assert.Len(t, b.series.known, 1)
}

func TestMalformedPointsAreCounted(t *testing.T) {
	for name, p := range map[string]point{
		"counts without bounds": {counts: []uint64{1, 2}, bounds: []float64{1, 2, 3}},
		"unsorted bounds":       {counts: []uint64{1, 2, 3}, bounds: []float64{2, 1}},
		"too many buckets":      {counts: make([]uint64, maxBuckets+1), bounds: make([]float64, maxBuckets)},
		"scale":                 {exponential: true, scale: 1 << 30, counts: []uint64{1}},
		"small scale":           {exponential: true, scale: -1 << 30, counts: []uint64{1}},
		"offset":                {exponential: true, offset: 1<<31 - 1, counts: []uint64{1, 1}},
		"many exponential":      {exponential: true, counts: make([]uint64, maxBuckets+1)},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, nil)
			p.attrs, p.start, p.at = between("a", "b"), epoch, at(1)
			b.Metrics(p.metrics(t), epoch)
			assert.EqualValues(t, 1, b.ignored(EdgePoint, Malformed))
			assert.Nil(t, b.close())
		})
	}
}
