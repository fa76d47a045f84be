package walk

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
)

// sameKeys gives every key one name, drops bodies of "drop", panics on "boom".
type sameKeys struct {
	read           bool
	visits, failed int
}

func (s *sameKeys) Enter(*Place) {}
func (s *sameKeys) Leave(*Place) {}
func (s *sameKeys) Value(_ *Place, v pcommon.Value) Verdict {
	s.visits++
	if v.Type() == pcommon.ValueTypeStr && v.Str() == "boom" {
		panic("boom")
	}
	return Verdict(v.Type() == pcommon.ValueTypeStr && v.Str() == "drop")
}
func (s *sameKeys) Text(_ *Place, t string) string { return t }
func (s *sameKeys) Key(_ *Place, k string) string {
	if s.read {
		return k
	}
	return "k"
}
func (s *sameKeys) Failed(*Place, any) bool { s.failed++; return true }

func TestEqualKeysLoseNoEntry(t *testing.T) {
	ld := plog.NewLogs()
	r := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
	r.Attributes().PutInt("a", 1)
	r.Attributes().PutStr("gone", "drop")
	r.Attributes().PutInt("b", 2)
	r.Attributes().PutInt("c", 3)
	New(&sameKeys{}).Logs(ld)
	require.Equal(t, map[string]any{"k": int64(1), "k_2": int64(2), "k_3": int64(3)}, r.Attributes().AsRaw())
}

func TestPanicDropsTheRecordOnly(t *testing.T) {
	ld := plog.NewLogs()
	rs := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords()
	for _, s := range []string{"x", "boom", "y"} {
		rs.AppendEmpty().Body().SetEmptyMap().PutStr("m", s)
	}
	v := &sameKeys{}
	New(v).Logs(ld)
	require.Equal(t, 2, rs.Len())
	require.Equal(t, 1, v.failed)
}

func TestDepthIsBounded(t *testing.T) {
	ld := plog.NewLogs()
	b := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty().Body()
	for range 500 {
		b = b.SetEmptySlice().AppendEmpty()
	}
	v := &sameKeys{}
	New(v).Logs(ld)
	require.Equal(t, 1, v.visits)
}

func TestReadingAllocatesNothingPerString(t *testing.T) {
	ld := plog.NewLogs()
	rs := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords()
	for range 1000 {
		r := rs.AppendEmpty()
		r.Attributes().PutStr("a", "x")
		r.Body().SetEmptyMap().PutEmptySlice("m").AppendEmpty().SetStr("y")
	}
	w := New(&sameKeys{read: true})
	n := testing.AllocsPerRun(20, func() { w.Logs(ld) })
	t.Logf("%.0f allocations for 1000 records", n)
	require.Less(t, n, 100.0)
}

func TestRenamingAHugeMapLosesNoEntry(t *testing.T) {
	const n = 100_000
	in := make(map[string]any, n)
	for i := range n {
		in[strconv.Itoa(i)] = int64(i)
	}
	ld := plog.NewLogs()
	r := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
	require.NoError(t, r.Attributes().FromRaw(in))
	New(&sameKeys{}).Logs(ld)
	seen := make(map[string]bool, n)
	sum := int64(0)
	for k, v := range r.Attributes().All() {
		seen[k] = true
		sum += v.Int()
	}
	require.Len(t, seen, n)
	require.EqualValues(t, n*(n-1)/2, sum)
}

func TestSuffixesDoNotCollideWithKeysThatStay(t *testing.T) {
	m := pcommon.NewMap()
	for _, k := range []string{"a", "b", "c", "d"} {
		m.PutStr(k, k)
	}
	rename(m, []string{"k", "k_2", "k", "k"})
	require.Equal(t, map[string]any{"k": "a", "k_2": "b", "k_3": "c", "k_4": "d"}, m.AsRaw())
}
