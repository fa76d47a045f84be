package exchange

import (
	"strconv"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/weir-telemetry/weir/internal/entity"
)

const (
	serverDuration = "http.server.request.duration"
	clientDuration = "http.client.request.duration"
	attrOverflow   = "otel.metric.overflow"

	// DefaultMaxSeries is the number of series of a Metrics when not told
	// otherwise. A series takes about 1.6 KB.
	DefaultMaxSeries = 2000
)

// series is what tells one series from another. All strings are names,
// templates or constants, never bytes of the exchange.
type series struct {
	side                Side
	resource            entity.Workload
	source, destination entity.Workload // kind, namespace and name only
	method, route       string
	version             string
	status              int
}

// Metrics aggregates the durations of exchanges: a cumulative exponential
// histogram per edge, route and status. Its memory is bounded: beyond the
// number of series, exchanges go to one that has otel.metric.overflow = true.
// It is not safe for concurrent use. Make one with NewMetrics.
type Metrics struct {
	scope    Scope
	start    time.Time
	max      int
	series   map[series]*expHistogram
	overflow [2]*expHistogram // by side
}

// NewMetrics returns an empty aggregation that begins at start. maxSeries of 0
// means DefaultMaxSeries.
func NewMetrics(scope Scope, start time.Time, maxSeries int) *Metrics {
	if maxSeries <= 0 {
		maxSeries = DefaultMaxSeries
	}
	return &Metrics{scope: scope, start: start, max: maxSeries, series: map[series]*expHistogram{}}
}

// Add counts e in. Only HTTP has a metric by the semantic conventions; other
// protocols are left out. It allocates for new series only.
func (m *Metrics) Add(e *Exchange) {
	if e.Protocol != HTTP {
		return
	}
	method, _ := knownMethod(e.Method)
	key := series{
		side: e.Side, resource: e.observer(), source: named(e.Source), destination: named(e.Destination),
		method: method, route: e.Route, version: e.Version, status: e.Status,
	}
	h := m.series[key]
	if h == nil {
		h = m.make(key)
	}
	h.record(e.seconds())
}

func (m *Metrics) make(key series) *expHistogram {
	if len(m.series) < m.max {
		h := &expHistogram{}
		m.series[key] = h
		return h
	}
	if m.overflow[key.side] == nil {
		m.overflow[key.side] = &expHistogram{}
	}
	return m.overflow[key.side]
}

func named(w entity.Workload) entity.Workload {
	return entity.Workload{Kind: w.Kind, Namespace: w.Namespace, Name: w.Name}
}

// Collect returns all series as of now. It is empty when nothing was added.
func (m *Metrics) Collect(now time.Time) pmetric.Metrics {
	c := collector{m: m, now: pcommon.NewTimestampFromTime(now), out: pmetric.NewMetrics(),
		points: map[group]pmetric.ExponentialHistogramDataPointSlice{}}
	for key, h := range m.series {
		dp := c.point(group{key.resource, key.side})
		key.put(dp.Attributes())
		h.fill(dp)
	}
	for side, h := range m.overflow {
		if h != nil {
			dp := c.point(group{side: Side(side)})
			dp.Attributes().PutBool(attrOverflow, true)
			h.fill(dp)
		}
	}
	return c.out
}

func (s *series) put(m pcommon.Map) {
	m.EnsureCapacity(12)
	m.PutStr(keyMethod, s.method)
	m.PutStr(keyURLScheme, "http")
	putKnown(m, keyRoute, s.route)
	putKnown(m, keyProtoVersion, s.version)
	if s.status != 0 {
		m.PutInt(keyStatus, int64(s.status))
	}
	if s.status >= 500 || (s.side == ClientSide && s.status >= 400) {
		m.PutStr(keyErrorType, strconv.Itoa(s.status))
	}
	putEnds(m, s.source, s.destination)
}

type group struct {
	resource entity.Workload
	side     Side
}

type collector struct {
	m      *Metrics
	now    pcommon.Timestamp
	out    pmetric.Metrics
	points map[group]pmetric.ExponentialHistogramDataPointSlice
}

// point appends an empty data point under the resource and metric of g.
func (c *collector) point(g group) pmetric.ExponentialHistogramDataPoint {
	s, ok := c.points[g]
	if !ok {
		rm := c.out.ResourceMetrics().AppendEmpty()
		putResource(rm.Resource().Attributes(), g.resource)
		sm := rm.ScopeMetrics().AppendEmpty()
		c.m.scope.put(sm.Scope())
		metric := sm.Metrics().AppendEmpty()
		metric.SetName(serverDuration)
		metric.SetDescription("Duration of HTTP server requests.")
		if g.side == ClientSide {
			metric.SetName(clientDuration)
			metric.SetDescription("Duration of HTTP client requests.")
		}
		metric.SetUnit("s")
		eh := metric.SetEmptyExponentialHistogram()
		eh.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
		s = eh.DataPoints()
		c.points[g] = s
	}
	dp := s.AppendEmpty()
	dp.SetStartTimestamp(pcommon.NewTimestampFromTime(c.m.start))
	dp.SetTimestamp(c.now)
	return dp
}
