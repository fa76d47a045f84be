package dataclassificationprocessor

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/processor/processortest"

	"github.com/weir-telemetry/weir/processors/dataclassificationprocessor/internal/metadata"
)

func newClassifier(t testing.TB) *classifier {
	p, err := newProcessor(processortest.NewNopSettings(metadata.Type), &Config{})
	require.NoError(t, err)
	require.NoError(t, p.start(context.Background(), componenttest.NewNopHost()))
	t.Cleanup(func() { _ = p.shutdown(context.Background()) })
	return p
}

func exchange() (plog.Logs, plog.LogRecord) {
	ld := plog.NewLogs()
	r := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
	r.SetEventName("weir.exchange")
	r.Attributes().PutStr("url.query", "mail=rosa%40mail.example")
	b := r.Body().SetEmptyMap()
	req := b.PutEmptyMap("request")
	req.PutEmptyMap("headers").PutEmptySlice("authorization").AppendEmpty().SetStr("Basic cm9zYTpzZWNyZXQ=")
	req.PutStr("body", `{"customer":{"email":"rosa@mail.example"}}`)
	b.PutEmptyMap("response").PutStr("body", `[{"card":"4111111111111111"}]`)
	return ld, r
}

func exchangeHeaders(r plog.LogRecord) pcommon.Map {
	r.SetEventName("weir.exchange")
	return r.Body().SetEmptyMap().PutEmptyMap("request").PutEmptyMap("headers")
}

func paths(r plog.LogRecord) []string {
	var out []string
	v, ok := r.Attributes().Get(findingsKey)
	if !ok {
		return nil
	}
	for i := range v.Slice().Len() {
		m := v.Slice().At(i).Map().AsRaw()
		out = append(out, fmt.Sprint(m["type"], " ", m["direction"], " ", m["path"]))
	}
	return out
}

func TestExchangeIsAnnotated(t *testing.T) {
	ld, r := exchange()
	_, _ = newClassifier(t).logs(t.Context(), ld)
	got := paths(r)
	require.Contains(t, got, "EMAIL request body.customer.email")
	require.Contains(t, got, "EMAIL request url.query.mail")
	require.Contains(t, got, "PAYMENT_CARD response body[*].card")
	require.Contains(t, got, "PASSWORD request headers.authorization")
}

func TestForgedAnnotationGoes(t *testing.T) {
	ld := plog.NewLogs()
	r := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
	r.Attributes().PutEmptySlice(typesKey).AppendEmpty().SetStr("PAYMENT_CARD")
	r.Attributes().PutStr(findingsKey, "x")
	r.Body().SetStr("nothing to see")
	_, _ = newClassifier(t).logs(t.Context(), ld)
	require.Zero(t, r.Attributes().Len())
}

func TestAnnotationIsBounded(t *testing.T) {
	ld := plog.NewLogs()
	r := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
	m := r.Body().SetEmptyMap()
	for i := range 200 {
		m.PutStr(string([]byte{'k', 'a' + byte(i/26), 'a' + byte(i%26)}), "rosa@mail.example")
	}
	m.PutStr("bob@mail.example", "x")
	_, _ = newClassifier(t).logs(t.Context(), ld)
	require.Len(t, paths(r), maxFindings)
	require.NotContains(t, fmt.Sprint(paths(r)), "@")
}

func TestNothingFoundAllocatesNothing(t *testing.T) {
	if underRace {
		t.Skip("allocations can't be counted under the race detector")
	}
	p := newClassifier(t)
	ld, _ := lines("order 48213 accepted in 12ms path=/v1/orders status=201")
	n := testing.AllocsPerRun(10, func() { _, _ = p.logs(t.Context(), ld) })
	require.Less(t, n, 20.0, "for %d records", ld.LogRecordCount())
}
