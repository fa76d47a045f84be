package inflate

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	kgzip "github.com/klauspost/compress/gzip"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// texts are of many shapes: empty, runs, periods, words, noise, long.
func texts() [][]byte {
	r := rand.New(rand.NewPCG(1, 2))
	out := [][]byte{nil, []byte("a"), []byte("hello, hello, hello"), bytes.Repeat([]byte{0}, 100_000)}
	for period := 2; period < 20; period++ {
		out = append(out, bytes.Repeat([]byte("abcdefghijklmnopqrstuvwxyz"[:period]), 3000/period))
	}
	for _, n := range []int{10, 257, 258, 259, 5000, 70_000, 300_000} {
		noise := make([]byte, n)
		for i := range noise {
			noise[i] = byte(r.Uint32())
		}
		words := make([]byte, 0, n)
		for len(words) < n {
			words = fmt.Appendf(words, `{"id":%d,"name":"%s","tags":["a","%c"]},`, r.IntN(1e6), strings.Repeat("x", r.IntN(30)), 'a'+r.IntN(26))
		}
		skew := make([]byte, n) // long codes
		for i := range skew {
			skew[i] = byte(min(255, int(-20*logOf(r.Float64()))))
		}
		out = append(out, noise, words, skew)
	}
	return out
}

func logOf(f float64) float64 { // good enough, always below 0
	n := 0.0
	for f > 0 && f < 0.9 {
		f *= 1.1
		n--
	}
	return n / 10
}

func compress(t testing.TB, level int, text []byte) []byte {
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, level)
	require.NoError(t, err)
	_, err = w.Write(text)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}

func TestRoundTrip(t *testing.T) {
	var d Decoder
	for i, text := range texts() {
		for _, level := range []int{flate.HuffmanOnly, 0, 1, 6, 9} {
			packed := compress(t, level, text)
			out, used, err := d.Append([]byte("before"), append(packed, "after"...), len(text))
			require.NoError(t, err, "text %d level %d", i, level)
			require.Equal(t, len(packed), used)
			require.Equal(t, "before", string(out[:6]))
			require.True(t, bytes.Equal(text, out[6:]), "text %d level %d", i, level)
		}
	}
}

// A prefix of the input gives a prefix of the output and an error.
func TestPrefixes(t *testing.T) {
	var d Decoder
	for _, text := range texts() {
		if len(text) > 6000 {
			continue
		}
		packed := compress(t, 6, text)
		for n := 0; n < len(packed); n += 1 + n/50 {
			out, _, err := d.Append(nil, packed[:n:n], len(text))
			require.ErrorIs(t, err, io.ErrUnexpectedEOF, "%d of %d", n, len(packed))
			require.True(t, bytes.HasPrefix(text, out))
		}
	}
}

func TestLimit(t *testing.T) {
	var d Decoder
	for _, text := range texts() {
		for _, level := range []int{0, 6} {
			packed := compress(t, level, text)
			for _, limit := range []int{0, 1, 2, 3, 100, len(text) / 2, len(text) - 1} {
				if limit < 0 || limit >= len(text) {
					continue
				}
				out, _, err := d.Append(nil, packed, limit)
				require.ErrorIs(t, err, ErrLimit)
				require.True(t, bytes.Equal(text[:limit], out))
				require.LessOrEqual(t, cap(out), 2*limit+2048, "memory follows the limit, not the input")
			}
		}
	}
}

func TestCorrupt(t *testing.T) {
	var d Decoder
	for name, src := range map[string]string{
		"block type 3":           "\x07",
		"length check of stored": "\x01\x05\x00\x00\x00hello",
		"distance too far":       string(compress(t, 6, []byte("hello hello hello"))[:0]) + "\x03\x02\x00",
	} {
		_, _, err := d.Append([]byte("earlier output is no window"), []byte(src), 100)
		assert.Error(t, err, name)
	}
}

