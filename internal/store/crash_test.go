package store

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weir-telemetry/weir/internal/fact"
	"github.com/weir-telemetry/weir/test/servers"
)

const writerEnv = "WEIR_STORE_TEST_WRITER"

// writeReports is the process that is killed: it stores reports from a number
// on, and tells each that was acknowledged.
func writeReports(spec string) error {
	driver, rest, _ := strings.Cut(spec, "|")
	address, number, _ := strings.Cut(rest, "|")
	sequence, err := strconv.ParseUint(number, 10, 64)
	if err != nil {
		return err
	}
	s, err := Open(context.Background(), Options{Driver: driver, Path: address, DSN: address})
	if err != nil {
		return err
	}
	project, err := s.ProjectID(context.Background(), "p")
	if err != nil {
		return err
	}
	for ; ; sequence++ {
		if _, err := s.Keep(context.Background(), Sender{Project: project}, []*fact.Report{report(1, sequence, noon)}); err != nil {
			return err
		}
		fmt.Println(sequence)
	}
}

// TestKilledWriterLosesNothing kills the writer at random moments. Each next
// one begins with the last report that was acknowledged, as a sender does whose
// acknowledgement got lost.
func TestKilledWriterLosesNothing(t *testing.T) {
	both(t, func(t *testing.T, o Options) {
		s, _, p := opened(t, o)
		address := o.DSN
		if o.Driver == SQLite {
			address = o.Path
		}
		exe, err := os.Executable()
		require.NoError(t, err)
		acknowledged := uint64(1)
		for range servers.Long(20, 200) {
			cmd := exec.Command(exe)
			cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s|%s|%d", writerEnv, o.Driver, address, acknowledged))
			out, err := cmd.StdoutPipe()
			require.NoError(t, err)
			require.NoError(t, cmd.Start())
			lines := bufio.NewScanner(out)
			require.True(t, lines.Scan(), "the writer stored nothing")
			time.AfterFunc(time.Duration(rand.IntN(60))*time.Millisecond, func() { _ = cmd.Process.Kill() })
			for ok := true; ok; ok = lines.Scan() {
				n, err := strconv.ParseUint(lines.Text(), 10, 64)
				if err != nil {
					break // killed within a line
				}
				acknowledged = n
			}
			_ = cmd.Wait()
		}
		require.Greater(t, acknowledged, uint64(1))
		// What was acknowledged is there; one more may be, unacknowledged.
		keep(t, s, p, report(1, acknowledged, noon))
		var reports, last uint64
		require.NoError(t, s.row(t.Context(), "SELECT COUNT(*), MAX(sequence) FROM reports").Scan(&reports, &last))
		assert.Equal(t, last, reports)
		assert.Contains(t, []uint64{acknowledged, acknowledged + 1}, last)
		flows, err := s.Flows(t.Context(), p.ID)
		require.NoError(t, err)
		assert.EqualValues(t, reports*41, flows[0].Seen) // none doubled
		v, err := s.Verify(t.Context(), p.ID)
		require.NoError(t, err)
		assert.Equal(t, Verdict{OK: true, Envelopes: int64(reports)}, v)
	})
}

func TestFullDiskMayBeRetried(t *testing.T) {
	s, _, p := opened(t, Options{Driver: SQLite, Path: filepath.Join(t.TempDir(), "weir.db")})
	var pages int
	require.NoError(t, s.write.QueryRowContext(t.Context(), "PRAGMA page_count").Scan(&pages))
	limit := func(n int) {
		_, err := s.write.ExecContext(t.Context(), "PRAGMA max_page_count = "+strconv.Itoa(n))
		require.NoError(t, err)
	}
	limit(pages)
	var err error
	sequence := uint64(1)
	for ; err == nil && sequence < 1000; sequence++ {
		_, err = s.Keep(t.Context(), Sender{Project: p.ID}, []*fact.Report{report(1, sequence, noon)})
	}
	require.Error(t, err)
	assert.True(t, IsDiskFull(err), err)
	assert.False(t, IsPermanent(err))
	limit(1 << 20)
	assert.Equal(t, 1, keep(t, s, p, report(1, sequence-1, noon)).Stored)
}

// TestConcurrentBatches stores from many senders at once, each report twice.
func TestConcurrentBatches(t *testing.T) {
	both(t, func(t *testing.T, o Options) {
		s, _, p := opened(t, o)
		const senders, reports = 8, 10
		done := make(chan error, 2*senders)
		for sender := range 2 * senders {
			go func() {
				var err error
				for i := range reports {
					_, e := s.Keep(t.Context(), Sender{Project: p.ID}, []*fact.Report{report(uint64(sender%senders+1), uint64(i+1), noon)})
					if e != nil {
						err = e
					}
					if _, e := s.Map(t.Context(), p.ID); e != nil {
						err = e
					}
				}
				done <- err
			}()
		}
		for range 2 * senders {
			require.NoError(t, <-done)
		}
		flows, err := s.Flows(t.Context(), p.ID)
		require.NoError(t, err)
		assert.EqualValues(t, senders*reports*41, flows[0].Seen)
		v, err := s.Verify(t.Context(), p.ID)
		require.NoError(t, err)
		assert.True(t, v.OK, v.Problem)
	})
}
