package inflate

import (
	"encoding/binary"
	"errors"
	"io"
)

// The errors, besides io.ErrUnexpectedEOF for input that is cut short.
var (
	// ErrCorrupt is input that breaks the format.
	ErrCorrupt = errors.New("inflate: corrupt input")
	// ErrLimit says that there is more output than was asked for.
	ErrLimit = errors.New("inflate: output limit reached")
)

// Decoder holds the tables. The zero value is ready; it is not safe for
// concurrent use, and takes about 10 KB.
type Decoder struct {
	own     tables // of the present block, when it brings its own
	lengths [maxLitLen + maxDist]uint8
}

// reader takes bits off the input, the lowest first.
type reader struct {
	src  []byte
	at   int    // of the next byte that is not in hold
	hold uint64 // bits, the next one lowest
	n    uint   // how many of hold count; those above are right or zero
}

// fill makes at least 56 bits valid, or all that are left.
func (r *reader) fill() {
	if r.at+8 <= len(r.src) {
		r.hold |= binary.LittleEndian.Uint64(r.src[r.at:]) << (r.n & 63)
		r.at += int((63 - r.n) >> 3)
		r.n |= 56
		return
	}
	for r.n <= 56 && r.at < len(r.src) {
		r.hold |= uint64(r.src[r.at]) << r.n
		r.at++
		r.n += 8
	}
}

// take returns the next k bits, which must be valid.
func (r *reader) take(k uint) uint64 {
	v := r.hold & (1<<k - 1)
	r.hold >>= k
	r.n -= k
	return v
}

// need makes k bits valid, k at most 32, and reports whether there are so many.
func (r *reader) need(k uint) bool {
	if r.n < k {
		r.fill()
	}
	return r.n >= k
}

// align drops the bits up to the next byte and gives whole bytes back.
func (r *reader) align() {
	r.n &^= 7
	r.at -= int(r.n >> 3)
	r.hold, r.n = 0, 0
}

// Append appends the decompressed form of a DEFLATE stream to dst, limit bytes
// at most, and returns how many bytes of src belong to the stream.
func (d *Decoder) Append(dst, src []byte, limit int) (out []byte, used int, err error) {
	r := reader{src: src}
	end := len(dst) + limit
	base := len(dst)
	for {
		if !r.need(3) {
			return dst, len(src), io.ErrUnexpectedEOF
		}
		last := r.take(1) == 1
		switch r.take(2) {
		case 0:
			dst, err = stored(&r, dst, end)
		case 1:
			dst, err = fixedTables().block(&r, dst, base, end)
		case 2:
			if err = d.readCodes(&r); err == nil {
				dst, err = d.own.block(&r, dst, base, end)
			}
		default:
			err = ErrCorrupt
		}
		if err != nil {
			return dst, len(src), err
		}
		if last {
			r.align()
			return dst, r.at, nil
		}
	}
}

// stored copies a block that is not compressed.
func stored(r *reader, dst []byte, end int) ([]byte, error) {
	r.align()
	if len(r.src)-r.at < 4 {
		return dst, io.ErrUnexpectedEOF
	}
	n := binary.LittleEndian.Uint16(r.src[r.at:])
	if binary.LittleEndian.Uint16(r.src[r.at+2:]) != ^n {
		return dst, ErrCorrupt
	}
	r.at += 4
	from := r.src[r.at:]
	var err error
	if len(from) < int(n) {
		err = io.ErrUnexpectedEOF
	} else {
		from = from[:n]
	}
	if len(from) > end-len(dst) {
		from, err = from[:end-len(dst)], ErrLimit
	}
	r.at += len(from)
	return append(dst, from...), err
}

// room is what one round of the fast loop writes at most: a match of 258 bytes
// and what copying in words writes beyond it.
const room = 258 + 16

// block decodes symbols up to the end of the block. base is where the stream's
// output begins: no match reaches before it.
func (t *tables) block(r *reader, dst []byte, base, end int) ([]byte, error) {
	for {
		if cap(dst)-len(dst) < room {
			dst = grow(dst, end)
		}
		var done bool
		var err error
		if cap(dst)-len(dst) >= room && len(r.src)-r.at >= 8 && len(dst) <= end-3 {
			dst, done, err = t.fast(r, dst, base, end)
		} else {
			dst, done, err = t.careful(r, dst, base, end)
		}
		if done || err != nil {
			return dst, err
		}
	}
}

// grow makes room for more output: at least one round's, and half as much again.
func grow(dst []byte, end int) []byte {
	want := len(dst) + max(room, len(dst)/2, 1024)
	want = min(want, end+room)
	if want <= cap(dst) {
		return dst
	}
	bigger := make([]byte, len(dst), want)
	copy(bigger, dst)
	return bigger
}

