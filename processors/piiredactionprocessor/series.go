package piiredactionprocessor

import (
	"sort"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/weir-telemetry/weir/internal/redact"
	"github.com/weir-telemetry/weir/internal/walk"
)

// seriesKey is the attribute that keeps two metric series two when redaction
// made their identities equal.
const seriesKey = "weir.redaction.series"

// series remembers, while metrics are walked, which parts of a data point's
// identity lost something, as keyed pseudonyms of what they were.
type series struct {
	levels [4]level // resource, scope, metric, data point
	buf    []byte
	keys   []string
}

type level struct {
	sum   uint64 // of the identity as received
	taken bool   // sum is set: something changed
	lossy bool   // something changed so that it may equal another now
}

func (s *series) reset() { s.levels = [4]level{} }

func levelOf(k walk.Kind) int {
	switch k {
	case walk.Resource:
		return 0
	case walk.ScopeUnit:
		return 1
	case walk.Metric:
		return 2
	case walk.DataPoint:
		return 3
	default:
		return -1
	}
}

// enter forgets the level and all under it.
func (s *series) enter(at *walk.Place) {
	if n := levelOf(at.Record.Kind); n >= 0 {
		clear(s.levels[n:])
	}
}

// before is called before a value of the unit is changed, so that the first
// call still sees the attributes as they came.
// Changed names are mixed in by text.
func (s *series) before(h *redact.Hasher, at *walk.Place, lossy bool) {
	n := levelOf(at.Record.Kind)
	if n < 0 || at.Part == walk.Description || at.Part == walk.Metadata {
		return
	}
	l := &s.levels[n]
	if !l.taken && at.Record.Kind != walk.Metric { // its metadata is no identity
		l.sum = s.identity(h, at.Record.Attributes)
	}
	l.taken = true
	l.lossy = l.lossy || lossy
}

// text mixes in a changed name, version, unit or schema URL.
func (s *series) text(h *redact.Hasher, at *walk.Place, was string) {
	n := levelOf(at.Record.Kind)
	if n < 0 || at.Part == walk.Description {
		return
	}
	s.buf = redact.AppendHex(s.buf[:0], s.levels[n].sum)
	s.buf = append(append(s.buf, byte(at.Part)), was...)
	s.levels[n].sum = h.Sum64("series", s.buf)
}

// leave names the series of a data point that lost some of its identity.
func (s *series) leave(h *redact.Hasher, at *walk.Place) {
	if at.Record.Kind != walk.DataPoint {
		return
	}
	lossy := false
	s.buf = s.buf[:0]
	for _, l := range s.levels {
		lossy = lossy || l.lossy
		s.buf = redact.AppendHex(s.buf, l.sum)
	}
	if !lossy {
		return
	}
	// In letters, so that a second pass finds nothing in it.
	var name [16]byte
	at.Record.Attributes.PutStr(seriesKey, string(redact.AppendLetters(name[:0], h.Sum64("series", s.buf))))
}

// identity is a pseudonym of attributes that does not depend on their order.
func (s *series) identity(h *redact.Hasher, m pcommon.Map) uint64 {
	s.keys = s.keys[:0]
	for k, v := range m.All() {
		text := v.AsString()
		s.keys = append(s.keys, string(redact.AppendHex(nil, uint64(len(k))))+k+v.Type().String()+text) // #nosec G115 -- a length
	}
	sort.Strings(s.keys)
	s.buf = s.buf[:0]
	for _, k := range s.keys {
		s.buf = redact.AppendHex(s.buf, uint64(len(k))) // #nosec G115 -- a length
		s.buf = append(s.buf, k...)
	}
	clear(s.keys)
	return h.Sum64("series", s.buf)
}