func TestGzipAndZlib(t *testing.T) {
	var d Decoder
	text := texts()[10]
	var b bytes.Buffer
	for range 2 { // two members
		w := gzip.NewWriter(&b)
		w.Name, w.Comment, w.Extra = "name", "comment", []byte("extra")
		_, err := w.Write(text)
		require.NoError(t, err)
		require.NoError(t, w.Close())
	}
	twice := append(append([]byte{}, text...), text...)
	out, err := d.Gzip(nil, b.Bytes(), 1<<20)
	require.NoError(t, err)
	require.Equal(t, twice, out)
	out, err = d.Gzip(nil, b.Bytes(), len(text)+3)
	require.ErrorIs(t, err, ErrLimit)
	require.Equal(t, twice[:len(text)+3], out)
	for n := range b.Len() {
		out, err := d.Gzip(nil, b.Bytes()[:n], 1<<20)
		if n != b.Len()/2 { // the first member alone is whole
			require.Error(t, err, n)
		}
		require.True(t, bytes.HasPrefix(twice, out))
	}
	damaged := bytes.Clone(b.Bytes())
	damaged[len(damaged)-6] ^= 1
	out, err = d.Gzip(nil, damaged, 1<<20)
	require.ErrorIs(t, err, ErrCorrupt)
	require.Equal(t, twice, out)

	var z bytes.Buffer
	w := zlib.NewWriter(&z)
	_, err = w.Write(text)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	require.True(t, IsZlib(z.Bytes()))
	out, err = d.Zlib(nil, z.Bytes(), 1<<20)
	require.NoError(t, err)
	require.Equal(t, text, out)
	z.Bytes()[z.Len()-1] ^= 1
	_, err = d.Zlib(nil, z.Bytes(), 1<<20)
	require.ErrorIs(t, err, ErrCorrupt)
	_, err = d.Zlib(nil, []byte{0x78, 0xbb, 1, 2, 3, 4}, 100)
	require.ErrorIs(t, err, ErrCorrupt, "a preset dictionary")
}

func TestNoAllocation(t *testing.T) {
	var d Decoder
	text := bytes.Repeat([]byte("some text that repeats, and some more of it; "), 100)
	packed := compress(t, 6, text)
	out := make([]byte, 0, len(text)+room)
	assert.Zero(t, testing.AllocsPerRun(100, func() { _, _, _ = d.Append(out[:0], packed, len(text)) }))
}

// The standard library is the measure: where it gives all of the output, so
// do we; where it fails, we fail, with the same output before.
func FuzzInflate(f *testing.F) {
	for _, text := range texts() {
		if len(text) < 2000 {
			for _, level := range []int{0, 1, 9, flate.HuffmanOnly} {
				f.Add(compress(f, level, text), uint16(0))
			}
		}
	}
	f.Fuzz(func(t *testing.T, src []byte, less uint16) {
		const limit = 1 << 20
		want, wantErr := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(src)), limit))
		var d Decoder
		out, used, err := d.Append(nil, src, limit)
		if used > len(src) {
			t.Fatal("used more than there is")
		}
		if len(want) == limit {
			if !bytes.Equal(want, out) {
				t.Fatal("output differs at the limit")
			}
			return
		}
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("error %v, want %v", err, wantErr)
		}
		// Near damage the library may hold back what it has decoded.
		if err == nil && !bytes.Equal(want, out) || !bytes.HasPrefix(out, want) {
			t.Fatalf("output differs: %d bytes, want %d", len(out), len(want))
		}
		short, _, _ := d.Append(nil, src, min(int(less), len(out)))
		if !bytes.HasPrefix(out, short) {
			t.Fatal("a limit changes the output")
		}
	})
}

func BenchmarkInflate(b *testing.B) {
	var text []byte
	for i := 0; len(text) < 3700; i++ {
		text = fmt.Appendf(text, `{"id":%d,"name":"customer %d","email":"c%d@example.com","active":true},`, i*7919, i, i)
	}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = w.Write(text)
	_ = w.Close()
	run := func(name string, f func() int) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				if f() != len(text) {
					b.Fatal("wrong length")
				}
			}
		})
	}
	var d Decoder
	out := make([]byte, 0, len(text)+room)
	run("weir", func() int { out, _ = d.Gzip(out[:0], packed.Bytes(), 1<<20); return len(out) })
	var src bytes.Reader
	src.Reset(packed.Bytes())
	kz, _ := kgzip.NewReader(&src)
	buf := make([]byte, 8192)
	run("klauspost", func() int {
		src.Reset(packed.Bytes())
		_ = kz.Reset(&src)
		n, _ := io.ReadFull(kz, buf)
		return n
	})
	src.Reset(packed.Bytes())
	sz, _ := gzip.NewReader(&src)
	run("stdlib", func() int {
		src.Reset(packed.Bytes())
		_ = sz.Reset(&src)
		n, _ := io.ReadFull(sz, buf)
		return n
	})
}
