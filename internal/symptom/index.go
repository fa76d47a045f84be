package symptom

// index finds numbers of a slab by key: four bytes a slot where a map takes
// seventeen. Keys are hashes, so their low bits choose the slot. Nothing is
// taken out of it; after a sweep it is made anew.
type index struct {
	slots []uint32 // number + 1; 0 is free
	n     int
	key   func(uint32) uint64
}

// fullest is the load, in eighths, beyond which it grows: the chains of linear
// probing stay short.
const fullest = 7

func newIndex(key func(uint32) uint64) index { return index{key: key, slots: make([]uint32, 64)} }

func (x *index) find(key uint64) (uint32, bool) {
	mask := uint64(len(x.slots) - 1)
	for at := mix(key) & mask; ; at = (at + 1) & mask {
		switch i := x.slots[at]; {
		case i == 0:
			return 0, false
		case x.key(i-1) == key:
			return i - 1, true
		}
	}
}

// add takes in a number whose key isn't there yet.
func (x *index) add(i uint32) {
	if x.n+1 > len(x.slots)/8*fullest {
		old := x.slots
		x.slots, x.n = make([]uint32, 2*len(old)), 0
		for _, j := range old {
			if j != 0 {
				x.add(j - 1)
			}
		}
	}
	mask := uint64(len(x.slots) - 1)
	at := mix(x.key(i)) & mask
	for x.slots[at] != 0 {
		at = (at + 1) & mask
	}
	x.slots[at] = i + 1
	x.n++
}

// keep makes the index anew with those that f wants.
func (x *index) keep(f func(uint32) bool) {
	old := x.slots
	x.slots, x.n = make([]uint32, 64), 0
	for _, i := range old {
		if i != 0 && f(i-1) {
			x.add(i - 1)
		}
	}
}

// all calls f for each number.
func (x *index) all(f func(uint32)) {
	for _, i := range x.slots {
		if i != 0 {
			f(i - 1)
		}
	}
}

// mix spreads keys that differ in few bits.
func mix(k uint64) uint64 { return k * 0x9e3779b97f4a7c15 >> 20 }
