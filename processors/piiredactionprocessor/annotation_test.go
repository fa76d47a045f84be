package piiredactionprocessor

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/weir-telemetry/weir/internal/datatype"
)

// What data_classification writes, for every type and for telling paths, is
// neither changed nor taken out.
func TestAnnotationSurvives(t *testing.T) {
	for _, a := range actions {
		ld := plog.NewLogs()
		r := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
		names := r.Attributes().PutEmptySlice("weir.data_types")
		list := r.Attributes().PutEmptySlice("weir.findings")
		for _, ty := range datatype.All() {
			names.AppendEmpty().SetStr(ty.Name)
			for _, p := range []string{"headers.authorization", "body.customer.password", "body[*].card", "url.query.token", "attributes.{*}.name"} {
				m := list.AppendEmpty().SetEmptyMap()
				m.PutStr("type", ty.Name)
				m.PutStr("sensitivity", ty.Sensitivity.String())
				m.PutStr("path", p)
				m.PutStr("direction", "request")
			}
		}
		want := r.Attributes().AsRaw()
		_, _ = redactorOf(t, a).logs(t.Context(), ld)
		require.Equal(t, want, r.Attributes().AsRaw(), a)
	}
}
