package clickhouseexporter

import (
	"math"

	"github.com/ClickHouse/ch-go/proto"
	"go.opentelemetry.io/collector/pdata/pcommon"
)

// lowCardinality is a LowCardinality(String) column. It keeps the strings it
// was given until reset, so it must not outlive the batch they stand in.
type lowCardinality = *proto.ColLowCardinality[string]

func newLowCardinality() lowCardinality { return new(proto.ColStr).LowCardinality() }

// attributes is a column Map(LowCardinality(String), String) filled straight
// from a pcommon.Map, without a Go map between.
type attributes struct {
	offsets proto.ColUInt64
	keys    lowCardinality
	values  proto.ColStr
	scratch []byte
}

func newAttributes() *attributes { return &attributes{keys: newLowCardinality()} }

// append adds one row.
func (a *attributes) append(m pcommon.Map) {
	for k, v := range m.All() {
		a.keys.Append(k)
		a.appendValue(v)
	}
	a.offsets.Append(uint64(a.keys.Rows()))
}

func (a *attributes) appendValue(v pcommon.Value) {
	if v.Type() == pcommon.ValueTypeStr {
		a.values.Append(v.Str())
		return
	}
	a.scratch = appendText(a.scratch[:0], v)
	a.values.AppendBytes(a.scratch)
}

// column returns ch-go's view of the same data, for encoding.
func (a *attributes) column() *proto.ColMap[string, string] {
	return &proto.ColMap[string, string]{Offsets: a.offsets, Keys: a.keys, Values: &a.values}
}

func (a *attributes) reset() {
	a.offsets.Reset()
	resetLowCardinality(a.keys)
	a.values.Reset()
	a.scratch = shrink(a.scratch)
}

// resetLowCardinality also lets go of the strings, which are views into the
// batch that was encoded.
func resetLowCardinality(c lowCardinality) {
	clear(c.Values)
	c.Reset()
}

// shrink keeps one huge value from pinning its buffer in the pool.
func shrink(b []byte) []byte {
	if cap(b) > maxPooledScratch {
		return nil
	}
	return b[:0]
}

// timestamp is a column DateTime64(9): nanoseconds since 1970 as a signed
// number. What lies beyond year 2262 becomes the last moment the type has.
type timestamp struct{ proto.ColDateTime64 }

func newTimestamp() *timestamp {
	t := &timestamp{}
	t.WithPrecision(proto.PrecisionNano)
	return t
}

func (t *timestamp) append(ts pcommon.Timestamp) {
	t.Data = append(t.Data, proto.DateTime64(min(uint64(ts), math.MaxInt64)))
}

// appendHex adds the lower-case hexadecimal form of an id; an id of zeros is
// the empty string.
func appendHex(c *proto.ColStr, id []byte) {
	var zero byte
	for _, b := range id {
		zero |= b
	}
	if zero == 0 {
		c.Append("")
		return
	}
	const digits = "0123456789abcdef"
	var buf [32]byte
	for i, b := range id {
		buf[2*i], buf[2*i+1] = digits[b>>4], digits[b&15]
	}
	c.AppendBytes(buf[:2*len(id)])
}
