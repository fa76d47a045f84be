package distil

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
	"github.com/weir-telemetry/weir/internal/exchange"
)

func TestFlowsAreCountedByWindow(t *testing.T) {
	b := newBench(t, nil)
	b.point(between("a", "b"), 1) // so that each window has a report
	b.found(between("a", "b"), "EMAIL", at(9))
	b.found(between("a", "b"), "EMAIL", at(5))
	b.found(between("a", "b"), "iban", at(7))
	r := b.told()
	require.Len(t, r.Flows, 2)
	assert.Equal(t, uplinkv1.DataType_DATA_TYPE_EMAIL, r.Flows[0].DataType)
	assert.EqualValues(t, 2, r.Flows[0].Seen)
	assert.Equal(t, at(5), r.Flows[0].First)
	assert.Equal(t, at(9), r.Flows[0].Last)

	b.point(between("a", "b"), 2)
	assert.Empty(t, b.told().Flows, "nothing seen is nothing told")

	b.point(between("a", "b"), 3)
	b.found(between("a", "b"), "EMAIL", at(100))
	r = b.told()
	require.Len(t, r.Flows, 1)
	assert.EqualValues(t, 1, r.Flows[0].Seen)
	assert.Equal(t, at(5), r.Flows[0].First, "since the beginning")
	assert.Equal(t, at(100), r.Flows[0].Last)
}

func TestFlowsWaitForAReport(t *testing.T) {
	b := newBench(t, nil)
	b.record(exchange.EventName, between("a", "b"), epoch)
	b.told() // of the entities
	b.found(between("a", "b"), "EMAIL", at(61))
	for range 4 {
		require.Nil(t, b.close(), "whether there is a report doesn't depend on the data")
		b.found(between("a", "b"), "EMAIL", b.now)
	}
	r := b.told()
	require.Len(t, r.Flows, 1)
	assert.EqualValues(t, 5, r.Flows[0].Seen)
}

func TestFlowsBeyondTheBoundAreLeftOut(t *testing.T) {
	b := newBench(t, func(o *Options) { o.Limits.Flows = 2 })
	for i := range 5 {
		b.found(between("a", "b").with(attrs{"http.route": fmt.Sprint("/r", i)}), "EMAIL", epoch)
		b.found(between("a", "b").with(attrs{"http.route": fmt.Sprint("/r", i)}), "EMAIL", epoch)
	}
	r := b.told()
	assert.Len(t, r.Flows, 2)
	assert.EqualValues(t, 3, r.Coverage.FlowsLeftOut)
	assert.Zero(t, r.Coverage.FactsLeftOut)
	assert.EqualValues(t, 6, b.ignored(Exchange, Limited))
	b.point(between("a", "b"), 1)
	b.told() // the silent ones make room
	b.found(between("a", "b").with(attrs{"http.route": "/late"}), "EMAIL", epoch)
	b.point(between("a", "b"), 2)
	assert.Equal(t, "/late", b.told().Flows[0].Route)
}

func TestWhoReceivesDecidesWhatLeaves(t *testing.T) {
	external := attrs{"weir.destination.kind": "External", "weir.destination.name": "partner"}
	for _, c := range []struct {
		attrs     attrs
		direction string
		want      bool
	}{
		{between("a", "b"), "request", false},
		{between("a", "b"), "response", false},
		{between("a", "b"), "", false},
		{between("a", "b").with(external), "request", true},
		{between("a", "b").with(external), "", true},
		{between("a", "b").with(external), "response", false},
		{between("a", "b").with(attrs{"weir.destination.name": ""}), "request", true},
		{between("a", "b").with(attrs{"weir.source.name": ""}), "request", false},
		{between("a", "b").with(attrs{"weir.source.name": ""}), "response", true},
	} {
		b := newBench(t, nil)
		b.record(exchange.EventName, c.attrs.with(attrs{"weir.findings": []any{
			map[string]any{"type": "EMAIL", "sensitivity": "medium", "path": "body.x", "direction": c.direction},
		}}), epoch)
		assert.Equal(t, c.want, b.told().Flows[0].LeavesCluster, "%v", c)
	}
}

func TestEncryption(t *testing.T) {
	for _, c := range []struct {
		attrs attrs
		want  bool
	}{
		{attrs{}, false},
		{attrs{"url.scheme": "http"}, false},
		{attrs{"url.scheme": "https"}, true},
		{attrs{"tls.established": true}, true},
		{attrs{"tls.established": false}, false},
		{attrs{"tls.protocol.version": "1.3"}, true},
	} {
		b := newBench(t, nil)
		b.found(between("a", "b").with(c.attrs), "EMAIL", epoch)
		assert.Equal(t, c.want, b.told().Flows[0].Encrypted, "%v", c)
	}
}

func TestMalformedFindingsAreCounted(t *testing.T) {
	good := map[string]any{"type": "EMAIL", "sensitivity": "medium", "path": "body.x", "direction": "request"}
	for name, findings := range map[string]any{
		"no list":        "EMAIL",
		"no map":         []any{"EMAIL", good},
		"no type":        []any{map[string]any{"sensitivity": "medium"}, good},
		"unknown type":   []any{map[string]any{"type": "SHOE_SIZE", "sensitivity": "medium"}, good},
		"no sensitivity": []any{map[string]any{"type": "EMAIL"}, good},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, nil)
			b.record(exchange.EventName, between("a", "b").with(attrs{"weir.findings": findings}), epoch)
			assert.EqualValues(t, 1, b.ignored(Exchange, Malformed))
			if name != "no list" {
				assert.Len(t, b.told().Flows, 1, "the rest stands")
			}
		})
	}
	b := newBench(t, nil)
	b.found(attrs{}, "EMAIL", epoch)
	assert.EqualValues(t, 1, b.ignored(Exchange, Nameless))
	assert.Nil(t, b.close())
}

func TestCoverage(t *testing.T) {
	b := newBench(t, nil)
	b.point(between("a", "b"), 10)
	for range 4 {
		b.record(exchange.EventName, between("a", "b").with(attrs{"http.request.body.size": 100, "http.response.body.size": 11}), epoch)
	}
	c := b.told().Coverage
	assert.EqualValues(t, 10, c.ExchangesSeen)
	assert.EqualValues(t, 4000, c.SamplingBasisPoints)
	assert.EqualValues(t, 444, c.BytesParsed)
	assert.Zero(t, c.FactsLeftOut)
	assert.Zero(t, b.told().Coverage, "it is of one report")

	b = newBench(t, nil)
	b.span(between("a", "b"))
	c = b.told().Coverage
	assert.EqualValues(t, 1, c.ExchangesSeen)
	assert.Zero(t, c.SamplingBasisPoints, "a span has no content")
}

func TestTheLastWindowIsToldWhenAnythingWasSeen(t *testing.T) {
	b := newBench(t, nil)
	require.Nil(t, b.Close(at(1), time.Minute, true))
	b.record(exchange.EventName, between("a", "b"), epoch)
	b.told()
	b.found(between("a", "b"), "EMAIL", b.now)
	r := b.Close(b.now.Add(time.Second), time.Minute, true)
	require.NotNil(t, r)
	assert.Len(t, r.Flows, 1)
}
