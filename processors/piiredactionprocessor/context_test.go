package piiredactionprocessor

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/plog"
)

// A name above a value tells what the value is, in nested maps too.
func TestKeysGiveContext(t *testing.T) {
	ld := plog.NewLogs()
	r := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
	in := map[string]any{
		"user.password":                           "hunter2",
		"customer.first_name":                     "Jane",
		"db.query.parameter.password":             "hunter2",
		"http.request.header.x_api_key":           []any{"any value"},
		"rpc.grpc.request.metadata.authorization": []any{"Bearer abc"},
		"pin": map[string]any{"password": int64(271828), "count": int64(3)},
		"password": map[string]any{
			"old": "one", "new": map[string]any{"list": []any{"two", int64(77)}, "raw": []byte("three"), "set": true},
		},
		"customer":     map[string]any{"name": "Jane Doe", "note": "fine"},
		"customers":    []any{map[string]any{"name": "John Roe"}, map[string]any{"name": "Jane Roe"}},
		"ssn":          int64(536228145),
		"card":         int64(4111111111111111),
		"order":        int64(48213),
		"ratio":        0.25,
		"service.name": "checkout", "k8s.pod.name": "checkout-7d9", "http.route": "/users/{id}", "thread.name": "main",
		"process.command_args": []any{"--verbose", "--password=hunter2"},
		"exception.message":    `login failed: {"user":"x","password":"hunter2"}`,
	}
	want := map[string]any{
		"user.password":                           "****",
		"customer.first_name":                     "****",
		"db.query.parameter.password":             "****",
		"http.request.header.x_api_key":           []any{"****"},
		"rpc.grpc.request.metadata.authorization": []any{"****"},
		"pin": map[string]any{"password": int64(0), "count": int64(3)},
		"password": map[string]any{
			"old": "****", "new": map[string]any{"list": []any{"****", int64(0)}, "raw": []byte("****"), "set": true},
		},
		"customer":     map[string]any{"name": "****", "note": "fine"},
		"customers":    []any{map[string]any{"name": "****"}, map[string]any{"name": "****"}},
		"ssn":          int64(0),
		"card":         int64(0),
		"order":        int64(48213),
		"ratio":        0.25,
		"service.name": "checkout", "k8s.pod.name": "checkout-7d9", "http.route": "/users/{id}", "thread.name": "main",
		"process.command_args": []any{"--verbose", "--password=****"},
		"exception.message":    `login failed: {"user":"x","password":"****"}`,
	}
	require.NoError(t, r.Attributes().FromRaw(in))
	require.NoError(t, r.Body().SetEmptyMap().FromRaw(in))
	_, _ = redactorOf(t, "mask").logs(t.Context(), ld)
	require.Equal(t, want, r.Attributes().AsRaw())
	require.Equal(t, want, r.Body().Map().AsRaw())
}

func TestJSONInsideJSONStaysValid(t *testing.T) {
	ld := plog.NewLogs()
	r := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
	r.Body().SetStr(`{"payload":"{\"password\":\"hunter2\",\"inner\":\"{\\\"card\\\":4111111111111111}\"}"}`)
	_, _ = redactorOf(t, "mask").logs(t.Context(), ld)
	require.Equal(t, `{"payload":"{\"password\":\"****\",\"inner\":\"{\\\"card\\\":0}\"}"}`, r.Body().Str())
}
