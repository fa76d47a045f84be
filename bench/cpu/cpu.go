// Package cpu measures the processor time that this process spends.
package cpu

import (
	"syscall"
	"testing"
	"time"
)

// Spent is the user and system time of the process until now.
func Spent(tb testing.TB) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// Rate runs pass, which handles n things, until a second is spent in it, and
// returns things per second. What prepare does is not counted.
func Rate(tb testing.TB, n int, prepare, pass func()) float64 {
	var spent time.Duration
	passes := 0
	for spent < time.Second {
		if prepare != nil {
			prepare()
		}
		from := Spent(tb)
		pass()
		spent += Spent(tb) - from
		passes++
	}
	return float64(n*passes) / spent.Seconds()
}
