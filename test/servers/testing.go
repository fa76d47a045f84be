package servers

import (
	"os"
	"testing"
)

// Need ends the test when err tells that a server can't be had: it fails when
// the environment has CI=true and skips with the reason elsewhere.
func Need(tb testing.TB, err error) {
	tb.Helper()
	if err == nil {
		return
	}
	if os.Getenv("CI") == "true" {
		tb.Fatalf("a server that this test needs is missing: %v", err)
	}
	tb.Skipf("SKIPPED, a server that this test needs is missing: %v", err)
}

// Attach closes the server at the end of the test and shows the end of its log
// when the test failed.
func Attach(tb testing.TB, s *Server) {
	tb.Helper()
	tb.Cleanup(func() {
		if tb.Failed() {
			tb.Logf("log of %s:\n%s", s.spec.Name, s.LogTail(8192))
		}
		if err := s.Close(); err != nil {
			tb.Errorf("close %s: %v", s.spec.Name, err)
		}
	})
}

// Long returns how often a test repeats what it does to its server: short in an
// ordinary run, long when the environment has WEIR_SOAK set (make soak).
func Long(short, long int) int {
	if os.Getenv("WEIR_SOAK") != "" {
		return long
	}
	return short
}
