package ledger

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
	"github.com/weir-telemetry/weir/internal/fact"
)

var (
	now      = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	identity = fact.NewIdentity([]byte("0123456789abcdef"))
)

// sender makes envelopes that follow what a ledger holds.
type sender struct {
	enc *fact.Encoder
	n   uint64
}

func newSender(l *Ledger) *sender {
	return &sender{enc: fact.NewEncoder(fact.EncoderOptions{Identity: identity, Sender: 5, Session: 6, Previous: l.Digest()})}
}

func (s *sender) next(t testing.TB) *uplinkv1.Envelope {
	t.Helper()
	s.n++
	web := fact.Ref{Type: uplinkv1.EntityType_ENTITY_TYPE_DEPLOYMENT, Namespace: "shop", Name: "web"}
	users := fact.Ref{Type: uplinkv1.EntityType_ENTITY_TYPE_DEPLOYMENT, Namespace: "shop", Name: "users"}
	r := &fact.Report{Agent: 1, Epoch: 2, Sequence: s.n, Start: now, Window: time.Minute,
		Entities: []fact.Entity{{Ref: users, Op: uplinkv1.Op_OP_STATE, Image: "ghcr.io/shop/users:1.2", Desired: 3, Ready: 2}},
		Edges: []fact.Edge{{Source: web, Destination: users, Protocol: uplinkv1.Protocol_PROTOCOL_HTTP, Port: 8080,
			Side: uplinkv1.Side_SIDE_SERVER, Op: uplinkv1.Op_OP_STATE, HasRates: true, Requests: 600, Errors: 6,
			Durations: fact.Histogram{Buckets: map[uint16]uint64{140: 590, 200: 10}}}},
		Symptoms: []fact.Symptom{{Code: "svc.latency.shift", Entity: users, Phase: uplinkv1.Phase_PHASE_START,
			Severity: uplinkv1.Severity_SEVERITY_WARNING, Onset: now, Time: now, Value: 0.25, Baseline: 0.01, Threshold: 0.02,
			Unit: uplinkv1.Unit_UNIT_SECONDS, Detector: uplinkv1.Detector_DETECTOR_BASELINE}},
		Flows: []fact.Flow{{Source: web, Destination: users, Method: uplinkv1.Method_METHOD_POST, Route: "/users/{id}/cards",
			DataType: uplinkv1.DataType_DATA_TYPE_PAYMENT_CARD, Sensitivity: uplinkv1.Sensitivity_SENSITIVITY_CRITICAL,
			FieldPath: "body.card.number", Seen: 4, First: now, Last: now}},
		Changes: []fact.Change{{Entity: users, Kind: uplinkv1.ChangeKind_CHANGE_KIND_ROLLOUT, Time: now, FromName: "1.1", ToName: "1.2"}},
	}
	out, err := s.enc.Encode(now, 1000, r)
	require.NoError(t, err)
	return out.Envelope
}

func open(t testing.TB, dir string, o Options) (*Ledger, Recovery) {
	t.Helper()
	if o.Now == nil {
		o.Now = func() time.Time { return now }
	}
	l, rec, err := Open(dir, o)
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	return l, rec
}

func fill(t testing.TB, l *Ledger, n int) {
	t.Helper()
	s := newSender(l)
	for range n {
		require.NoError(t, l.Append(s.next(t)))
	}
}

func verify(t testing.TB, dir string) Verdict {
	t.Helper()
	v, err := Verify(dir)
	require.NoError(t, err)
	return v
}

func TestAppendCloseAppendVerify(t *testing.T) {
	dir := t.TempDir()
	l, rec := open(t, dir, Options{})
	assert.Zero(t, rec)
	assert.Zero(t, l.Digest())
	fill(t, l, 3)
	digest := l.Digest()
	require.NoError(t, l.Close())
	require.ErrorIs(t, l.Append(newSender(l).next(t)), os.ErrClosed)
	l, rec = open(t, dir, Options{})
	assert.Zero(t, rec)
	assert.Equal(t, digest, l.Digest())
	fill(t, l, 2)
	v := verify(t, dir)
	assert.True(t, v.OK(), v.Problem)
	assert.EqualValues(t, 5, v.Envelopes)
	assert.Equal(t, 1, v.Files)
}

