package configerr

import "testing"

func TestNearest(t *testing.T) {
	ok := []string{"receivers", "processors", "exporters", "debug", "otlp", "otlp/2", "tls"}
	for word, want := range map[string]string{
		"recievers": "receivers", "Receivers": "receivers", "procesors": "processors", "debgu": "debug", "otpl": "otlp",
		"otlp/3": "otlp/2", "tsl": "tls", "batch": "", "x": "", "": "", "service": "", "exporter": "exporters",
	} {
		if got := nearest(word, ok); got != want {
			t.Errorf("%q: got %q, want %q", word, got, want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, tc := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"abc", "abc", 0}, {"abc", "acb", 1}, {"kitten", "sitting", 3}, {"ab", "ba", 1}} {
		if got := distance(tc.a, tc.b); got != tc.want || distance(tc.b, tc.a) != got {
			t.Errorf("%q %q: %d, want %d", tc.a, tc.b, got, tc.want)
		}
	}
}
