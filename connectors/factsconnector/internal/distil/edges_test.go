package distil

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
	"github.com/weir-telemetry/weir/internal/fact"
)

func TestAnEdgeIsToldWhileItLivesAndOnceWhenItFallsSilent(t *testing.T) {
	b := newBench(t, func(o *Options) { o.Snapshot = 10 * time.Minute })
	b.point(between("a", "b"), 3)
	r := b.told()
	require.Len(t, r.Edges, 1)
	assert.True(t, r.Edges[0].HasRates)
	assert.EqualValues(t, 3, r.Edges[0].Requests)

	b.point(between("a", "b"), 3) // reported, but nobody called
	r = b.told()
	require.Len(t, r.Edges, 1)
	assert.True(t, r.Edges[0].HasRates)
	assert.Zero(t, r.Edges[0].Requests)

	for range 7 {
		if r := b.close(); r != nil {
			require.Empty(t, r.Edges)
		}
	}
	r = b.told()
	require.True(t, r.Snapshot)
	require.Len(t, r.Edges, 1, "a snapshot names all that is known")
	assert.False(t, r.Edges[0].HasRates)

	for range 10 {
		r = b.close()
	}
	require.NotNil(t, r)
	require.True(t, r.Snapshot)
	assert.Empty(t, r.Edges, "forgotten")
	assert.Empty(t, r.Entities)
	assert.Empty(t, b.edges.metrics)
}

func TestErrors(t *testing.T) {
	for _, c := range []struct {
		attrs attrs
		want  bool
	}{
		{attrs{"http.response.status_code": 200}, false},
		{attrs{"http.response.status_code": 404, "error.type": "404"}, false},
		{attrs{"http.response.status_code": 499}, false},
		{attrs{"http.response.status_code": 500}, true},
		{attrs{"http.response.status_code": "503"}, true},
		{attrs{"http.response.status_code": 200, "error.type": "timeout"}, true},
		{attrs{"error.type": "java.net.UnknownHostException"}, true},
		{attrs{}, false},
		{attrs{"rpc.grpc.status_code": 0}, false},
		{attrs{"rpc.grpc.status_code": 5}, false},
		{attrs{"rpc.grpc.status_code": 14}, true},
		{attrs{"rpc.response.status_code": "UNAVAILABLE"}, true},
		{attrs{"rpc.response.status_code": "NOT_FOUND", "error.type": "NOT_FOUND"}, false},
	} {
		b := newBench(t, nil)
		b.point(between("a", "b").with(c.attrs), 2)
		want := uint64(0)
		if c.want {
			want = 2
		}
		assert.Equal(t, want, b.told().Edges[0].Errors, "%v", c.attrs)
	}
}

func TestProtocolAndPort(t *testing.T) {
	for _, c := range []struct {
		metric string
		attrs  attrs
		want   fact.Protocol
		port   uint16
	}{
		{"http.server.request.duration", attrs{}, uplinkv1.Protocol_PROTOCOL_HTTP, 0},
		{"http.server.request.duration", attrs{"network.protocol.version": "2", "server.port": 8443}, uplinkv1.Protocol_PROTOCOL_HTTP2, 8443},
		{"http.server.request.duration", attrs{"network.protocol.name": "grpc", "server.port": 70000}, uplinkv1.Protocol_PROTOCOL_GRPC, 0},
		{"rpc.server.duration", attrs{}, uplinkv1.Protocol_PROTOCOL_GRPC, 0},
		{"db.client.operation.duration", attrs{"db.system.name": "postgresql"}, uplinkv1.Protocol_PROTOCOL_POSTGRESQL, 0},
		{"db.client.operation.duration", attrs{"db.system": "redis", "server.port": "6379"}, uplinkv1.Protocol_PROTOCOL_REDIS, 6379},
		{"db.client.operation.duration", attrs{"db.system.name": "nobody knows"}, uplinkv1.Protocol_PROTOCOL_TCP, 0},
	} {
		b := newBench(t, nil)
		b.Metrics(point{metric: c.metric, attrs: between("a", "b").with(c.attrs), start: epoch, at: at(1), counts: []uint64{1, 0, 0}, bounds: bounds}.metrics(t), epoch)
		e := b.told().Edges[0]
		assert.Equal(t, c.want, e.Protocol, "%v", c)
		assert.Equal(t, c.port, e.Port, "%v", c)
	}
}