func TestOnlyOneProcessWrites(t *testing.T) {
	dir := t.TempDir()
	l, _ := open(t, dir, Options{})
	_, _, err := Open(dir, Options{})
	require.ErrorContains(t, err, "another process")
	require.NoError(t, l.Close())
	open(t, dir, Options{})
}

func TestOnlyWhatFollowsIsAppended(t *testing.T) {
	l, _ := open(t, t.TempDir(), Options{})
	s := newSender(l)
	first, second := s.next(t), s.next(t)
	require.ErrorContains(t, l.Append(second), "does not follow")
	first.BudgetLeftBytes++
	require.ErrorContains(t, l.Append(first), "does not match")
	first.BudgetLeftBytes--
	require.NoError(t, l.Append(first))
	require.NoError(t, l.Append(second))
}

func TestRotationKeepsTheChain(t *testing.T) {
	dir := t.TempDir()
	l, _ := open(t, dir, Options{FileBytes: 4000, Files: 3})
	for range 8 {
		fill(t, l, 5)
		require.NoError(t, l.Close())
		l, _ = open(t, dir, Options{FileBytes: 4000, Files: 3})
		v := verify(t, dir)
		require.True(t, v.OK(), v.Problem)
	}
	numbers, err := files(dir)
	require.NoError(t, err)
	assert.Len(t, numbers, 3)
	v := verify(t, dir)
	assert.EqualValues(t, 40, v.Envelopes+v.Removed)
	assert.Positive(t, v.Removed)

	// The process dies between the anchor and the removal, or right after a
	// file was begun.
	old := fileName(dir, numbers[0]-1)
	require.NoError(t, os.WriteFile(old, []byte("old\n"), 0o600))
	require.True(t, verify(t, dir).OK())
	require.NoError(t, l.Close())
	l, _ = open(t, dir, Options{})
	_, err = os.Stat(old)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.NoError(t, l.Close())
	require.NoError(t, os.WriteFile(fileName(dir, numbers[2]+1), nil, 0o600))
	l, _ = open(t, dir, Options{})
	fill(t, l, 1)
	require.True(t, verify(t, dir).OK())
}

func TestTornLineIsMended(t *testing.T) {
	dir := t.TempDir()
	l, _ := open(t, dir, Options{})
	fill(t, l, 2)
	require.NoError(t, l.Close())
	whole, err := os.ReadFile(fileName(dir, 1))
	require.NoError(t, err)
	first := strings.IndexByte(string(whole), '\n') + 1
	// The process dies at any byte of the second line.
	for cut := first; cut < len(whole); cut += 97 {
		require.NoError(t, os.WriteFile(fileName(dir, 1), whole[:cut], 0o600))
		l, rec, err := Open(dir, Options{})
		require.NoError(t, err)
		assert.EqualValues(t, cut-first, rec.TornBytes)
		fill(t, l, 1)
		require.NoError(t, l.Close())
		v := verify(t, dir)
		require.True(t, v.OK(), v.Problem)
		require.EqualValues(t, 2, v.Envelopes)
	}
}

func TestEveryChangeIsFound(t *testing.T) {
	dir := t.TempDir()
	l, _ := open(t, dir, Options{})
	fill(t, l, 4)
	require.NoError(t, l.Close())
	whole, err := os.ReadFile(fileName(dir, 1))
	require.NoError(t, err)
	text := strings.SplitAfter(string(whole), "\n")
	for name, changed := range map[string]string{
		"a line taken out":     text[0] + text[2] + text[3],
		"the first taken out":  text[1] + text[2] + text[3],
		"two lines exchanged":  text[0] + text[2] + text[1] + text[3],
		"a line twice":         text[0] + text[1] + text[1] + text[2] + text[3],
		"a name changed":       strings.Replace(string(whole), "shop/users", "shop/admin", 1),
		"a time changed":       strings.Replace(string(whole), "12:00:00Z", "12:00:01Z", 1),
		"something added":      strings.Replace(string(whole), `,"entry"`, `,"x":"y","entry"`, 1),
		"not a line":           text[0] + "x\n" + text[1] + text[2] + text[3],
		"an empty line":        text[0] + "\n" + text[1] + text[2] + text[3],
		"a key in other case":  strings.Replace(string(whole), `{"hash"`, `{"Hash"`, 1),
		"a hash in upper case": strings.Replace(text[0], text[0][9:73], strings.ToUpper(text[0][9:73]), 1) + text[1] + text[2] + text[3],
	} {
		t.Run(name, func(t *testing.T) {
			require.NotEqual(t, string(whole), changed)
			require.NoError(t, os.WriteFile(fileName(dir, 1), []byte(changed), 0o600))
			v := verify(t, dir)
			assert.False(t, v.OK())
			assert.Contains(t, v.Problem, "file 1")
			_, _, err := Open(dir, Options{})
			require.ErrorIs(t, err, ErrDamaged)
		})
	}
	// Any byte at all.
	for i := 0; i < len(whole); i += 53 {
		changed := append([]byte{}, whole...)
		changed[i] ^= 1
		require.NoError(t, os.WriteFile(fileName(dir, 1), changed, 0o600))
		v := verify(t, dir)
		if i == len(whole)-1 {
			continue // without its newline a line is torn
		}
		require.False(t, v.OK(), "byte %d", i)
	}
}

