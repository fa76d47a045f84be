package fact

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// Bounds of what can be said at all.
const (
	maxCount  = math.MaxInt64
	maxWindow = 24 * 60 * 60     // seconds
	maxUnix   = 253_402_300_799  // the end of the year 9999
	maxText   = 4096             // bytes; what is no name becomes a pseudonym later
	maxMillis = 24 * 3600 * 1000 // a day
)

// reader takes attributes out of a closed set: each that is asked for is
// counted, and finish refuses when there are more, or when one was not what it
// should be. The first failure stays.
type reader struct {
	m      pcommon.Map
	taken  int
	reason Reason
}

func (a *reader) fail(r Reason) {
	if a.reason == "" {
		a.reason = r
	}
}

func (a *reader) must(ok bool) {
	if !ok {
		a.fail(ReasonMissing)
	}
}

// finish returns the reason of a refusal, or "". A key that stands twice counts
// as one that is unknown.
func (a *reader) finish() Reason {
	if a.reason == "" && a.taken != a.m.Len() {
		return ReasonAttribute
	}
	return a.reason
}

func (a *reader) has(key string) bool {
	_, ok := a.m.Get(key)
	return ok
}

func (a *reader) get(key string, want pcommon.ValueType) (pcommon.Value, bool) {
	v, ok := a.m.Get(key)
	if !ok {
		return v, false
	}
	a.taken++
	if v.Type() != want {
		a.fail(ReasonType)
		return v, false
	}
	return v, true
}

func (a *reader) text(key string) string {
	v, ok := a.get(key, pcommon.ValueTypeStr)
	if !ok {
		return ""
	}
	if s := v.Str(); len(s) <= maxText {
		return s
	}
	a.fail(ReasonValue)
	return ""
}

func (a *reader) count(key string, limit int64) uint64 {
	v, ok := a.get(key, pcommon.ValueTypeInt)
	if !ok {
		return 0
	}
	if n := v.Int(); n >= 0 && n <= limit {
		return uint64(n)
	}
	a.fail(ReasonValue)
	return 0
}

func (a *reader) flag(key string) bool {
	v, ok := a.get(key, pcommon.ValueTypeBool)
	return ok && v.Bool()
}

func (a *reader) number(key string) float64 {
	v, ok := a.get(key, pcommon.ValueTypeDouble)
	if !ok {
		return 0
	}
	if f := v.Double(); !math.IsNaN(f) && !math.IsInf(f, 0) {
		return f
	}
	a.fail(ReasonValue)
	return 0
}

func (a *reader) time(key string) time.Time {
	n := a.count(key, maxUnix)
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(int64(n), 0).UTC()
}

// id reads 16 hexadecimal digits that must be there.
func (a *reader) id(key string) uint64 {
	n := a.optionalID(key)
	a.must(n != 0)
	return n
}

func (a *reader) optionalID(key string) uint64 {
	s := a.text(key)
	if s == "" {
		return 0
	}
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != 8 || binary.BigEndian.Uint64(b) == 0 {
		a.fail(ReasonValue)
		return 0
	}
	return binary.BigEndian.Uint64(b)
}

func (a *reader) digest(key string) (d [32]byte) {
	b, err := hex.DecodeString(a.text(key))
	if err != nil || len(b) != len(d) {
		a.fail(ReasonValue)
		return d
	}
	return [32]byte(b)
}

func enum[E Enum](a *reader, key string) E {
	s := a.text(key)
	if s == "" {
		return 0
	}
	e, ok := ParseEnum[E](s)
	if !ok {
		a.fail(ReasonValue)
	}
	return e
}

func (a *reader) ref(prefix string) Ref {
	return Ref{
		Type:      enum[EntityType](a, prefix+".type"),
		Namespace: a.text(prefix + ".namespace"),
		Name:      a.text(prefix + ".name"),
		ID:        a.optionalID(prefix + ".id"),
	}
}

func (a *reader) histogram(bucketsKey, countsKey string) (h Histogram) {
	bv, ok1 := a.get(bucketsKey, pcommon.ValueTypeSlice)
	cv, ok2 := a.get(countsKey, pcommon.ValueTypeSlice)
	if !ok1 && !ok2 {
		return h
	}
	if ok1 != ok2 || bv.Slice().Len() != cv.Slice().Len() || bv.Slice().Len() > HistogramBuckets {
		a.fail(ReasonValue)
		return h
	}
	last, sum := int64(-1), uint64(0)
	for i := range bv.Slice().Len() {
		b, c := bv.Slice().At(i), cv.Slice().At(i)
		if b.Type() != pcommon.ValueTypeInt || c.Type() != pcommon.ValueTypeInt {
			a.fail(ReasonType)
			return Histogram{}
		}
		sum += uint64(c.Int())
		if b.Int() <= last || b.Int() >= HistogramBuckets || c.Int() <= 0 || sum > maxCount {
			a.fail(ReasonValue)
			return Histogram{}
		}
		last = b.Int()
		h.add(uint16(last), uint64(c.Int()))
	}
	return h
}
