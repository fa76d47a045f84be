package capture

import (
	"runtime"
	"testing"
	"time"

	"github.com/weir-telemetry/weir/bench/cpu"
)

// Both must find every pair of an undamaged capture, or the race is not fair.
func TestBothReadUndamaged(t *testing.T) {
	for _, mss := range []int{60000, 1448} {
		s := shape{mss: mss, conns: 8, pairs: 50, gzip: 3}
		file := build(t, s)
		for name, read := range readers {
			if v := read(t, file); v.right != s.conns*s.pairs || v.wrong != 0 {
				t.Errorf("%s, segments of %d: %+v, want %d right", name, mss, v, s.conns*s.pairs)
			}
		}
	}
}

var readers = map[string]func(testing.TB, []byte) verdict{"weir": weir, "gopacket": gopacketHTTP}

func BenchmarkPairs(b *testing.B) {
	runtime.GOMAXPROCS(1)
	for _, s := range shapes {
		b.Run(s.name, func(b *testing.B) {
			file := build(b, s)
			runtime.GC()
			for b.Loop() {
				w, wr := rate(b, file, weir)
				g, gr := rate(b, file, gopacketHTTP)
				report(b, "weir", w, wr)
				report(b, "gopacket", g, gr)
				b.ReportMetric(wr/gr, "ratio")
				least := s.least
				if least == 0 {
					least = 3
				}
				if wr < least*gr {
					b.Errorf("ratio %.1f: want at least %.1f", wr/gr, least)
				}
				if w.wrong > 0 || (s.loss == 0 && w.right != s.conns*s.pairs) {
					b.Errorf("weir: %d right, %d wrong of %d pairs", w.right, w.wrong, s.conns*s.pairs)
				}
			}
		})
	}
}

func report(b *testing.B, who string, v verdict, rate float64) {
	b.ReportMetric(rate, who+"-pairs/cpu-s")
	b.ReportMetric(float64(v.right), who+"-right")
	b.ReportMetric(float64(v.wrong), who+"-wrong")
	b.Logf("%-8s %8.0f pairs per CPU-second, %d right, %d wrong, %d bytes of bodies", who, rate, v.right, v.wrong, v.bytes)
}

// rate reads the file until a second of CPU is spent and returns the right
// pairs per CPU-second.
func rate(b *testing.B, file []byte, read func(testing.TB, []byte) verdict) (v verdict, perSec float64) {
	read(b, file) // warm
	from, n := cpu.Spent(b), 0
	for n == 0 || cpu.Spent(b)-from < time.Second {
		v = read(b, file)
		n += v.right
	}
	return v, float64(n) / (cpu.Spent(b) - from).Seconds()
}
