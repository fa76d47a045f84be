package victoriametricsexporter

import (
	"fmt"
	"math"

	"go.opentelemetry.io/collector/pdata/pmetric"
)

// The grid of VictoriaMetrics' own histograms: 18 buckets per decade from 1e-9
// to 1e18, one below and one above. A fixed grid, unlike the histogram's own
// bounds, keeps the number of series small whatever scales the sources choose,
// and lets series of different scales be added.
const (
	gridPerDecade = 18
	gridLowest    = -9 // exponents of ten
	gridHighest   = 18
	gridCells     = (gridHighest - gridLowest) * gridPerDecade
)

// gridLabels are the wire forms of the vmrange labels: cell 0 lies below the
// grid, cell gridCells+1 above it.
var gridPositive, gridNegative = gridLabels()

func gridLabels() (positive, negative [gridCells + 2][]byte) {
	bound := func(i int) string {
		switch i {
		case -1:
			return "0"
		case gridCells + 1:
			return "Inf"
		}
		return fmt.Sprintf("%.3e", math.Pow(10, gridLowest+float64(i)/gridPerDecade))
	}
	for i := range positive {
		low, high := bound(i-1), bound(i)
		if high == "Inf" {
			positive[i] = appendLabel(nil, labelVMRange, low+"...+Inf")
		} else {
			positive[i] = appendLabel(nil, labelVMRange, low+"..."+high)
		}
		if low != "0" {
			low = "-" + low
		}
		negative[i] = appendLabel(nil, labelVMRange, "-"+high+"..."+low)
	}
	return positive, negative
}

// gridCounts adds up the counts of one side of a histogram on the grid.
type gridCounts struct {
	cells [gridCells + 2]float64
	used  bool
	// The cells in use lie between these.
	low, high int
}

func (g *gridCounts) put(cell int, n float64) {
	if !g.used {
		g.low, g.high, g.used = cell, cell, true
	}
	g.low, g.high = min(g.low, cell), max(g.high, cell)
	g.cells[cell] += n
}

// cellOf maps a position in grid steps to its cell.
func cellOf(position float64) int {
	switch {
	case position < 0:
		return 0
	case position >= gridCells:
		return gridCells + 1
	}
	return int(position) + 1
}

// add distributes the buckets over the grid. A bucket that lies in several
// cells is divided by its share of each on a logarithmic scale. Shares depend
// on scale and index alone, so each cell grows with the cumulative counts and
// never looks like a counter that was reset, as long as the scale stays.
func (g *gridCounts) add(b pmetric.ExponentialHistogramDataPointBuckets, scale int32) {
	// Width of a bucket in grid steps: log10(2^(2^-scale)) * 18.
	width := math.Ldexp(math.Log10(2)*gridPerDecade, -int(scale))
	for i := range b.BucketCounts().Len() {
		count := b.BucketCounts().At(i)
		if count == 0 {
			continue
		}
		index := float64(int64(b.Offset()) + int64(i))
		low := index*width - gridLowest*gridPerDecade
		g.spread(low, (index+1)*width-gridLowest*gridPerDecade, float64(count))
	}
}

// sliver is the share of a bucket below which a cell gets nothing of it: no
// series is made of a rounding error.
const sliver = 1e-9

func (g *gridCounts) spread(low, high, count float64) {
	first, last := cellOf(low), cellOf(high)
	if first == last {
		g.put(first, count)
		return
	}
	width := high - low
	for cell := first; cell <= last; cell++ {
		// Cell c spans the positions c-1 to c.
		from, to := max(low, float64(cell-1)), min(high, float64(cell))
		if cell == first {
			from = low
		}
		if cell == last {
			to = high
		}
		if share := (to - from) / width; share > sliver {
			g.put(cell, count*share)
		}
	}
}

// emit calls f for every cell that holds something and empties the grid.
func (g *gridCounts) emit(f func(cell int, n float64)) {
	if !g.used {
		return
	}
	for cell := g.low; cell <= g.high; cell++ {
		if n := g.cells[cell]; n > 0 {
			f(cell, n)
		}
		g.cells[cell] = 0
	}
	g.used = false
}

// toVMRange writes a point as VictoriaMetrics histogram buckets: one series per
// cell that is not empty, not cumulative over the cells.
func (e *encoder) toVMRange(name *metricName, p pmetric.ExponentialHistogramDataPoint) string {
	if reason := e.beginPoint(p.Attributes(), p.Timestamp(), labelVMRange); reason != "" {
		return reason
	}
	e.sumAndCount(name, p)
	if p.Flags().NoRecordedValue() {
		return ""
	}
	ts := milliseconds(p.Timestamp())
	e.grid.add(p.Negative(), p.Scale())
	e.grid.emit(func(cell int, n float64) { e.sample(name, name.bucket, gridNegative[cell], n, ts) })
	if zeros := p.ZeroCount(); zeros > 0 {
		e.grid.put(0, float64(zeros))
	}
	e.grid.add(p.Positive(), p.Scale())
	e.grid.emit(func(cell int, n float64) { e.sample(name, name.bucket, gridPositive[cell], n, ts) })
	return ""
}