func TestOtherFilesAreLeftAlone(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"0000000009.jsonl", "ledger-7", "ledger-x.jsonl", "ledger-0.jsonl"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600))
	}
	require.NoError(t, os.Mkdir(filepath.Join(dir, "ledger-0000000003.jsonl"), 0o700))
	l, _ := open(t, dir, Options{})
	fill(t, l, 1)
	assert.Equal(t, 1, verify(t, dir).Files)
}

func TestMissingFileIsFound(t *testing.T) {
	dir := t.TempDir()
	l, _ := open(t, dir, Options{FileBytes: 3000, Files: 10})
	fill(t, l, 8)
	require.NoError(t, l.Close())
	require.NoError(t, os.Remove(fileName(dir, 2)))
	v := verify(t, dir)
	assert.Equal(t, "file 2 is missing", v.Problem)
	_, _, err := Open(dir, Options{})
	require.ErrorIs(t, err, ErrDamaged)
	require.NoError(t, os.WriteFile(filepath.Join(dir, anchorName), []byte("{}"), 0o600))
	_, err = Verify(dir)
	require.ErrorContains(t, err, anchorName)
}

// full is a file on a disk that has room for so many bytes.
type full struct {
	*os.File
	room int
}

func (f *full) Write(b []byte) (int, error) {
	if len(b) <= f.room {
		f.room -= len(b)
		return f.File.Write(b)
	}
	n, _ := f.File.Write(b[:f.room])
	f.room = 0
	return n, &os.PathError{Op: "write", Path: f.Name(), Err: syscall.ENOSPC}
}

func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	l, _ := open(t, dir, Options{})
	s := newSender(l)
	require.NoError(t, l.Append(s.next(t)))
	f, err := os.OpenFile(fileName(dir, 1), os.O_APPEND|os.O_WRONLY, 0o600)
	require.NoError(t, err)
	disk := &full{f, 100}
	require.NoError(t, l.f.Close())
	l.f = disk
	env := s.next(t)
	for range 3 {
		err = l.Append(env)
		require.ErrorIs(t, err, syscall.ENOSPC)
	}
	v := verify(t, dir)
	assert.True(t, v.OK())
	assert.Zero(t, v.TornBytes, "what was half written was taken back")
	disk.room = 1 << 20
	require.NoError(t, l.Append(env), "the disk has room again")
	assert.EqualValues(t, 2, verify(t, dir).Envelopes)
}

// A disk that fails altogether must not let the ledger go on behind garbage.
type broken struct{ full }

func (b *broken) Truncate(int64) error { return errors.New("input/output error") }

func TestBrokenDisk(t *testing.T) {
	dir := t.TempDir()
	l, _ := open(t, dir, Options{})
	s := newSender(l)
	f, err := os.OpenFile(fileName(dir, 1), os.O_APPEND|os.O_WRONLY, 0o600)
	require.NoError(t, err)
	disk := &broken{full{f, 10}}
	require.NoError(t, l.f.Close())
	l.f = disk
	env := s.next(t)
	require.Error(t, l.Append(env))
	disk.room = 1 << 20
	require.ErrorContains(t, l.Append(env), "input/output error")
	require.NoError(t, l.Close())
	l, rec := open(t, dir, Options{})
	assert.EqualValues(t, 10, rec.TornBytes)
	require.NoError(t, l.Append(env))
}
