package symptom

import "math"

// Buckets of a histogram point, in one of two shapes. Those of explicit bounds
// have Bounds and one count more; those of an exponential histogram have Scale
// and Offset, where bucket i reaches from 2^((Offset+i)/2^Scale) to the next.
// The slices stay the caller's.
type Buckets struct {
	Bounds []float64
	Counts []uint64
	Scale  int32
	Offset int32
	Zero   uint64 // exponential: at or near 0
}

// bucketMass is an increase of one bucket, as it came.
type bucketMass struct {
	low, high float64 // in buckets of the logarithmic scale, for unit seconds
	n         float64
}

// expHist are the last cumulative buckets of a series. They are 32 bits wide
// and may wrap: what counts is the difference.
type expHist struct {
	scale  int8 // explicit: noScale
	offset int32
	zero   uint32
	counts []uint32
}

const (
	noScale = math.MinInt8
	// maxScale: a growth of 1.044 is as fine as the scale of latencies.
	maxScale = 4
)

// histScratch is working memory of one engine.
type histScratch struct {
	counts []uint32
	masses []bucketMass
	bounds map[uint64][]float64
}

// reduce brings the buckets into s.counts, at a scale of at most maxScale.
func (s *histScratch) reduce(b *Buckets) (scale int8, offset int32) {
	s.counts = s.counts[:0]
	if b.Bounds != nil || b.Scale < -10 {
		for _, c := range b.Counts {
			s.counts = append(s.counts, uint32(c)) // #nosec G115 -- may wrap
		}
		return noScale, 0
	}
	if b.Scale <= maxScale {
		for _, c := range b.Counts {
			s.counts = append(s.counts, uint32(c)) // #nosec G115 -- may wrap
		}
		return int8(b.Scale), b.Offset // #nosec G115 -- -10 to 4
	}
	shift := min(31, b.Scale-maxScale)
	first := b.Offset >> shift
	for i, c := range b.Counts {
		at := int((b.Offset+int32(i))>>shift - first) // #nosec G115 -- few buckets
		for at >= len(s.counts) {
			s.counts = append(s.counts, 0)
		}
		s.counts[at] += uint32(c) // #nosec G115 -- may wrap
	}
	return maxScale, first
}

// replace remembers the buckets and says nothing.
func (s *histScratch) replace(to *Series, b *Buckets) {
	scale, offset := s.reduce(b)
	s.keep(to, scale, offset, uint32(b.Zero)) // #nosec G115 -- may wrap
}

func (s *histScratch) keep(to *Series, scale int8, offset int32, zero uint32) {
	h := to.hist()
	if h == nil {
		h = &expHist{}
		to.setHist(h)
	}
	h.scale, h.offset, h.zero = scale, offset, zero
	if cap(h.counts) < len(s.counts) || cap(h.counts) > 2*len(s.counts)+16 {
		h.counts = make([]uint32, len(s.counts))
	}
	h.counts = h.counts[:len(s.counts)]
	copy(h.counts, s.counts)
}

// delta returns all of the buckets' counts.
func (s *histScratch) delta(b *Buckets) []bucketMass {
	scale, offset := s.reduce(b)
	return s.spread(b, scale, offset, float64(b.Zero))
}

// fresh is delta for the first cumulative point of a series or after a reset.
func (s *histScratch) fresh(to *Series, b *Buckets) []bucketMass {
	m := s.delta(b)
	s.replace(to, b)
	return m
}

// increase returns what rose since the last point, whose count rose by inc. It
// returns nothing when the buckets don't tell: another scale or other bounds.
func (s *histScratch) increase(to *Series, b *Buckets, inc float64) []bucketMass {
	h := to.hist()
	scale, offset := s.reduce(b)
	zero := uint32(b.Zero) // #nosec G115 -- may wrap
	if h == nil || !s.comparable(h, scale, offset) {
		s.keep(to, scale, offset, zero)
		return nil
	}
	var sum float64
	for i := range s.counts {
		now := s.counts[i]
		if j := int(offset) + i - int(h.offset); j >= 0 && j < len(h.counts) {
			s.counts[i] -= h.counts[j]
			h.counts[j] = now
		}
		sum += float64(s.counts[i])
	}
	dz := float64(zero - h.zero)
	var masses []bucketMass
	if sum+dz == inc {
		masses = s.spread(b, scale, offset, dz)
	}
	h.zero = zero
	if int(offset) != int(h.offset) || len(s.counts) != len(h.counts) {
		s.replace(to, b)
	}
	return masses
}

// comparable brings the remembered buckets to a coarser scale if need be; all
// of them must be inside of the new ones.
func (s *histScratch) comparable(h *expHist, scale int8, offset int32) bool {
	if h.scale != scale {
		if h.scale == noScale || scale == noScale || scale > h.scale {
			return false
		}
		h.coarsen(scale)
	}
	if scale == noScale {
		return len(h.counts) == len(s.counts)
	}
	for i, c := range h.counts {
		if j := int(h.offset) + i - int(offset); c != 0 && (j < 0 || j >= len(s.counts)) {
			return false
		}
	}
	return true
}

func (h *expHist) coarsen(scale int8) {
	shift := h.scale - scale
	first := h.offset >> shift
	n := 0
	for i, c := range h.counts {
		h.counts[i] = 0
		at := int((h.offset+int32(i))>>shift - first) // #nosec G115 -- few buckets
		h.counts[at] += c                             // at is never above i
		n = at + 1
	}
	h.counts, h.offset, h.scale = h.counts[:n], first, scale
}

// spread tells where the counts lie on the scale of latencies.
func (s *histScratch) spread(b *Buckets, scale int8, offset int32, zero float64) []bucketMass {
	s.masses = s.masses[:0]
	if zero > 0 {
		s.masses = append(s.masses, bucketMass{0, 0, zero})
	}
	if scale != noScale {
		width := math.Ldexp(math.Ln2, -int(scale)) / lnGrowth
		base := logIndex(1) + float64(offset)*width
		for i, n := range s.counts {
			if n > 0 {
				low := base + float64(i)*width
				s.masses = append(s.masses, bucketMass{low, low + width, float64(n)})
			}
		}
		return s.masses
	}
	bounds := s.logs(b.Bounds)
	for i, n := range s.counts {
		if n == 0 {
			continue
		}
		// Below the first bound a factor of ten is assumed; above the last one
		// all lies at that bound.
		var low, high float64
		switch {
		case len(bounds) == 0:
		case i == 0:
			low, high = bounds[0]-math.Ln10/lnGrowth, bounds[0]
		case i >= len(bounds):
			low = bounds[len(bounds)-1]
			high = low
		default:
			low, high = bounds[i-1], bounds[i]
		}
		s.masses = append(s.masses, bucketMass{low, high, float64(n)})
	}
	return s.masses
}

// logs returns the bounds on the scale; they are the same for many series.
func (s *histScratch) logs(bounds []float64) []float64 {
	h := uint64(14695981039346656037)
	for _, b := range bounds {
		h = (h ^ math.Float64bits(b)) * 1099511628211
	}
	if l, ok := s.bounds[h]; ok && len(l) == len(bounds) {
		return l
	}
	if s.bounds == nil || len(s.bounds) > 1000 {
		s.bounds = map[uint64][]float64{}
	}
	l := make([]float64, len(bounds))
	for i, b := range bounds {
		l[i] = 0
		if b > 0 {
			l[i] = logIndex(b)
		}
	}
	s.bounds[h] = l
	return l
}
