package inflate

import (
	"io"
	"math/bits"
	"sync"
)

const (
	maxCode   = 15 // bits of the longest code
	maxLitLen = 288
	maxDist   = 32

	litBits  = 10
	litMask  = 1<<litBits - 1
	distBits = 8
	distMask = 1<<distBits - 1
)

// An entry of a table: bits 0 to 5 are the length of the code, 8 to 11 the
// number of extra bits (or the index bits of a table below), 16 and up the
// literal, the base of a length or distance, or where the table below begins.
const (
	isLiteral = 1 << 12
	isSub     = 1 << 13
	isSpecial = 1 << 14 // the end of the block, or no code at all
	isEnd     = 1 << 15
)

// A code of up to litBits is found in one look, a longer one in two. The sizes
// of sub are beyond what complete codes can need (308 and 146).
type litTable struct {
	primary [1 << litBits]uint32
	sub     [512]uint32
}

type distTable struct {
	primary [1 << distBits]uint32
	sub     [256]uint32
}

// litSymbols and distSymbols are the entries of all symbols, without length.
var litSymbols, distSymbols = func() (l [maxLitLen]uint32, d [maxDist]uint32) {
	for i := range 256 {
		l[i] = uint32(i)<<16 | isLiteral
	}
	l[256] = isSpecial | isEnd
	base := uint32(3)
	for i := range 28 {
		extra := uint32(0)
		if i >= 8 {
			extra = uint32(i-4) / 4
		}
		l[257+i] = base<<16 | extra<<8
		base += 1 << extra
	}
	l[285] = 258 << 16
	l[286], l[287] = isSpecial, isSpecial
	base = 1
	for i := range 30 {
		extra := uint32(0)
		if i >= 4 {
			extra = uint32(i-2) / 2
		}
		d[i] = base<<16 | extra<<8
		base += 1 << extra
	}
	d[30], d[31] = isSpecial, isSpecial
	return l, d
}()

// tables are the codes of a block.
type tables struct {
	literals  litTable
	distances distTable
}

// fixedTables are the codes of blocks that bring none. They are only read.
var fixedTables = sync.OnceValue(func() *tables {
	var t tables
	var lens [maxLitLen]uint8
	for i := range lens {
		switch {
		case i < 144, i >= 280:
			lens[i] = 8
		case i < 256:
			lens[i] = 9
		default:
			lens[i] = 7
		}
	}
	build(t.literals.primary[:], t.literals.sub[:], litBits, lens[:], litSymbols[:])
	for i := range maxDist {
		lens[i] = 5
	}
	build(t.distances.primary[:], t.distances.sub[:], distBits, lens[:maxDist], distSymbols[:])
	return &t
})

// lengthOrder is the order in which the lengths of the lengths' code come.
var lengthOrder = [19]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// lengthSymbols are the entries of the lengths' code.
var lengthSymbols = func() (s [19]uint32) {
	for i := range s {
		s[i] = uint32(i)<<16 | isLiteral
	}
	return s
}()

// readCodes reads the codes of a dynamic block and builds their tables.
func (d *Decoder) readCodes(r *reader) error {
	if !r.need(14) {
		return io.ErrUnexpectedEOF
	}
	literals := int(r.take(5)) + 257
	distances := int(r.take(5)) + 1
	count := int(r.take(4)) + 4
	if literals > 286 || distances > 30 {
		return ErrCorrupt
	}
	var lens [19]uint8
	for i := range count {
		if !r.need(3) {
			return io.ErrUnexpectedEOF
		}
		lens[lengthOrder[i]] = uint8(r.take(3))
	}
	// The table of the lengths' code, 7 bits at most, stands where that of
	// the literals comes to stand afterwards.
	table := d.own.literals.primary[:128]
	if !build(table, nil, 7, lens[:], lengthSymbols[:]) {
		return ErrCorrupt
	}
	all := d.lengths[:literals+distances]
	for i := 0; i < len(all); {
		r.fill()
		e := table[r.hold&127]
		size := uint(e & 63)
		if e&isSpecial != 0 || size > r.n {
			return short(r, e)
		}
		r.take(size)
		symbol := uint8(e >> 16)
		if symbol < 16 {
			all[i] = symbol
			i++
			continue
		}
		var value uint8
		extra, repeat := uint(7), 11
		switch symbol {
		case 16:
			if i == 0 {
				return ErrCorrupt
			}
			value, extra, repeat = all[i-1], 2, 3
		case 17:
			extra, repeat = 3, 3
		}
		if !r.need(extra) {
			return io.ErrUnexpectedEOF
		}
		repeat += int(r.take(extra))
		if repeat > len(all)-i {
			return ErrCorrupt
		}
		for range repeat {
			all[i] = value
			i++
		}
	}
	if !build(d.own.literals.primary[:], d.own.literals.sub[:], litBits, all[:literals], litSymbols[:]) ||
		!build(d.own.distances.primary[:], d.own.distances.sub[:], distBits, all[literals:], distSymbols[:]) {
		return ErrCorrupt
	}
	return nil
}

