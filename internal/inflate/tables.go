package inflate

import "io"

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

func (d *Decoder) buildFixed() {
	lens := d.lengths[:maxLitLen]
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
	build(d.literals.primary[:], d.literals.sub[:], litBits, lens, litSymbols[:])
	lens = d.lengths[:maxDist]
	for i := range lens {
		lens[i] = 5
	}
	build(d.distances.primary[:], d.distances.sub[:], distBits, lens, distSymbols[:])
	d.fixed = true
}

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
	table := d.literals.primary[:128]
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
	if !build(d.literals.primary[:], d.literals.sub[:], litBits, all[:literals], litSymbols[:]) ||
		!build(d.distances.primary[:], d.distances.sub[:], distBits, all[literals:], distSymbols[:]) {
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
	total := at[maxCode] // symbols with a code: at[15] has been moved to its end
	code := uint32(0)
	next, subStart, subBits := 0, 0, uint(0)
	prefix := ^uint32(0)
	for i, n := 0, uint(1); i < total; n++ {
		for k := count[n]; k > 0; k-- {
			entry := symbols[sorted[i]] | uint32(n)
			i++
			turned := reverse(code, n)
			code++
			if n <= width {
				for j := turned; j < uint32(len(primary)); j += 1 << n {
					primary[j] = entry
				}
				continue
			}
			if p := turned & (1<<width - 1); p != prefix {
				prefix = p
				// Just wide enough for the codes that share these bits.
				subBits = n - width
				for open := k; subBits+width < longest; subBits++ {
					if open >= 1<<subBits {
						break
					}
					open = open<<1 + count[width+subBits+1]
				}
				subStart, next = next, next+1<<subBits
				if next > len(sub) {
					return false
				}
				primary[prefix] = uint32(subStart)<<16 | uint32(subBits)<<8 | isSub
			}
			for j := turned >> width; j < 1<<subBits; j += 1 << (n - width) {
				sub[subStart+int(j)] = entry
			}
		}
		code <<= 1
	}
	return true
}