func TestEndsThatNobodyKnows(t *testing.T) {
	b := newBench(t, nil)
	a := between("a", "b")
	delete(a, "weir.source.name")
	b.point(a, 1)
	r := b.told()
	require.Len(t, r.Edges, 1)
	assert.Equal(t, unknown, r.Edges[0].Source)

	b.point(attrs{"weir.source.kind": "Deployment"}, 1)
	b.point(between("a", "b").with(attrs{"weir.source.kind": "Gadget", "weir.destination.kind": ""}), 1)
	assert.EqualValues(t, 2, b.ignored(EdgePoint, Nameless))
}

func TestEdgesBeyondTheBoundAreOthers(t *testing.T) {
	b := newBench(t, func(o *Options) { o.Limits.Edges, o.Limits.Entities = 3, 1000 })
	for i := range 10 {
		b.point(between("a", fmt.Sprint("b", i)), 2)
	}
	r := b.told()
	require.Len(t, r.Edges, 4)
	last := r.Edges[3]
	assert.Equal(t, other, last.Source)
	assert.Equal(t, other, last.Destination)
	assert.EqualValues(t, 14, last.Requests)
	assert.EqualValues(t, 7, r.Coverage.FactsLeftOut)
	assert.Contains(t, names(r), "other")
	b.told() // all fall silent and make room

	b.point(between("a", "late"), 2)
	assert.Equal(t, "late", b.told().Edges[0].Destination.Name)
}

func TestEdgesWithoutRoomForTheirEndsAreOthers(t *testing.T) {
	b := newBench(t, func(o *Options) { o.Limits.Entities = 2 })
	b.point(between("a", "b"), 1)
	b.point(between("a", "c"), 1)
	r := b.told()
	require.Len(t, r.Edges, 2)
	assert.Equal(t, other, r.Edges[1].Source)
	assert.Equal(t, []string{"a", "b", "other"}, names(r))
}

func TestOverflowIsTheOthers(t *testing.T) {
	b := newBench(t, nil)
	b.point(attrs{"otel.metric.overflow": true}, 5)
	r := b.told()
	require.Len(t, r.Edges, 1)
	assert.Equal(t, other, r.Edges[0].Source)
	assert.EqualValues(t, 5, r.Edges[0].Requests)
	assert.EqualValues(t, 1, r.Coverage.FactsLeftOut)
}

func TestSpansFillInWhereNoMetricReports(t *testing.T) {
	b := newBench(t, nil)
	web := between("a", "b").with(attrs{"http.request.method": "GET", "http.response.status_code": 500, "server.port": 80})
	b.span(web)
	b.span(between("a", "c"))
	r := b.told()
	require.Len(t, r.Edges, 2)
	assert.EqualValues(t, 1, r.Edges[0].Requests)
	assert.EqualValues(t, 1, r.Edges[0].Errors)
	assert.EqualValues(t, 80, r.Edges[0].Port)

	// A metric comes after the span, in one window.
	b.span(web)
	b.point(between("a", "b"), 7)
	r = b.told()
	requests := map[uint16]uint64{}
	for _, e := range r.Edges {
		if e.Destination.Name == "b" {
			requests[e.Port] = e.Requests
		}
	}
	assert.Equal(t, map[uint16]uint64{0: 7, 80: 0}, requests, "the metric owns it, the span's falls silent")
	b.span(web)
	assert.EqualValues(t, 1, b.ignored(Span, Owned))

	// The metric is gone for more than a window.
	b.told()
	b.close()
	b.span(web)
	r = b.told()
	require.Len(t, r.Edges, 1)
	assert.EqualValues(t, 80, r.Edges[0].Port)
}

func TestSpansOfPairsWhoseSeriesHaveNoRoom(t *testing.T) {
	b := newBench(t, func(o *Options) { o.Limits.Series = 1 })
	b.point(between("a", "b"), 1)
	b.point(between("a", "c"), 1) // no room: nobody else counts these calls
	b.span(between("a", "c"))
	r := b.told()
	require.Len(t, r.Edges, 2)
	assert.EqualValues(t, 1, r.Edges[1].Requests)

	b = newBench(t, func(o *Options) { o.Limits.Edges = 1 })
	b.point(between("a", "b"), 1)
	b.point(between("a", "c"), 1) // an other one
	b.span(between("a", "c"))
	r = b.told()
	require.Len(t, r.Edges, 2)
	assert.Equal(t, other, r.Edges[1].Source)
	assert.EqualValues(t, 1, r.Edges[1].Requests, "the span is not counted beside the metric")
}

func names(r *fact.Report) (out []string) {
	for _, e := range r.Entities {
		out = append(out, e.Name)
	}
	return out
}
