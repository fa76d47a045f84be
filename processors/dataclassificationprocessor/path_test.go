package dataclassificationprocessor

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/plog"
)

// Paths tell where, and never what: names that are findings, identifiers or
// anything but names are folded.
func TestPathsHoldNoValues(t *testing.T) {
	for _, tc := range []struct {
		put  func(plog.LogRecord)
		want string
	}{
		{func(r plog.LogRecord) { r.Body().SetStr(`{"a":{"b-c":[{"mail":"rosa@mail.example"}]}}`) }, "EMAIL body.a['b-c'][*].mail"},
		{func(r plog.LogRecord) { r.Body().SetStr(`{"Rosa Lind":"rosa@mail.example"}`) }, "EMAIL body.{*}"},
		{func(r plog.LogRecord) { r.Body().SetStr(`{"48213":{"m":"rosa@mail.example"}}`) }, "EMAIL body.{*}.m"},
		{func(r plog.LogRecord) {
			r.Body().SetEmptyMap().PutEmptyMap("Rosa Lind").PutStr("m", "rosa@mail.example")
		}, "EMAIL body.{*}.m"},
		{func(r plog.LogRecord) { r.Body().SetEmptyMap().PutEmptyMap("48213").PutStr("m", "rosa@mail.example") }, "EMAIL body.{*}.m"},
		{func(r plog.LogRecord) { r.Body().SetEmptyMap().PutInt("ole@mail.example", 1) }, "EMAIL body.{*}"},
		{func(r plog.LogRecord) { r.Attributes().PutStr("url.query", "Rosa+Lind=rosa%40mail.example") }, "EMAIL url.query.{*}"},
		{func(r plog.LogRecord) { r.Attributes().PutStr("http.request.header.x_api_key", "q1w2e3r4") }, "API_KEY attributes.http.request.header.x_api_key"},
		{func(r plog.LogRecord) {
			h := exchangeHeaders(r)
			h.PutEmptySlice("x-rosa@mail.example").AppendEmpty().SetStr("203.0.113.77")
		}, "IP_ADDRESS request headers.{*}"},
	} {
		ld := plog.NewLogs()
		r := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
		tc.put(r)
		_, _ = newClassifier(t).logs(t.Context(), ld)
		got := strings.ReplaceAll(fmt.Sprintf("%q", paths(r)), " <nil> ", " ")
		require.Contains(t, got, `"`+tc.want+`"`)
		for _, value := range []string{"rosa", "Rosa", "Lind", "ole@", "48213"} {
			require.NotContains(t, got, value)
		}
	}
}
