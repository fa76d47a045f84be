package victoriametricsexporter

import (
	"testing"

	"github.com/prometheus/prometheus/prompb"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// FuzzEncoder feeds arbitrary messages: no panic, valid requests, every sample
// and point accounted for, and a cut message continues where it stopped.
func FuzzEncoder(f *testing.F) {
	var marshaler pmetric.ProtoMarshaler
	add := func(md pmetric.Metrics) {
		b, err := marshaler.MarshalMetrics(md)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	md, ms := scope()
	everyKind(ms, testTime)
	add(md)
	md, ms = scope()
	fill(exponentialMetric(ms, "x", "s", testTime), 10, []float64{1, 2, 3, 0, -5})
	gaugePoint(ms, "a.b", testTime, 1).Attributes().PutEmptyMap("m").PutStr("a_b", "x")
	add(md)

	f.Fuzz(func(t *testing.T, data []byte) {
		var unmarshaler pmetric.ProtoUnmarshaler
		md, err := unmarshaler.UnmarshalMetrics(data)
		if err != nil {
			return
		}
		for _, form := range []string{histogramsVMRange, histogramsNative, histogramsExplicit} {
			cfg := testConfig("http://127.0.0.1:1")
			cfg.Histograms = form
			cfg.MaxRequestSamples = 3
			next := 0
			if err := newEncoder(cfg).run(md, 0, md.DataPointCount(), true, func(r request) error {
				checkRequest(t, r)
				if r.firstPoint != next || r.endPoint <= r.firstPoint {
					t.Fatalf("points %d to %d after %d", r.firstPoint, r.endPoint, next)
				}
				next = r.endPoint
				return nil
			}); err != nil || next != md.DataPointCount() {
				t.Fatalf("%v, ended at point %d of %d", err, next, md.DataPointCount())
			}
		}
	})
}

func checkRequest(t *testing.T, r request) {
	t.Helper()
	var wr prompb.WriteRequest
	if err := wr.Unmarshal(r.body); err != nil {
		t.Fatal(err)
	}
	seen, samples := map[string]bool{}, 0
	for _, ts := range wr.Timeseries {
		name := labelsText(ts.Labels)
		if seen[name] {
			t.Fatalf("a series stands there twice: %s", name)
		}
		seen[name] = true
		for i := 1; i < len(ts.Labels); i++ {
			if ts.Labels[i].Name <= ts.Labels[i-1].Name {
				t.Fatalf("labels out of order: %s", name)
			}
		}
		for i := 1; i < len(ts.Samples); i++ {
			if ts.Samples[i].Timestamp <= ts.Samples[i-1].Timestamp {
				t.Fatalf("samples out of order: %s", name)
			}
		}
		samples += len(ts.Samples) + len(ts.Histograms)
	}
	if samples != r.samples {
		t.Fatalf("%d samples, said %d", samples, r.samples)
	}
}