// fast decodes while a round can neither run out of input nor of capacity, and
// so needs no check of either within.
func (t *tables) fast(r *reader, dst []byte, base, end int) (_ []byte, done bool, err error) {
	out := dst[:cap(dst)]
	w := len(dst)
	stop := min(len(out)-room, end-3) // three literals a round
	src, at, hold, n := r.src, r.at, r.hold, r.n
	lits, dists := &t.literals, &t.distances
	for w <= stop && at+8 <= len(src) {
		hold |= binary.LittleEndian.Uint64(src[at:]) << (n & 63)
		at += int((63 - n) >> 3)
		n |= 56

		// 56 bits hold three literals at least (15 bits each).
		e := lits.primary[hold&litMask]
		if e&isLiteral != 0 {
			hold >>= e & 63
			n -= uint(e & 63)
			out[w] = byte(e >> 16)
			w++
			e = lits.primary[hold&litMask]
			if e&isLiteral != 0 {
				hold >>= e & 63
				n -= uint(e & 63)
				out[w] = byte(e >> 16)
				w++
				e = lits.primary[hold&litMask]
				if e&isLiteral != 0 {
					hold >>= e & 63
					n -= uint(e & 63)
					out[w] = byte(e >> 16)
					w++
					continue
				}
			}
			// A length, its extra bits, a distance and its: 48 bits.
			hold |= refill(src, at, n)
			if at+8 > len(src) {
				// Too near to the end: the careful loop goes on from here.
				break
			}
			at += int((63 - n) >> 3)
			n |= 56
		}
		if e&isSub != 0 {
			hold0 := hold >> litBits
			e = lits.sub[(e>>16)+uint32(hold0)&(1<<(e>>8&15)-1)]
			if e&isLiteral != 0 {
				hold >>= e & 63
				n -= uint(e & 63)
				out[w] = byte(e >> 16)
				w++
				continue
			}
		}
		if e&isSpecial != 0 {
			hold >>= e & 63
			n -= uint(e & 63)
			r.at, r.hold, r.n = at, hold, n
			if e&isEnd != 0 {
				return out[:w], true, nil
			}
			return out[:w], true, ErrCorrupt
		}
		hold >>= e & 63
		n -= uint(e & 63)
		extra := uint(e >> 8 & 15)
		length := int(e>>16&0x1ff) + int(hold&(1<<extra-1))
		hold >>= extra
		n -= extra

		e = dists.primary[hold&distMask]
		if e&isSub != 0 {
			hold0 := hold >> distBits
			e = dists.sub[(e>>16)+uint32(hold0)&(1<<(e>>8&15)-1)]
		}
		if e&isSpecial != 0 {
			r.at, r.hold, r.n = at, hold, n
			return out[:w], true, ErrCorrupt
		}
		hold >>= e & 63
		n -= uint(e & 63)
		extra = uint(e >> 8 & 15)
		distance := int(e>>16&0x7fff) + int(hold&(1<<extra-1))
		hold >>= extra
		n -= extra
		from := w - distance
		if from < base {
			r.at, r.hold, r.n = at, hold, n
			return out[:w], true, ErrCorrupt
		}
		if w+length > end {
			r.at, r.hold, r.n = at, hold, n
			for ; w < end; w++ {
				out[w] = out[w-distance]
			}
			return out[:w], true, ErrLimit
		}
		if distance >= 8 {
			// Words: what is written beyond the match is overwritten later.
			for i := 0; i < length; i += 8 {
				binary.LittleEndian.PutUint64(out[w+i:], binary.LittleEndian.Uint64(out[from+i:]))
			}
		} else if distance == 1 {
			v := uint64(out[from]) * 0x0101010101010101
			for i := 0; i < length; i += 8 {
				binary.LittleEndian.PutUint64(out[w+i:], v)
			}
		} else {
			for i := 0; i < length; i++ {
				out[w+i] = out[from+i]
			}
		}
		w += length
	}
	r.at, r.hold, r.n = at, hold, n
	return out[:w], false, nil
}

func refill(src []byte, at int, n uint) uint64 {
	if at+8 > len(src) {
		return 0
	}
	return binary.LittleEndian.Uint64(src[at:]) << (n & 63)
}

// careful decodes one symbol near the end of input or output.
func (t *tables) careful(r *reader, dst []byte, base, end int) (_ []byte, done bool, err error) {
	r.fill()
	e := t.literals.primary[r.hold&litMask]
	if e&isSub != 0 {
		e = t.literals.sub[(e>>16)+uint32(r.hold>>litBits)&(1<<(e>>8&15)-1)]
	}
	if size := uint(e & 63); size > r.n || e&isSpecial != 0 && e&isEnd == 0 {
		return dst, true, short(r, e)
	}
	r.take(uint(e & 63))
	switch {
	case e&isLiteral != 0:
		if len(dst) >= end {
			return dst, true, ErrLimit
		}
		return append(dst, byte(e>>16)), false, nil
	case e&isSpecial != 0:
		return dst, true, nil
	}
	extra := uint(e >> 8 & 15)
	if !r.need(extra) {
		return dst, true, io.ErrUnexpectedEOF
	}
	length := int(e>>16&0x1ff) + int(r.take(extra))
	r.fill()
	e = t.distances.primary[r.hold&distMask]
	if e&isSub != 0 {
		e = t.distances.sub[(e>>16)+uint32(r.hold>>distBits)&(1<<(e>>8&15)-1)]
	}
	if size := uint(e & 63); size > r.n || e&isSpecial != 0 {
		return dst, true, short(r, e)
	}
	r.take(uint(e & 63))
	extra = uint(e >> 8 & 15)
	if !r.need(extra) {
		return dst, true, io.ErrUnexpectedEOF
	}
	distance := int(e>>16&0x7fff) + int(r.take(extra))
	if distance > len(dst)-base {
		return dst, true, ErrCorrupt
	}
	for range length {
		if len(dst) >= end {
			return dst, true, ErrLimit
		}
		dst = append(dst, dst[len(dst)-distance])
	}
	return dst, false, nil
}

// short tells input that ends within a code from a code that does not exist.
func short(r *reader, e uint32) error {
	if e&isSpecial != 0 && uint(e&63) <= r.n && r.n >= maxCode {
		return ErrCorrupt
	}
	if r.at < len(r.src) || r.n >= maxCode {
		return ErrCorrupt
	}
	return io.ErrUnexpectedEOF
}
