package piiredactionprocessor

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/metric/metricdata/metricdatatest"

	"github.com/weir-telemetry/weir/processors/piiredactionprocessor/internal/metadatatest"
)

func point(n int64, kv ...attribute.KeyValue) metricdata.DataPoint[int64] {
	return metricdata.DataPoint[int64]{Value: n, Attributes: attribute.NewSet(kv...)}
}

// Findings are counted once, by type and action; a second pass finds nothing.
func TestFindingsAreCounted(t *testing.T) {
	tel := componenttest.NewTelemetry()
	t.Cleanup(func() { require.NoError(t, tel.Shutdown(context.Background())) })
	p, err := newProcessor(metadatatest.NewSettings(tel), &Config{Actions: map[string]string{"EMAIL": "replace", "IP_ADDRESS": "keep"}})
	require.NoError(t, err)
	require.NoError(t, p.start(t.Context(), componenttest.NewNopHost()))
	t.Cleanup(func() { _ = p.shutdown(context.Background()) })

	ld := plog.NewLogs()
	r := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
	r.Body().SetStr(`{"to":["ada@mail.example","bob@mail.example"],"card":4111111111111111}`)
	r.Attributes().PutStr("user.password", "hunter2")
	r.Attributes().PutStr("client.address", "203.0.113.77")
	deep := r.Attributes().PutEmpty("deep")
	for range 100 {
		deep = deep.SetEmptySlice().AppendEmpty()
	}
	for range 2 {
		_, err = p.logs(t.Context(), ld)
		require.NoError(t, err)
	}

	name, action := func(s string) attribute.KeyValue { return attribute.String("data_type", s) }, func(s string) attribute.KeyValue { return attribute.String("action", s) }
	metadatatest.AssertEqualWeirRedactionFindings(t, tel, []metricdata.DataPoint[int64]{
		point(2, name("EMAIL"), action("replace")), point(1, name("PAYMENT_CARD"), action("mask")),
		point(1, name("PASSWORD"), action("mask")), point(2, name("IP_ADDRESS"), action("keep")),
	}, metricdatatest.IgnoreTimestamp())
	metadatatest.AssertEqualWeirRedactionDropped(t, tel, []metricdata.DataPoint[int64]{point(1)}, metricdatatest.IgnoreTimestamp())
}
