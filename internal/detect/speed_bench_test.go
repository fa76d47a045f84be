package detect

import (
	"strings"
	"syscall"
	"testing"
	"time"
)

func bench(b *testing.B, s string, scan func(*Engine, *Result, []byte)) {
	e, _ := New(Options{})
	var r Result
	in := []byte(strings.Repeat(s, 64<<10/len(s)))
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	from, n := cpu(), 0
	for b.Loop() {
		r.Reset()
		scan(e, &r, in)
		n++
	}
	b.ReportMetric(float64(n*len(in))/1e6/(cpu()-from).Seconds(), "MB/cpu-s")
}

// cpu is the time this process had of a processor: a busy machine does not
// change it.
func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func BenchmarkText(b *testing.B) {
	bench(b, "2026-11-21T08:00:01Z INFO com.shop.OrderService - order 100042 stored in 17 ms by ann@example.com from 203.0.113.7\n", text)
}

// BenchmarkPlain is of lines that hold nothing.
func BenchmarkPlain(b *testing.B) {
	bench(b, "2026-11-21T08:00:01.123Z INFO com.shop.order.OrderService - order stored after 3 attempts in 17 ms, trace_id=4bf92f3577b34da6a3ce929d0e0e4736 status=ok\n", text)
}

func BenchmarkJSON(b *testing.B) {
	bench(b, `{"id":100042,"user":{"name":"Ann Lee","email":"ann@example.com"},"items":[{"sku":"A-17","price":12.5,"note":"left at the door"}]}`+"\n",
		func(e *Engine, r *Result, b []byte) { e.JSON(r, b, Input{Root: "$"}) })
}
