//go:build unix

package ledger

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const killDir = "WEIR_LEDGER_KILL_DIR"

// TestMain is the process that is killed: it appends for ever, and says each
// digest that is safely on disk.
func TestMain(m *testing.M) {
	dir := os.Getenv(killDir)
	if dir == "" {
		os.Exit(m.Run())
	}
	l, _, err := Open(dir, Options{FileBytes: 20_000, Files: 3})
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	t := &testing.T{}
	s := newSender(l)
	for {
		if err := l.Append(s.next(t)); err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
		fmt.Printf("%x\n", l.Digest())
	}
}

func TestKilled(t *testing.T) {
	dir := t.TempDir()
	rng := rand.New(rand.NewPCG(4, 2))
	for range 20 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), killDir+"="+dir)
		out, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		last, left := "", 2+rng.IntN(10)
		for scan := bufio.NewScanner(out); scan.Scan(); {
			require.NotContains(t, scan.Text(), "error")
			if len(scan.Text()) == 64 {
				last = scan.Text()
			}
			if left--; left == 0 { // it goes on meanwhile
				time.AfterFunc(time.Duration(rng.IntN(3000))*time.Microsecond, func() { _ = cmd.Process.Kill() })
			}
		}
		_ = cmd.Wait()
		v := verify(t, dir)
		require.True(t, v.OK(), v.Problem)
		l, _ := open(t, dir, Options{})
		require.NoError(t, l.Close())
		require.NotEmpty(t, last)
		// What was said to be on disk is there; one more may be.
		var digests []string
		require.NoError(t, Show(dir, func(e *Entry) error {
			digests = append(digests, e.Digest)
			return nil
		}))
		tail := digests[max(0, len(digests)-2):]
		require.Contains(t, strings.Join(tail, " "), last)
	}
	require.Greater(t, verify(t, dir).Removed, uint64(0), "files were rotated on the way")
}
