package symptom

const slabChunk = 512

// slab keeps values side by side and names them by a number: a map of numbers
// is a third smaller than one of pointers. Values don't move.
type slab[T any] struct {
	chunks []*[slabChunk]T
	used   uint32
	free   []uint32
}

func (s *slab[T]) at(i uint32) *T { return &s.chunks[i/slabChunk][i%slabChunk] }

// take returns the number of a zero value.
func (s *slab[T]) take() uint32 {
	if n := len(s.free); n > 0 {
		i := s.free[n-1]
		s.free = s.free[:n-1]
		return i
	}
	if int(s.used) == len(s.chunks)*slabChunk {
		s.chunks = append(s.chunks, new([slabChunk]T))
	}
	s.used++
	return s.used - 1
}

// give takes a value back; nobody may point to it any more.
func (s *slab[T]) give(i uint32) {
	*s.at(i) = *new(T)
	s.free = append(s.free, i)
}
