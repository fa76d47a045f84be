package run

import (
	"bufio"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// settleAfter is when starting is over as a rule, and when it is over also where
// a store answered late.
var settleAfter = []time.Duration{3 * time.Second, 15 * time.Second}

// settleMemory lets go, some time after the start, of those pages of the
// program's file that only starting needed: they are two thirds of an idle
// agent's resident memory. What is needed again comes back from the page cache,
// without the disk as a rule.
func settleMemory() {
	for _, after := range settleAfter {
		time.AfterFunc(after, settle)
	}
}

func settle() {
	exe, err := os.Executable()
	if err != nil {
		return
	}
	f, err := os.Open("/proc/self/smaps")
	if err != nil {
		return
	}
	defer f.Close()
	for _, m := range cleanMappings(f, exe) {
		// Failing means that the pages stay.
		_, _, _ = unix.Syscall(unix.SYS_MADVISE, m.from, m.to-m.from, unix.MADV_DONTNEED)
	}
}

// mapping is a range of addresses.
type mapping struct{ from, to uintptr }

// cleanMappings reads /proc/PID/smaps and returns the ranges of the file exe that
// can't be written and hold no page that differs from the file.
func cleanMappings(smaps io.Reader, exe string) (out []mapping) {
	var m mapping
	candidate := false
	for lines := bufio.NewScanner(smaps); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		switch {
		case len(fields) >= 5 && !strings.HasSuffix(fields[0], ":"): // from-to rights offset device inode path
			from, to, ok := strings.Cut(fields[0], "-")
			a, err1 := strconv.ParseUint(from, 16, 64)
			b, err2 := strconv.ParseUint(to, 16, 64)
			m = mapping{uintptr(a), uintptr(b)}
			candidate = ok && err1 == nil && err2 == nil && a < b &&
				len(fields) == 6 && fields[5] == exe && fields[1][1] == '-'
		case candidate && len(fields) == 3 && fields[0] == "Anonymous:":
			if fields[1] == "0" {
				out = append(out, m)
			}
			candidate = false
		}
	}
	return out
}
