package distil

import (
	"hash/maphash"
	"time"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/pdatautil"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// seriesKey is what tells one series from another.
type seriesKey struct {
	resource, attributes [16]byte
	rest                 uint64 // scope and metric
}

// series is the last value of one.
type series struct {
	start, last pcommon.Timestamp
	value       value // of cumulative ones
	seen        time.Time
}

// seriesTable turns cumulative series into what came since their last point.
type seriesTable struct {
	max   int
	seed  maphash.Seed
	known map[seriesKey]*series
	// gone are series that were forgotten or had no room, and when. What they
	// counted until then may have been told, so that they count from the next
	// point on when they come back. As many are remembered as known ones.
	gone map[seriesKey]pcommon.Timestamp
	// since is the time before which a series that is neither may have begun
	// and been counted all the same.
	since pcommon.Timestamp
}

func newSeriesTable(limit int, since time.Time) seriesTable {
	return seriesTable{max: limit, seed: maphash.MakeSeed(), known: map[seriesKey]*series{},
		gone: map[seriesKey]pcommon.Timestamp{}, since: pcommon.NewTimestampFromTime(since)}
}

func (t *seriesTable) key(resource [16]byte, scope, metric string, attributes pcommon.Map) seriesKey {
	var h maphash.Hash
	h.SetSeed(t.seed)
	_, _ = h.WriteString(scope) // never errs
	_ = h.WriteByte(0)
	_, _ = h.WriteString(metric)
	return seriesKey{resource: resource, attributes: pdatautil.MapHash(attributes), rest: h.Sum64()}
}

// add returns what v adds to the series, and the reason when it can't be
// told; ReasonCount is none.
func (t *seriesTable) add(k seriesKey, v value, temporality pmetric.AggregationTemporality, start, at pcommon.Timestamp, now time.Time) (value, Reason) {
	s := t.known[k]
	if s == nil {
		if len(t.known) >= t.max {
			t.leave(k, now)
			return value{}, Limited
		}
		s = &series{}
		t.known[k] = s
		since := max(t.since, t.gone[k])
		delete(t.gone, k)
		defer func() { s.seen = now }()
		if temporality == pmetric.AggregationTemporalityDelta {
			s.last = at
			return v, ReasonCount
		}
		s.start, s.last, s.value = start, at, v
		if start == 0 || start < since {
			return value{}, Baseline
		}
		return v, ReasonCount
	}
	s.seen = now
	if at <= s.last {
		return value{}, Repeated
	}
	last := s.last
	s.last = at
	if temporality == pmetric.AggregationTemporalityDelta {
		return v, ReasonCount
	}
	old := s.value
	s.start, s.value = start, v
	if start < last || start == 0 {
		if d, ok := v.minus(old); ok {
			return d, ReasonCount
		}
	}
	return v, ReasonCount // it began anew
}

// forget drops series that were silent for longer than ttl. When one of them
// comes back, it is not counted twice.
func (t *seriesTable) forget(now time.Time, ttl time.Duration) {
	for k, s := range t.known {
		if now.Sub(s.seen) > ttl {
			delete(t.known, k)
			t.leave(k, now)
		}
	}
}

// leave remembers that a series is not followed any more.
func (t *seriesTable) leave(k seriesKey, now time.Time) {
	at := pcommon.NewTimestampFromTime(now)
	if _, ok := t.gone[k]; !ok && len(t.gone) >= t.max {
		clear(t.gone)
		t.since = max(t.since, at)
	}
	t.gone[k] = at
}
