package scan

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/weir-telemetry/weir/internal/detect"
)

// streamed scans text with small windows and renders each finding.
func streamed(t *testing.T, text string) []string {
	t.Helper()
	e, err := detect.New(detect.Options{})
	require.NoError(t, err)
	var got []string
	s := newStream(e, "f", func(h hit) {
		require.Equal(t, text[h.start:h.end], string(h.value), "offsets are of the file")
		before := text[:h.start]
		require.EqualValues(t, strings.Count(before, "\n")+1, h.line)
		require.EqualValues(t, len(before)-strings.LastIndexByte(before, '\n'), h.column)
		got = append(got, fmt.Sprintf("%d %s %s", h.start, h.finding.Type, h.value))
	})
	s.size, s.overlap = 1024, 128
	require.NoError(t, s.run(strings.NewReader(text)))
	return got
}

// TestEveryOffset places findings at every offset around the places where two
// windows meet; each must be found once, with what gives it context.
func TestEveryOffset(t *testing.T) {
	values := []struct{ before, value, after, name string }{
		{" mail ", "ann@example.com", " ", "EMAIL"},
		{" card ", "4111 1111 1111 1111", " ", "PAYMENT_CARD"},
		{" password=", "hunter2", " ", "PASSWORD"},
		{" \"first_name\": \"", "Ann", "\" ", "PERSON_NAME"},
		{" to ", "DE89370400440532013000", " ", "IBAN"},
		{" from ", "203.0.113.7", " ", "IP_ADDRESS"},
		{" ssn ", "123-45-6789", " ", "US_SSN"},
		{" call ", "+1 212 555 0147", " ", "PHONE"},
		{" ", "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----", " ", "PRIVATE_KEY"},
	}
	for _, fill := range []string{"filler of a line; ", "line\nof text\n", `{"a": "b"}` + "\n"} {
		for _, v := range values {
			for at := 700; at < 1100; at++ {
				text := strings.Repeat(fill, at/len(fill)+1)[:at] + v.before + v.value + v.after + strings.Repeat(fill, 40)
				want := fmt.Sprintf("%d %s %s", at+len(v.before), v.name, v.value)
				require.Equal(t, []string{want}, streamed(t, text), "fill %q", fill)
			}
		}
	}
}

// TestLongDocument: a JSON document of many windows keeps every finding.
func TestLongDocument(t *testing.T) {
	var b strings.Builder
	n := 400
	b.WriteString(`{"users":[`)
	for i := range n {
		fmt.Fprintf(&b, `{"id":%d,"email":"u%d@example.com","password":"pw %d"},`, i, i, i)
	}
	b.WriteString(`{}]}`)
	got := streamed(t, b.String())
	require.Len(t, got, 2*n)
	for i := range n {
		require.Contains(t, got[2*i], fmt.Sprintf("EMAIL u%d@example.com", i))
		require.Contains(t, got[2*i+1], fmt.Sprintf("PASSWORD pw %d", i))
	}
}

// TestLongFinding: what is longer than the overlap is one finding.
func TestLongFinding(t *testing.T) {
	key := "-----BEGIN PRIVATE KEY-----\n" + strings.Repeat("MIIEvQIBADANBg\n", 30) + "-----END PRIVATE KEY-----"
	for at := 500; at < 1300; at += 7 {
		text := strings.Repeat("x", at) + "\n" + key + "\n" + strings.Repeat("y", 2000)
		require.Equal(t, []string{fmt.Sprintf("%d PRIVATE_KEY %s", at+1, key)}, streamed(t, text))
	}
}
