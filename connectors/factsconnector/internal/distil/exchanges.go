package distil

import (
	"math"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
	"github.com/weir-telemetry/weir/internal/exchange"
	"github.com/weir-telemetry/weir/internal/fact"
)

const findingsKey = "weir.findings" // as data_classification writes it

// Logs takes in data observations from classified exchanges, entity events,
// and entities from resources.
func (d *Distiller) Logs(ld plog.Logs, now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, rl := range ld.ResourceLogs().All() {
		d.resource(rl.Resource().Attributes(), now)
		for _, sl := range rl.ScopeLogs().All() {
			for _, rec := range sl.LogRecords().All() {
				if rec.EventName() == exchange.EventName {
					d.exchange(rec, now)
				} else {
					d.entityEvent(rec, now)
				}
			}
		}
	}
}

// exchange reads what is known about an exchange and the findings in it; its
// body is not looked at.
func (d *Distiller) exchange(rec plog.LogRecord, now time.Time) {
	m := rec.Attributes()
	d.coverage.exchanges++
	d.coverage.bytes += size(m, string(semconv.HTTPRequestBodySizeKey)) + size(m, string(semconv.HTTPResponseBodySizeKey))
	k := flowKey{protocol: protocolOf(m, uplinkv1.Protocol_PROTOCOL_HTTP), method: methodOf(m), encrypted: encrypted(m)}
	var ok bool
	if k.source, k.destination, ok = ends(m); !ok {
		d.counts.Ignored[Exchange][Nameless]++
		return
	}
	// The ends are noted whether or not there is a finding: nothing but data
	// observations may depend on the data.
	room := d.entities.ends(k.source, k.destination, now)
	found, ok := m.Get(findingsKey)
	if !ok {
		d.counts.Accepted[Exchange]++
		return
	}
	k.route = text(m, string(semconv.HTTPRouteKey))
	if found.Type() != pcommon.ValueTypeSlice {
		d.counts.Ignored[Exchange][Malformed]++
		return
	}
	at, reason := recorded(rec, now), ReasonCount
	for _, v := range found.Slice().All() {
		if !k.finding(v) {
			reason = Malformed
			continue
		}
		if !room || !d.flows.add(k, at, now) {
			omit(&d.coverage.flows, k)
			reason = Limited
		}
	}
	if reason != ReasonCount {
		d.counts.Ignored[Exchange][reason]++
		return
	}
	d.counts.Accepted[Exchange]++
}

// finding reads one entry of the annotation into k.
func (k *flowKey) finding(v pcommon.Value) bool {
	if v.Type() != pcommon.ValueTypeMap {
		return false
	}
	m := v.Map()
	var ok, rated bool
	k.dataType, ok = fact.ParseEnum[fact.DataType](text(m, "type"))
	k.sensitivity, rated = fact.ParseEnum[fact.Sensitivity](text(m, "sensitivity"))
	k.direction, _ = fact.ParseEnum[fact.Direction](text(m, "direction")) // not all places have one
	k.path = text(m, "path")
	k.leaves = outside(k.destination)
	if k.direction == uplinkv1.Direction_DIRECTION_RESPONSE {
		k.leaves = outside(k.source)
	}
	return ok && rated
}

// outside reports whether what is sent to r leaves the cluster: it is external,
// or an address that nobody stands behind, which is external to us too.
func outside(r fact.Ref) bool { return r.Type == uplinkv1.EntityType_ENTITY_TYPE_EXTERNAL }

// recorded is when the exchange began.
func recorded(rec plog.LogRecord, now time.Time) time.Time {
	for _, ts := range []pcommon.Timestamp{rec.Timestamp(), rec.ObservedTimestamp()} {
		if at := moment(ts); !at.IsZero() {
			return at
		}
	}
	return now
}

// maxUnix is the end of the year 9999, in seconds.
const maxUnix = 253_402_300_799

// moment is the zero time for a timestamp that is not set or can't be.
func moment(ts pcommon.Timestamp) time.Time {
	if ts < pcommon.Timestamp(time.Second) || ts > math.MaxInt64 {
		return time.Time{}
	}
	return ts.AsTime()
}

func methodOf(m pcommon.Map) fact.Method {
	name := text(m, string(semconv.HTTPRequestMethodKey))
	if name == "" {
		return uplinkv1.Method_METHOD_UNSPECIFIED
	}
	if method, ok := fact.ParseEnum[fact.Method](name); ok {
		return method
	}
	return uplinkv1.Method_METHOD_OTHER
}

// encrypted reports whether the exchange went over TLS, by its scheme or by
// any attribute of the connection's TLS.
func encrypted(m pcommon.Map) bool {
	if text(m, string(semconv.URLSchemeKey)) == "https" || flag(m, string(semconv.TLSEstablishedKey)) {
		return true
	}
	for _, key := range []string{string(semconv.TLSProtocolVersionKey), string(semconv.TLSProtocolNameKey)} {
		if text(m, key) != "" && !strings.EqualFold(text(m, key), "none") {
			return true
		}
	}
	return false
}

func size(m pcommon.Map, key string) uint64 {
	n, _ := integer(m, key)
	return uint64(min(max(n, 0), maxCount)) // #nosec G115 -- not below 0
}
