package piiredactionprocessor

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/plog"
)

// cutBody is the record of an exchange whose request body was cut.
func cutBody(contentType, body string) (plog.Logs, plog.LogRecord) {
	ld := plog.NewLogs()
	r := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
	r.SetEventName("weir.exchange")
	r.Attributes().PutBool("weir.exchange.partial", true)
	r.Attributes().PutInt("http.request.body.size", 1<<20)
	msg := r.Body().SetEmptyMap().PutEmptyMap("request")
	if contentType != "" {
		msg.PutEmptyMap("headers").PutEmptySlice("content-type").AppendEmpty().SetStr(contentType)
	}
	msg.PutStr("body", body)
	return ld, r
}

// Wherever a body is cut, the part of a value that was kept is found, from the
// point on where it tells more than a few digits or letters.
func TestCutBodiesLeakNoPrefix(t *testing.T) {
	for _, tc := range []struct {
		contentType, before, value string
		tells                      int // bytes of the value that may be left
	}{
		{"application/json", `{"id":1,"card":"`, "4111111111111111", 11},
		{"application/json", `{"id":1,"mail":"`, "rosa.lindqvist@mail.example", len("rosa.lindqvist")},
		{"application/json", `{"id":1,"password":"`, "hunter2-and-more", 0},
		{"application/json", `{"user":{"first_name":"`, "Annelise", 0},
		{"application/json", `{"t":"`, "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N", len("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.")},
		{"application/x-www-form-urlencoded", "a=1&password=", "hunter2-and-more", 0},
		{"application/x-www-form-urlencoded", "a=1&mail=", url.QueryEscape("rosa.lindqvist@mail.example"), len("rosa.lindqvist%4")},
		{"multipart/form-data; boundary=x1", "--x1\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\n", "hunter2-and-more", 0},
		{"application/x-ndjson", "{\"a\":1}\n{\"password\":\"", "hunter2-and-more", 0},
		{"text/event-stream", "data: {\"a\":1}\n\ndata: {\"password\":\"", "hunter2-and-more", 0},
		{"", `{"id":1,"password":"`, "hunter2-and-more", 0},
	} {
		p := redactorOf(t, "mask")
		for n := tc.tells + 1; n <= len(tc.value); n++ {
			ld, r := cutBody(tc.contentType, tc.before+tc.value[:n])
			_, _ = p.logs(t.Context(), ld)
			body, _ := r.Body().Map().Get("request")
			v, _ := body.Map().Get("body")
			require.False(t, strings.HasSuffix(v.Str(), tc.value[:n]), "%s %q", tc.contentType, v.Str())
		}
	}
}