// build fills the tables of a canonical code from the lengths of its symbols.
// It reports false for lengths that are no complete code; a single code of one
// bit, and none at all, are accepted like everywhere.
func build(primary, sub []uint32, width uint, lens []uint8, symbols []uint32) bool {
	var count [maxCode + 1]int
	for _, n := range lens {
		count[n]++
	}
	count[0] = 0
	left, longest := 1, uint(0)
	var at [maxCode + 2]int
	for n := 1; n <= maxCode; n++ {
		left = left<<1 - count[n]
		if left < 0 {
			return false
		}
		at[n+1] = at[n] + count[n]
		if count[n] > 0 {
			longest = uint(n)
		}
	}
	if left > 0 {
		if longest > 1 {
			return false
		}
		for i := range primary {
			primary[i] = isSpecial
		}
	}
	var sorted [maxLitLen]uint16
	for s, n := range lens {
		if n != 0 {
			sorted[at[n]] = uint16(s)
			at[n]++
		}
	}
	total := at[maxCode] // at[15] has been moved to its end
	if left > 0 {
		if total == 1 {
			for j := uint32(0); j < uint32(len(primary)); j += 2 {
				primary[j] = symbols[sorted[0]] | 1
			}
		}
		return true
	}
	// Codes in their turned-round form, the shortest first. Each fills one
	// entry; with each bit more the table is copied behind itself.
	i, turned, size := 0, uint32(0), uint32(2)
	for n := uint(1); n <= width; n++ {
		for range count[n] {
			primary[turned] = symbols[sorted[i]] | uint32(n)
			i++
			turned = following(turned, size)
		}
		if n < width {
			copy(primary[size:2*size], primary[:size])
			size *= 2
		}
	}
	if i == total {
		return true
	}
	return long(primary, sub, width, longest, count, sorted[i:total], symbols, turned)
}

// following returns the code after code, both turned round, in a table of size.
func following(code, size uint32) uint32 {
	open := code ^ (size - 1)
	if open == 0 {
		return code // the last one
	}
	bit := uint32(1) << (31 - bits.LeadingZeros32(open))
	return code&(bit-1) | bit
}

// long fills the tables below for codes longer than width; code is the first,
// of width bits so far and turned round.
func long(primary, sub []uint32, width, longest uint, count [maxCode + 1]int, sorted []uint16, symbols []uint32, code uint32) bool {
	next, start, subBits := 0, 0, uint(0)
	prefix := ^uint32(0)
	size := uint32(1) << width
	i := 0
	for n := width + 1; n <= longest; n++ {
		size *= 2
		for k := count[n]; k > 0; k-- {
			if p := code & (1<<width - 1); p != prefix {
				prefix = p
				// Just wide enough for the codes that share these bits.
				subBits = n - width
				for open := k; subBits+width < longest && open < 1<<subBits; subBits++ {
					open = open<<1 + count[width+subBits+1]
				}
				start, next = next, next+1<<subBits
				if next > len(sub) {
					return false
				}
				primary[prefix] = uint32(start)<<16 | uint32(subBits)<<8 | isSub
			}
			entry := symbols[sorted[i]] | uint32(n)
			i++
			for j := code >> width; j < 1<<subBits; j += 1 << (n - width) {
				sub[start+int(j)] = entry
			}
			code = following(code, size)
		}
	}
	return true
}
